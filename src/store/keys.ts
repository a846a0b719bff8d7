// The cursor over vtxo keys: strictly sequential, each index written with its public key before that key leaves the
// wallet. Call `takeKey` in the write that also stores the intent, so that neither exists without the other.
import { SkiffError } from '../errors.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { KeyRow } from './rows.ts';

/** Index the next call of {@link takeKey} will use. */
export async function nextKeyIndex(tx: ReadTx): Promise<number> {
  const last = await tx.query<KeyRow>('keys', undefined, { reverse: true, limit: 1 });
  return last[0] ? last[0].index + 1 : 0;
}

/**
 * Takes the next key. `derive` gives the 33-byte public key (hex) of an index and must be synchronous: inside a
 * transaction nothing but the transaction may be awaited.
 */
export async function takeKey(
  tx: WriteTx,
  derive: (index: number) => string,
  purpose: string,
  now: number,
): Promise<KeyRow> {
  const index = await nextKeyIndex(tx);
  if (index > 0x7fff_ffff)
    throw new SkiffError({ code: 'INTERNAL', say: 'This wallet has used up all its keys.' });
  const row: KeyRow = { index, pubkey: derive(index), purpose, createdAt: now };
  await tx.add<KeyRow>('keys', row);
  return row;
}

/** Writes down the Ark address of a key. */
export async function noteAddress(tx: WriteTx, index: number, address: string): Promise<void> {
  const row = await keyAt(tx, index);
  if (row) await tx.put<KeyRow>('keys', { ...row, address });
}

/** The key row of a public key (33 bytes, hex), or undefined: not one we have handed out. */
export const keyByPubkey = async (tx: ReadTx, pubkey: string): Promise<KeyRow | undefined> =>
  (await tx.query<KeyRow>('keys', 'pubkey', { equals: pubkey }))[0];

/** The key row of an index, or undefined. */
export const keyAt = (tx: ReadTx, index: number): Promise<KeyRow | undefined> =>
  tx.get<KeyRow>('keys', index);
