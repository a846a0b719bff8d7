// The mailbox and the life of the worker. While unlocked a stream is open for as long as the browser lets the worker
// live; the alarm reads the mailbox whether there is a stream or not, since a stream can die without a word. While locked
// the alarm reads with the kept pass. What comes in is on disk before anything else happens with it.
import { isSkiffError } from '../errors.ts';
import { KEPT_PASS_MS } from '../wallet/mailbox/pass.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptPass, PassServer } from './kept-pass.ts';

/** A pass is minted anew when it has been kept for an hour. */
const RENEW_MS = 60 * 60_000;

export interface MailParts {
  wallet(): Promise<Wallet>;
  kept: KeptPass;
  /** The server that the wallet is bound to, once it was reached. */
  server(): Promise<PassServer | undefined>;
  now(): number;
  log(what: string, e: unknown): void;
}

export interface Mail {
  /** The alarm, unlocked: the stream is open, the mailbox read, a pass kept for the time after the lock. */
  tend(): Promise<void>;
  /** The alarm, locked: reads with the kept pass; without one, nothing. */
  peek(): Promise<void>;
  /** The lock closed: no stream any more. */
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
  let stream: AbortController | undefined;

  async function listen(): Promise<void> {
    if (stream) return;
    const mine = (stream = new AbortController());
    try {
      const w = await wallet();
      if (!(await w.followMail(mine.signal, sleep))) await w.readMail();
    } catch (e) {
      if (!mine.signal.aborted) log('mailbox stream', e);
    } finally {
      if (stream === mine) stream = undefined;
    }
  }

  async function keepPass(): Promise<void> {
    const where = await server();
    if (!where) return;
    const until = now() + KEPT_PASS_MS;
    if (((await kept.until(where)) ?? 0) > until - RENEW_MS) return;
    await kept.keep(where, (await wallet()).mailboxPass(until), until);
  }

  const close = (): void => {
    stream?.abort();
    stream = undefined;
  };

  return {
    async tend() {
      await keepPass();
      if (stream) await (await wallet()).readMail();
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
