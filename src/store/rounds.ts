// Unlock hashes of rounds that the server announced in the mailbox, newest first. Few rows, never needed for long.
import type { ReadTx, WriteTx } from './port.ts';
import type { RoundRow } from './rows.ts';

/** Remembers an announcement (hex); the first time counts. */
export async function hearOfRound(tx: WriteTx, unlockHash: string, now: number): Promise<void> {
  if (!(await tx.get<RoundRow>('rounds', unlockHash)))
    await tx.add<RoundRow>('rounds', { unlockHash, heardAt: now });
}

/** As `hearOfRound`, and one that was concluded is looked at again: the server holds a coin of it. */
export async function reopenRound(tx: WriteTx, unlockHash: string, now: number): Promise<void> {
  const row = await tx.get<RoundRow>('rounds', unlockHash);
  if (!row || row.done) await tx.put<RoundRow>('rounds', { unlockHash, heardAt: row?.heardAt ?? now });
}

/** Newest first, at most 50. */
export const roundsHeardOf = (tx: ReadTx): Promise<RoundRow[]> =>
  tx.query<RoundRow>('rounds', 'heardAt', { reverse: true, limit: 50 });

/** Nothing more is to be had of it. */
export async function concludeRound(tx: WriteTx, unlockHash: string): Promise<void> {
  const row = await tx.get<RoundRow>('rounds', unlockHash);
  if (row) await tx.put<RoundRow>('rounds', { ...row, done: 1 });
}
