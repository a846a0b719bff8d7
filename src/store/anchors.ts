// Transactions that our coins hang off, with the block in which each was proven to be. Confirmed transactions never
// change, so a payment needs no network for them; only young ones are looked at again, in case a block was taken back.
import type { ReadTx, WriteTx } from './port.ts';
import type { AnchorRow } from './rows.ts';

/** Height of those whose block was taken back: their bytes are kept, they prove nothing. */
const NOWHERE = -1;

/** The proven anchors among these txids. */
export async function anchors(tx: ReadTx, txids: readonly string[]): Promise<AnchorRow[]> {
  const rows: AnchorRow[] = [];
  for (const txid of txids) {
    const row = await tx.get<AnchorRow>('anchors', txid);
    if (row && row.height !== NOWHERE) rows.push(row);
  }
  return rows;
}

/** Those that were proven once and whose block was taken back. */
export const lostAnchors = (tx: ReadTx): Promise<AnchorRow[]> =>
  tx.query<AnchorRow>('anchors', 'height', { equals: NOWHERE });

/** Those in blocks from `height` on. */
export const anchorsFrom = (tx: ReadTx, height: number): Promise<AnchorRow[]> =>
  tx.query<AnchorRow>('anchors', 'height', { from: height });

export const keepAnchor = (tx: WriteTx, row: AnchorRow): Promise<void> => tx.put<AnchorRow>('anchors', row);

/** Its block was taken back. */
export async function loseAnchor(tx: WriteTx, txid: string): Promise<void> {
  const row = await tx.get<AnchorRow>('anchors', txid);
  if (row) await tx.put<AnchorRow>('anchors', { ...row, height: NOWHERE, blockHash: '' });
}

export const dropAnchor = (tx: WriteTx, txid: string): Promise<void> => tx.delete('anchors', txid);
