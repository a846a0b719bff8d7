// Swaps: one row for each, kept for good. A row exists before anything of the swap leaves the wallet, so its payment hash
// and the second it was made in are never used again.
import { SkiffError } from '../errors.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { SwapRow } from './swap-row.ts';

/** What a step may change of a swap. */
export type SwapPatch = Partial<Omit<SwapRow, 'hash' | 'createdAt' | 'updatedAt' | 'open'>>;

/** One swap by its payment hash (hex), or undefined. */
export const swapOf = (tx: ReadTx, hash: string): Promise<SwapRow | undefined> =>
  tx.get<SwapRow>('swaps', hash);

/** Every swap there ever was, oldest first. */
export const allSwaps = async (tx: ReadTx): Promise<SwapRow[]> =>
  (await tx.query<SwapRow>('swaps')).sort((a, b) => a.second - b.second);

/** Swaps that are not over. */
export const openSwaps = (tx: ReadTx): Promise<SwapRow[]> =>
  tx.query<SwapRow>('swaps', 'open', { equals: 1 });

/** The swap that was made in this second, or undefined. */
export const swapAt = async (tx: ReadTx, second: number): Promise<SwapRow | undefined> =>
  (await tx.query<SwapRow>('swaps', 'second', { equals: second }))[0];

/** Files a new swap. @throws SkiffError STORE_CONFLICT when its hash was used before */
export async function addSwap(tx: WriteTx, row: Omit<SwapRow, 'updatedAt' | 'open'>): Promise<void> {
  if (await swapOf(tx, row.hash))
    throw new SkiffError({
      code: 'STORE_CONFLICT',
      say: 'This swap was made before. Nothing was done twice.',
      details: { paymentHash: row.hash },
    });
  await tx.add<SwapRow>('swaps', withMarks({ ...row, updatedAt: row.createdAt }));
}

/** A row out of a backup; one that is here stays as it is. @returns whether it was missing */
export async function keepSwap(tx: WriteTx, row: SwapRow): Promise<boolean> {
  if (await swapOf(tx, row.hash)) return false;
  await tx.add<SwapRow>('swaps', withMarks(row));
  return true;
}

/** Writes new facts; a swap that is over keeps its end. @throws SkiffError INTERNAL for an unknown hash */
export async function updateSwap(tx: WriteTx, hash: string, patch: SwapPatch, now: number): Promise<void> {
  const row = await swapOf(tx, hash);
  if (!row)
    throw new SkiffError({ code: 'INTERNAL', say: 'A swap is missing in the books.', details: { hash } });
  await tx.put<SwapRow>('swaps', withMarks({ ...row, ...patch, updatedAt: now }));
}

const withMarks = ({ open: _open, ...row }: SwapRow): SwapRow =>
  row.status === 'done' || row.status === 'failed' ? row : { ...row, open: 1 };
