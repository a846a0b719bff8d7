// Working off the inbox. Messages are taken in the order of the mailbox, each by itself: one that fails gets a later time
// and the next one its turn. One worker in all contexts; whoever files something while it runs makes it look again.

import { isSkiffError } from '../../errors.ts';
import { dueMessages, nextMessageWake, postponeMessage, wakeLockedMessages } from '../../store/mailbox.ts';
import type { InboxRow } from '../../store/rows.ts';
import type { Deps } from '../ports.ts';
import { dispatch, type MailboxHooks } from './dispatch.ts';

/** Messages held in memory at a time. */
const BATCH = 100;
/** The unlock brings the time forward. */
const UNTIL_UNLOCK_MS = 24 * 60 * 60_000;

/** Pauses before another try: 10 s, 40 s, 90 s … at most ten minutes. */
const pause = (attempts: number): number => Math.min(attempts * attempts * 10_000, 600_000);

export interface Inbox {
  /** Handles what is due. Joins a run under way and makes it look once more. */
  work(): Promise<void>;
  /** The keys are here: what waited for them is due too. */
  unlocked(): Promise<void>;
}

export function createInbox(deps: Deps, hooks: MailboxHooks): Inbox {
  const { ports } = deps;
  let running: Promise<void> | undefined;
  let again = false;

  async function postpone(row: InboxRow, error: unknown): Promise<void> {
    const now = ports.now();
    const locked = isSkiffError(error, 'LOCKED');
    const wakeAt = now + (locked ? UNTIL_UNLOCK_MS : pause(row.attempts + 1));
    const lastError = error instanceof Error ? error.message : String(error);
    await ports.db.write(['inbox'], (tx) =>
      postponeMessage(tx, row.id, { wakeAt, lastError, ...(locked && { needsKey: true }) }),
    );
  }

  async function handle(row: InboxRow): Promise<void> {
    try {
      await dispatch(deps, hooks, row);
    } catch (error) {
      if (isSkiffError(error, 'FENCED')) throw error;
      ports.log.warn('a message waits for another try', {
        checkpoint: `${row.checkpoint}`,
        reason: String(error),
      });
      await postpone(row, error);
    }
  }

  async function batches(): Promise<void> {
    for (;;) {
      const rows = await ports.db.read(['inbox'], (tx) => dueMessages(tx, ports.now(), BATCH));
      if (rows.length === 0) return;
      rows.sort((a, b) => (a.id < b.id ? -1 : 1));
      for (const row of rows) await handle(row);
    }
  }

  async function run(): Promise<void> {
    do {
      again = false;
      await ports.locks.hold('mailbox', batches);
    } while (again);
    const next = await ports.db.read(['inbox'], nextMessageWake);
    if (next !== undefined) ports.schedule(next);
  }

  const work = (): Promise<void> => {
    if (running) {
      again = true;
      return running;
    }
    return (running = run().finally(() => (running = undefined)));
  };
  return {
    work,
    unlocked: async () => {
      await ports.db.write(['inbox'], (tx) => wakeLockedMessages(tx, ports.now()));
      await work();
    },
  };
}
