// An LNURL-pay service with Lightning addresses: `alice@localhost:PORT` and `lnurlp://localhost:PORT/lnurlp/alice`.
// Everybody registered can be given limits, comments, a success action, and lies to tell.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from '../../src/crypto/hash.ts';
import type { LightningNetwork } from './network.ts';

/**
 * wrong-amount: one satoshi more than asked. amountless, wrong-network: the invoice. wrong-hash: of the metadata.
 * withdraw: the link is none to pay. error: says no with a reason. redirect: to a private address. huge: more than
 * anybody should read. silent: never answers.
 */
export const LNURL_LIES = [
  'wrong-amount',
  'amountless',
  'wrong-network',
  'wrong-hash',
  'withdraw',
  'error',
  'redirect',
  'huge',
  'silent',
] as const;
export type LnurlLie = (typeof LNURL_LIES)[number];

export interface LnurlUser {
  minSat: number;
  maxSat: number;
  commentAllowed: number;
  description: string;
  /** As it goes over the wire (LUD-09, LUD-10). */
  successAction?: unknown;
  /** 32 bytes of the next invoice; for success actions that are encrypted under it. */
  preimage?: Uint8Array;
  lie?: LnurlLie;
}

export interface LnurlService {
  /** Registers or changes a user. */
  set(name: string, change?: Partial<LnurlUser>): void;
  /** Every invoice that was asked for. */
  readonly asked: readonly { user: string; amountMsat: bigint; comment?: string; paymentHash: string }[];
  /** How many requests came in. */
  readonly requests: number;
  /** False when the request is none of ours. */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
}

const STANDARD: LnurlUser = { minSat: 1, maxSat: 1_000_000, commentAllowed: 140, description: '' };

export function createLnurlService(lightning: LightningNetwork): LnurlService {
  const users = new Map<string, LnurlUser>();
  const asked: { user: string; amountMsat: bigint; comment?: string; paymentHash: string }[] = [];
  let requests = 0;
  const set = (name: string, change: Partial<LnurlUser> = {}) =>
    void users.set(name, { ...STANDARD, description: `pay ${name}`, ...users.get(name), ...change });
  set('alice');
  set('bob', { commentAllowed: 0 });

  const metadata = (name: string, { description }: LnurlUser, host: string) =>
    JSON.stringify([
      ['text/plain', description],
      ['text/identifier', `${name}@${host}`],
    ]);

  function terms(name: string, user: LnurlUser, host: string): object {
    if (user.lie === 'withdraw') return { tag: 'withdrawRequest', k1: '00', callback: `http://${host}/` };
    if (user.lie === 'huge') return { tag: 'payRequest', metadata: 'x'.repeat(2_000_000) };
    return {
      tag: 'payRequest',
      callback: `http://${host}/lnurlp/${name}/callback?keep=1`,
      minSendable: user.minSat * 1000,
      maxSendable: user.maxSat * 1000,
      metadata: metadata(name, user, host),
      ...(user.commentAllowed > 0 && { commentAllowed: user.commentAllowed }),
    };
  }

  const no = (reason: string) => ({ status: 'ERROR', reason });

  function invoice(name: string, user: LnurlUser, host: string, query: URLSearchParams): object {
    const text = query.get('amount') ?? '';
    if (!/^\d{1,16}$/.test(text) || query.get('keep') !== '1') return no('amount is missing');
    const amountMsat = BigInt(text);
    if (amountMsat < BigInt(user.minSat) * 1000n || amountMsat > BigInt(user.maxSat) * 1000n)
      return no('amount out of range');
    const comment = query.get('comment') ?? undefined;
    if (Array.from(comment ?? '').length > user.commentAllowed) return no('comment too long');
    if (user.lie === 'error') return no('closed for today');
    const about = user.lie === 'wrong-hash' ? 'something else' : metadata(name, user, host);
    const made = lightning.createInvoice({
      node: name,
      ...(user.lie !== 'amountless' && {
        amountMsat: amountMsat + (user.lie === 'wrong-amount' ? 1000n : 0n),
      }),
      descriptionHash: sha256(new TextEncoder().encode(about)),
      ...(user.lie === 'wrong-network' && { network: 'signet' as const }),
      ...(user.preimage && { preimage: user.preimage }),
    });
    asked.push({ user: name, amountMsat, comment, paymentHash: made.paymentHash });
    return {
      pr: made.bolt11,
      routes: [],
      ...(user.successAction ? { successAction: user.successAction } : {}),
    };
  }

  function handle(req: IncomingMessage, res: ServerResponse): boolean {
    const host = req.headers.host ?? 'localhost';
    const { pathname, searchParams } = new URL(req.url ?? '/', `http://${host}`);
    const found = /^\/(?:\.well-known\/lnurlp|lnurlp)\/([a-z0-9_.+-]+)(\/callback)?$/.exec(pathname);
    if (found === null) return false;
    requests++;
    const [, name = '', callback] = found;
    const user = users.get(name);
    const head = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };
    if (user?.lie === 'silent') return true;
    if (user?.lie === 'redirect') res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    else if (user === undefined)
      res.writeHead(404, { ...head, 'content-type': 'text/html' }).end('Not found');
    else if (callback) res.writeHead(200, head).end(JSON.stringify(invoice(name, user, host, searchParams)));
    else res.writeHead(200, head).end(JSON.stringify(terms(name, user, host)));
    return true;
  }

  return {
    set,
    asked,
    handle,
    get requests() {
      return requests;
    },
  };
}
