// How Skiff talks to hosts that strangers name: small answers, no cookies, no redirects, no private networks.

import type { Network } from '../../bitcoin/network.ts';
import { guardedFetch } from '../../http/fetch.ts';

/** An LNURL answer may hold a picture of up to 136 kB in base64 (LUD-06). */
const MAX_ANSWER_BYTES = 512 * 1024;

/** The `web` port of a wallet on `network`. */
export const webFor = (network: Network): typeof globalThis.fetch =>
  guardedFetch({ privateAllowed: network === 'regtest', maxBytes: MAX_ANSWER_BYTES });
