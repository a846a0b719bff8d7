// What the person should know without opening Skiff: the badge, notifications, and how often the mailbox has to be read.
// Looks at the database only, so it can be called at any time by whoever changed something.
import { invoices } from '../store/invoices.ts';
import type { Db } from '../store/port.ts';
import type { ActionRow } from '../store/rows.ts';
import { ENDING_TABLES, readEnding } from '../wallet/maintenance/ending.ts';
import type { Badge } from './badge.ts';
import { freshInvoice, movesSoon } from './keep-alive.ts';
import type { Notices } from './notices.ts';
import { waitingForUnlock, WAITING_TABLES } from './waiting.ts';

export interface AttentionParts {
  db(): Promise<Db>;
  locked(): Promise<boolean>;
  badge: Badge;
  notices: Notices;
  /** Something may happen within seconds: read the mailbox as often as the browser allows. */
  hurry(now: boolean): void;
  now(): number;
}

const TABLES = [...new Set([...WAITING_TABLES, ...ENDING_TABLES])];

/** Looks and tells. */
export function createAttention({ db, locked, badge, notices, hurry, now }: AttentionParts) {
  return async (): Promise<void> => {
    const store = await db();
    const isLocked = await locked();
    const { actions, unpaid, waiting, ending } = await store.read(TABLES, async (tx) => ({
      ending: await readEnding(tx, now()),
      actions: await tx.query<ActionRow>('actions'),
      unpaid: await invoices(tx, 'open'),
      waiting: await waitingForUnlock(tx),
    }));
    const waits = isLocked ? waiting : { ids: [] };
    badge.locked(waits.ids.length > 0);
    hurry(movesSoon(actions, now()) || freshInvoice(unpaid, now()) || waits.deadline !== undefined);
    badge.ending(ending.level !== 'quiet');
    await notices.ending(ending, isLocked);
    await notices.receipts();
    await notices.losses();
    await notices.waiting(waits);
  };
}
