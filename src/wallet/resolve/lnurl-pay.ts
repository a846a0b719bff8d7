// From a Lightning address or LNURL to an invoice: two small questions over the web to a host that a stranger named.
// Asked only when the person pays, since each one tells that host the person's network address. The fetch of the ports
// refuses private hosts, plain http and redirects; this file checks what comes back.

import { SkiffError, isSkiffError } from '../../errors.ts';
import { request } from '../../http/fetch.ts';
import { isPrivateHost } from '../../http/address.ts';
import { decodeBolt11 } from '../../lightning/bolt11.ts';
import { invoiceProblem } from '../../lightning/bolt11-check.ts';
import type { LightningAddress } from '../../lightning/lightning-address.ts';
import type { Lnurl } from '../../lightning/lnurl.ts';
import {
  checkPayInvoice,
  commitsToMetadata,
  payCallback,
  readPayAnswer,
  readPayTerms,
} from '../../lightning/lnurl-pay.ts';
import { msatsToSatsUp, sats, type Sats } from '../../units.ts';
import type { Deps } from '../ports.ts';
import type { Bill } from './bill.ts';

const TIMEOUT_MS = 15_000;

/** On regtest the service may be this machine's, without a certificate. */
const local = ({ config }: Deps, url: URL): URL =>
  config.network === 'regtest' && isPrivateHost(url.hostname)
    ? new URL(url.href.replace(/^https:/, 'http:'))
    : url;

/** Where an address answers (LUD-16). */
export const addressUrl = (deps: Deps, { user, host }: LightningAddress): URL =>
  local(deps, new URL(`https://${host}/.well-known/lnurlp/${user}`));

/** Where an LNURL leads. */
export const lnurlUrl = (deps: Deps, { url }: Lnurl): URL => local(deps, new URL(url));

/** The JSON that a host answers with. @throws SkiffError HTTP_REFUSED, RECIPIENT_UNREACHABLE, RECIPIENT_MISBEHAVED */
async function ask({ ports }: Deps, url: URL): Promise<unknown> {
  const { host } = url;
  let answer;
  try {
    answer = await request(ports.web, url.href, { timeoutMs: TIMEOUT_MS });
  } catch (cause) {
    if (!isSkiffError(cause, 'HTTP_FAILED')) throw cause;
    throw unreachable(host, cause.details['reason'] ?? '', cause);
  }
  try {
    return JSON.parse(new TextDecoder().decode(answer.body));
  } catch (cause) {
    // LUD-16 says nothing about unknown users; services answer 404 with a page.
    throw unreachable(host, `status ${answer.status}`, cause);
  }
}

const unreachable = (host: string, reason: string, cause: unknown): SkiffError =>
  new SkiffError({
    code: 'RECIPIENT_UNREACHABLE',
    say:
      reason === 'status 404'
        ? `${host} knows nobody of this name. Nothing was paid.`
        : `${host} could not be asked for an invoice. Nothing was paid.`,
    retry: 'later',
    details: { host, reason },
    cause,
  });

export interface ServiceTerms {
  host: string;
  /** Text of a stranger. */
  description?: string;
  /** Whole satoshi between its limits, both included. */
  min: Sats;
  max: Sats;
  /** Most characters; 0: none is taken. */
  commentAllowed: number;
}

/**
 * What the service at `url` takes. It is asked, so it learns that we are here.
 * @throws SkiffError HTTP_REFUSED, RECIPIENT_UNREACHABLE, RECIPIENT_REFUSED, RECIPIENT_MISBEHAVED, UNSUPPORTED
 */
export async function termsOfLnurl(deps: Deps, url: URL): Promise<ServiceTerms> {
  const { min, max, description, commentAllowed } = readPayTerms(url, await ask(deps, url));
  return {
    host: url.host,
    ...(description !== undefined && { description }),
    min: msatsToSatsUp(min),
    max: sats(max / 1000n), // down: whole satoshi within the limit
    commentAllowed,
  };
}

/**
 * Asks for an invoice over exactly `amount` and checks it.
 * @throws SkiffError HTTP_REFUSED, RECIPIENT_UNREACHABLE, RECIPIENT_REFUSED, RECIPIENT_MISBEHAVED, UNSUPPORTED,
 *   AMOUNT_OUT_OF_RANGE, INVALID_ARGUMENT (comment), and what is wrong with the invoice
 */
export async function billOfLnurl(deps: Deps, url: URL, amount: Sats, comment?: string): Promise<Bill> {
  const { ports, config } = deps;
  const terms = readPayTerms(url, await ask(deps, url));
  const callback = payCallback(terms, amount, comment);
  const { invoice: text, successAction } = readPayAnswer(callback, await ask(deps, callback));
  const invoice = decodeBolt11(ports.curve, text);
  const problem = invoiceProblem(invoice, config.network, Math.floor(ports.now() / 1000));
  if (problem) throw problem;
  checkPayInvoice(callback, invoice, amount);
  if (!commitsToMetadata(invoice, terms))
    ports.log.warn('an invoice does not commit to what the service said of itself', { host: url.host });
  return {
    text: invoice.text,
    paymentHash: invoice.paymentHash,
    timestamp: invoice.timestamp,
    expirySeconds: invoice.expirySeconds,
    notes: {
      ...(terms.description !== undefined && { description: terms.description }),
      ...(comment !== undefined && comment !== '' && { comment }),
      ...(successAction && { success_action: { ...successAction } }),
    },
  };
}
