// The mailbox and the life of the worker. While unlocked a stream is open for as long as the browser lets the worker
// live; the alarm reads the mailbox whether there is a stream or not, since a stream can die without a word. While locked
// the alarm reads with the kept pass. What comes in is on disk before anything else happens with it. The connection to the
// node that carries messages about offers, where one was chosen, lives as long as the stream.
import { isSkiffError } from '../errors.ts';
import { KEPT_PASS_MS } from '../wallet/mailbox/pass.ts';
import type { OffersWallet } from '../offers/wallet.ts';
import type { KeptPass, PassServer } from './kept-pass.ts';

/** A pass is minted anew when it has been kept for an hour. */
const RENEW_MS = 60 * 60_000;

export interface MailParts {
  wallet(): Promise<OffersWallet>;
  kept: KeptPass;
  /** The server that the wallet is bound to, once it was reached. */
  server(): Promise<PassServer | undefined>;
  now(): number;
  log(what: string, e: unknown): void;
}

export interface Mail {
  /** The alarm, unlocked: stream and connection are open, the mailbox read, a pass kept for the time after the lock. */
  tend(): Promise<void>;
  /** The alarm, locked: reads with the kept pass; without one, nothing. */
  peek(): Promise<void>;
  /** The lock closed: no stream and no connection any more. */
  close(): void;
  /** Another server or wallet: no stream, and no pass that was for the one before. */
  forget(): Promise<void>;
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });

export function createMail({ wallet, kept, server, now, log }: MailParts): Mail {
  const open = new Map<string, AbortController>();

  /** Goes on until it is closed or fails, once at a time. */
  async function keep(what: string, follow: (w: OffersWallet, signal: AbortSignal) => Promise<unknown>) {
    if (open.has(what)) return;
    const mine = new AbortController();
    open.set(what, mine);
    try {
      await follow(await wallet(), mine.signal);
    } catch (e) {
      if (!mine.signal.aborted) log(what, e);
    } finally {
      if (open.get(what) === mine) open.delete(what);
    }
  }
  const STREAM = 'mailbox stream';
  const listen = () =>
    keep(STREAM, async (w, signal) => (await w.followMail(signal, sleep)) || (await w.readMail()));
  const connect = () => keep('connection for offers', (w, signal) => w.followOffers(signal, sleep));

  async function keepPass(): Promise<void> {
    const where = await server();
    if (!where) return;
    const until = now() + KEPT_PASS_MS;
    if (((await kept.until(where)) ?? 0) > until - RENEW_MS) return;
    await kept.keep(where, (await wallet()).mailboxPass(until), until);
  }

  const close = (): void => {
    open.forEach((one) => one.abort());
    open.clear();
  };

  return {
    async tend() {
      await keepPass();
      void connect();
      if (open.has(STREAM)) await (await wallet()).readMail();
      // The stream begins with a read of its own.
      else void listen();
    },
    async peek() {
      const where = await server();
      if (!where || !(await kept.get(where))) return;
      await (await wallet()).readMail().catch((e: unknown) => {
        if (!isSkiffError(e, 'LOCKED')) throw e;
      });
    },
    close,
    async forget() {
      close();
      await kept.drop();
    },
  };
}
