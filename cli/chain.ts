// The chain source that the configuration names: Esplora servers, or the owner's own node by RPC (esplora_address comes
// first, as in bark).
import { readFileSync } from 'node:fs';
import type { Network } from '../src/bitcoin/network.ts';
import { bitcoindChain } from '../src/chain/bitcoind.ts';
import { esploraChain } from '../src/chain/esplora.ts';
import { rpcCall } from '../src/chain/rpc.ts';
import type { ChainSource } from '../src/chain/source.ts';
import { SkiffError } from '../src/errors.ts';
import { guardedFetch } from '../src/http/fetch.ts';
import { MAX_ANSWER_BYTES } from '../src/server/transport.ts';
import type { Config } from './config.ts';

const refuse = (say: string): SkiffError => new SkiffError({ code: 'UNSUPPORTED', say });

/** Who the node is to believe we are; a cookie file changes with each start of the node. */
function nodeAuth(config: Config): () => { user: string; password: string } {
  const { bitcoind_cookiefile: cookie, bitcoind_user: user, bitcoind_pass: password } = config;
  if (cookie === null) {
    if (user === null || password === null) throw refuse('need bitcoind auth config');
    return () => ({ user, password });
  }
  return () => {
    let text: string;
    try {
      text = readFileSync(cookie, 'utf8').trim();
    } catch (cause) {
      throw new SkiffError({
        code: 'CHAIN_UNREACHABLE',
        say: 'The cookie file of the node cannot be read: is it running?',
        retry: 'later',
        details: { file: cookie },
        cause,
      });
    }
    const at = text.indexOf(':');
    return { user: text.slice(0, at), password: text.slice(at + 1) };
  };
}

/** @throws SkiffError UNSUPPORTED when it names none, CHAIN_NEEDS_SECOND on mainnet with a single Esplora server */
export function chainSource(config: Config, network: Network): ChainSource {
  // The addresses are the owner's own, written into the configuration: a node in the house is a good one.
  const fetch = guardedFetch({ privateAllowed: true, maxBytes: MAX_ANSWER_BYTES });
  const fallbackRate = config.fallback_fee_rate === null ? undefined : config.fallback_fee_rate / 250;
  if (config.esplora_address !== null) {
    const urls = config.esplora_address.split(',').map((url) => url.trim());
    return esploraChain({ urls, network, fetch, now: Date.now, fallbackRate });
  }
  if (config.bitcoind_address === null)
    throw refuse('The configuration names no chain source: set esplora_address or bitcoind_address.');
  const call = rpcCall({ url: config.bitcoind_address, auth: nodeAuth(config), fetch });
  return bitcoindChain({ call, network, fallbackRate });
}
