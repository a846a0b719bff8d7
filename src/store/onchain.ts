// The on-chain side: addresses handed out (BIP 86, external chain, sequential) and the outputs that pay them as last
// seen, with the action that is spending them.
import { SkiffError } from '../errors.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { OnchainRow, OnchainUtxoRow } from './rows.ts';

/** Tables a write must name to use this file. */
export const onchainTables = ['onchain', 'onchainUtxos'] as const;

/** Takes the next address; `derive` is synchronous, as in keys.ts. `script` is hex. */
export async function takeAddress(
  tx: WriteTx,
  derive: (index: number) => { script: string; address: string },
  purpose: string,
  now: number,
): Promise<OnchainRow> {
  const last = await tx.query<OnchainRow>('onchain', undefined, { reverse: true, limit: 1 });
  const index = last[0] ? last[0].index + 1 : 0;
  const row: OnchainRow = { index, ...derive(index), purpose, createdAt: now };
  await tx.add<OnchainRow>('onchain', row);
  return row;
}

/** All addresses handed out, by index. */
export const onchainAddresses = (tx: ReadTx): Promise<OnchainRow[]> => tx.query<OnchainRow>('onchain');

/** The address with this scriptPubKey (hex), or undefined. */
export const addressByScript = async (tx: ReadTx, script: string): Promise<OnchainRow | undefined> =>
  (await tx.query<OnchainRow>('onchain', 'script', { equals: script }))[0];

/** The newest address of a purpose that nobody has paid yet, or undefined. */
export const unusedAddress = async (tx: ReadTx, purpose: string): Promise<OnchainRow | undefined> =>
  (await onchainAddresses(tx)).reverse().find((row) => row.purpose === purpose && row.used === undefined);

/** Unspent outputs as last seen, those held by an action included. */
export const liveUtxos = (tx: ReadTx): Promise<OnchainUtxoRow[]> =>
  tx.query<OnchainUtxoRow>('onchainUtxos', 'live', { equals: 1 });

/**
 * Takes over what the chain source says about one address: new outputs are added, heights brought up to date, outputs
 * that are gone leave the live set (a reorganisation can bring them back). Holders stay.
 */
export async function updateUtxos(
  tx: WriteTx,
  scriptIndex: number,
  seen: readonly Pick<OnchainUtxoRow, 'id' | 'value' | 'height'>[],
): Promise<void> {
  const known = (await liveUtxos(tx)).filter((row) => row.scriptIndex === scriptIndex);
  const ids = new Set(seen.map((utxo) => utxo.id));
  for (const row of known)
    if (!ids.has(row.id)) await tx.put<OnchainUtxoRow>('onchainUtxos', { ...row, live: undefined });
  for (const utxo of seen) {
    const there = await tx.get<OnchainUtxoRow>('onchainUtxos', utxo.id);
    await tx.put<OnchainUtxoRow>('onchainUtxos', {
      ...there,
      ...utxo,
      height: utxo.height,
      scriptIndex,
      live: 1,
    });
  }
  const address = await tx.get<OnchainRow>('onchain', scriptIndex);
  if (address && address.used === undefined && seen.length > 0)
    await tx.put<OnchainRow>('onchain', { ...address, used: 1 });
}

/** Reserves outputs for an action; all or none. @throws SkiffError COIN_UNKNOWN, COIN_LOCKED */
export async function lockUtxos(tx: WriteTx, ids: readonly string[], holder: string): Promise<void> {
  const rows: OnchainUtxoRow[] = [];
  for (const id of ids) {
    const row = await tx.get<OnchainUtxoRow>('onchainUtxos', id);
    const code = !row?.live ? 'COIN_UNKNOWN' : (row.holder ?? holder) === holder ? undefined : 'COIN_LOCKED';
    if (code || !row)
      throw new SkiffError({
        code: code ?? 'COIN_UNKNOWN',
        say: 'A bitcoin output needed for this is spent or in use. Nothing was changed.',
        details: { id },
      });
    rows.push(row);
  }
  for (const row of rows) await tx.put<OnchainUtxoRow>('onchainUtxos', { ...row, holder });
}

/** Frees what an action had reserved. */
export async function unlockUtxosHeldBy(tx: WriteTx, holder: string): Promise<void> {
  for (const row of await tx.query<OnchainUtxoRow>('onchainUtxos', 'holder', { equals: holder }))
    await tx.put<OnchainUtxoRow>('onchainUtxos', { ...row, holder: undefined });
}
