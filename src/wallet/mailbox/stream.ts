// The live mailbox: one stream, for as long as server, network and `signal` let it be. What it brings is filed and worked
// on at once, but the checkpoint is left to the pull that comes before the next stream: a stream's own catch-up cuts
// messages where a page ends, and nothing that it leaves out or brings in another order must be lost.

import { checkpoint } from '../../store/mailbox.ts';
import type { Deps } from '../ports.ts';
import { fileMessages } from './intake.ts';
import { mainPass } from './pass.ts';
import { MAIN } from './tables.ts';

/** Waits; resolves early (without an error) when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** The signature is looked at once, when the stream begins; generous, since the server's clock decides. */
const PASS_MS = 2 * 60_000;
/** A stream that brought nothing for this long may be dead without having said so. */
const SILENCE_MS = 10 * 60_000;

export interface StreamParts {
  signal: AbortSignal;
  sleep: Sleep;
  /** Something was filed. */
  filed(): Promise<void>;
}

/**
 * Listens until the stream ends, `signal` aborts, or nothing came for ten minutes.
 * @returns number of messages @throws SkiffError of the server call, LOCKED
 */
export async function listenOnce(deps: Deps, { signal, sleep, filed }: StreamParts): Promise<number> {
  const { ports } = deps;
  const server = await ports.server();
  const from = await ports.db.read(['mailbox'], (tx) => checkpoint(tx, MAIN));
  const request = { ...(await mainPass(deps, server, PASS_MS)), checkpoint: from };
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  let heard = 0;
  const watchdog = (async () => {
    for (let before = -1; before !== heard && !ended.aborted;) {
      before = heard;
      await sleep(SILENCE_MS, ended);
    }
    over.abort();
  })();
  try {
    for await (const message of server.subscribeMailbox(request, { signal: ended })) {
      heard++;
      await fileMessages(deps, [message], { advance: false });
      await filed();
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    over.abort();
    await watchdog;
  }
  return heard;
}
