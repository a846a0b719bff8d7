// Transactions that touch the on-chain wallet: those we made, with which they are shown to the network again, and those
// that paid us. A row stays open until its block is too deep to be taken back.
import type { ReadTx, WriteTx } from './port.ts';
import type { OnchainTxRow } from './rows.ts';

/** Tables a write must name to use this file. */
export const onchainTxTables = ['onchainTxs'] as const;

/** Blocks after which a place on the chain is final. */
const FINAL = 12;

export const onchainTx = (tx: ReadTx, txid: string): Promise<OnchainTxRow | undefined> =>
  tx.get<OnchainTxRow>('onchainTxs', txid);

export const openOnchainTxs = (tx: ReadTx): Promise<OnchainTxRow[]> =>
  tx.query<OnchainTxRow>('onchainTxs', 'open', { equals: 1 });

/** Oldest first; what waits in the mempool last. */
export async function allOnchainTxs(tx: ReadTx): Promise<OnchainTxRow[]> {
  const place = (row: OnchainTxRow) => row.height ?? Infinity;
  return (await tx.query<OnchainTxRow>('onchainTxs')).sort(
    (a, b) => (place(a) === place(b) ? 0 : place(a) < place(b) ? -1 : 1) || a.seenAt - b.seenAt,
  );
}

/** Adds a transaction; one that is there already only becomes ours. */
export async function addOnchainTx(tx: WriteTx, row: Omit<OnchainTxRow, 'open'>): Promise<void> {
  const there = await onchainTx(tx, row.txid);
  if (!there) await tx.put<OnchainTxRow>('onchainTxs', { ...row, open: 1 });
  else if (row.ours && !there.ours) await tx.put<OnchainTxRow>('onchainTxs', { ...there, ours: 1 });
}

/** Where it is now; `undefined`: nowhere on the chain. @param tip height */
export async function placeOnchainTx(
  tx: WriteTx,
  txid: string,
  at: { height: number; blockHash: string } | undefined,
  tip: number,
): Promise<void> {
  const there = await onchainTx(tx, txid);
  if (!there) return;
  const { height: _height, blockHash: _hash, open: _open, ...row } = there;
  const final = at !== undefined && tip - at.height + 1 >= FINAL;
  await tx.put<OnchainTxRow>('onchainTxs', { ...row, ...at, ...(final ? {} : { open: 1 as const }) });
}

/** Another transaction took its place for good, or is meant to. */
export async function replaceOnchainTx(tx: WriteTx, txid: string, replacedBy: string): Promise<void> {
  const there = await onchainTx(tx, txid);
  if (there) await tx.put<OnchainTxRow>('onchainTxs', { ...there, replacedBy });
}

export const dropOnchainTx = (tx: WriteTx, txid: string): Promise<void> => tx.delete('onchainTxs', txid);
