// Keeping the mailbox open: pull, listen, and again when the stream has ended. Streams end all the time (proxies cut idle
// ones after a minute or two), so an end by itself is no news; only ends right after the beginning, and errors, count as
// failures. After five in a row we leave the server in peace for a while; the pulls of the alarm go on meanwhile.

import { isSkiffError } from '../../errors.ts';
import type { Deps } from '../ports.ts';
import { listenOnce, type Sleep } from './stream.ts';

const MAX_FAILURES = 5;
const REST_MS = 60_000;
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
/** A stream that held this long was a good one. */
const HELD_MS = 10_000;

export interface FollowParts {
  signal: AbortSignal;
  sleep: Sleep;
  /** Files what waits and works on it; resolves with whether there is more. */
  pull(): Promise<'end' | 'more'>;
  /** Something was filed by the stream. */
  filed(): Promise<void>;
}

/** Pause after failure number `n` (1, 2, …) in a row: 1 s, 2 s, 4 s …, at most 30 s, half of it by chance. */
export function backoff({ ports }: Pick<Deps, 'ports'>, n: number): number {
  const most = Math.min(BACKOFF_MS * 2 ** (n - 1), MAX_BACKOFF_MS);
  return most / 2 + (most / 2) * (ports.random(1)[0]! / 255);
}

/**
 * Follows the mailbox until `signal` aborts. One context at a time does: false, at once, when it is another one.
 * @throws SkiffError when the server will have none of it, LOCKED without keys: the next pull may know more
 */
export async function followMailbox(deps: Deps, parts: FollowParts): Promise<boolean> {
  return (await deps.ports.locks.tryHold('mailbox.stream', () => follow(deps, parts))) !== undefined;
}

async function follow(deps: Deps, parts: FollowParts): Promise<void> {
  const { ports } = deps;
  const { signal, sleep } = parts;
  for (let failures = 0; !signal.aborted;) {
    const began = ports.now();
    let good = false;
    try {
      if ((await parts.pull()) === 'more') {
        await sleep(BACKOFF_MS, signal);
        continue;
      }
      if (signal.aborted) return;
      const heard = await listenOnce(deps, parts);
      good = heard > 0 || ports.now() - began >= HELD_MS;
    } catch (error) {
      if (signal.aborted) return;
      if (!isSkiffError(error) || error.retry !== 'later' || error.code === 'LOCKED') throw error;
      good = ports.now() - began >= HELD_MS;
      ports.log.info('the mailbox stream ended', { reason: error.code });
    }
    failures = good ? 0 : failures + 1;
    if (failures === MAX_FAILURES) {
      ports.log.warn('the mailbox stream does not hold; it is opened again later', { failures });
      failures = 0;
      await sleep(REST_MS, signal);
    } else await sleep(failures === 0 ? 0 : backoff(deps, failures), signal);
  }
}
