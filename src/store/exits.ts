// Coins that leave by the chain. One row for each coin, kept for good: an exit that ended is part of what happened to a
// payment. A foreseen exit is only a warning and goes again when its coin is freed.
import type { ReadTx, WriteTx } from './port.ts';
import type { ExitRow } from './rows.ts';

/** Tables a write must name to use this file. */
export const exitTables = ['exits'] as const;

/** What is known when a row is written; the store adds the rest. */
export type ExitPatch = Partial<Omit<ExitRow, 'id' | 'createdAt' | 'updatedAt' | 'live'>>;

/** The exit of a coin, or undefined. */
export const exitOf = (tx: ReadTx, id: string): Promise<ExitRow | undefined> => tx.get<ExitRow>('exits', id);

/** Exits that are foreseen or running. */
export const liveExits = (tx: ReadTx): Promise<ExitRow[]> =>
  tx.query<ExitRow>('exits', 'live', { equals: 1 });

/** Every exit there ever was. */
export const allExits = (tx: ReadTx): Promise<ExitRow[]> => tx.query<ExitRow>('exits');

const isLive = ({ status }: Pick<ExitRow, 'status'>): boolean =>
  status === 'foreseen' || status === 'running';

/** Writes a row, or changes the one that is there. `undefined` in the patch takes a field away. */
export async function putExit(
  tx: WriteTx,
  init: Pick<ExitRow, 'id' | 'amount' | 'actionId'>,
  patch: ExitPatch,
  now: number,
): Promise<ExitRow> {
  const there = await exitOf(tx, init.id);
  const { live: _live, ...row }: ExitRow = {
    ...(there ?? { status: 'foreseen', createdAt: now }),
    ...init,
    ...patch,
    updatedAt: now,
  };
  const next: ExitRow = { ...row, ...(isLive(row) ? { live: 1 as const } : {}) };
  await tx.put<ExitRow>('exits', next);
  return next;
}

/** The coins are free again: what was foreseen for them does not come. Exits under way are left alone. */
export async function dropForeseen(tx: WriteTx, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    if ((await exitOf(tx, id))?.status === 'foreseen') await tx.delete('exits', id);
  }
}
