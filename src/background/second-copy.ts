// When the server refuses something of ours, another copy of the seed may have spent the coins: then it is asked about all of
// them. Looks at the database only, as often as one likes; the server is asked once for each new refusal.
import { isSkiffError } from '../errors.ts';
import { history } from '../store/movements.ts';
import type { Db, ReadTx } from '../store/port.ts';
import type { ActionRow } from '../store/rows.ts';
import type { Wallet } from '../wallet/wallet.ts';

/** Lines of the history that are looked at: more than fail while nobody looks. */
const RECENT = 20;

/** When the last refusal was, ms; 0: there is none. */
async function lastRefusal(tx: ReadTx): Promise<number> {
  const actions = await tx.query<ActionRow>('actions');
  const refused = actions.filter(({ lastError, state }) => {
    const { step } = state as { step?: string };
    return lastError?.code === 'SERVER_REFUSED' || step === 'reclaiming';
  });
  const failed = (await history(tx, { limit: RECENT })).filter((line) => line.status === 'failed');
  return Math.max(0, ...refused.map((row) => row.updatedAt), ...failed.map((line) => line.completedAt ?? 0));
}

export interface SecondCopyParts {
  db(): Promise<Db>;
  wallet(): Promise<Pick<Wallet, 'reconcile'>>;
}

/** Looks, and asks where there is a reason. @throws SkiffError of the server client; then it is asked again the next time */
export function createSecondCopyWatch({ db, wallet }: SecondCopyParts): () => Promise<void> {
  let seen: number | undefined;
  return async () => {
    const last = await (await db()).read(['actions', 'movements'], lastRefusal);
    const before = seen;
    seen = last;
    // What was refused before this life was looked at when it began.
    if (before === undefined || last <= before) return;
    try {
      await (await wallet()).reconcile();
    } catch (e) {
      if (!isSkiffError(e, 'LOCKED')) seen = before;
      throw e;
    }
  };
}
