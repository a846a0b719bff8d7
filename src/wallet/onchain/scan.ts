// The on-chain wallet as seen by the chain source: which of our addresses were paid and what is unspent there.

import { fromHex, toHex } from '../../crypto/bytes.ts';
import { onchainTx } from '../../store/onchain-txs.ts';
import { onchainAddresses, liveUtxos, takeAddress, unusedAddress, updateUtxos } from '../../store/onchain.ts';
import type { WriteTx } from '../../store/port.ts';
import type { OnchainRow, OnchainUtxoRow } from '../../store/rows.ts';

import { sats } from '../../units.ts';
import type { Utxo } from '../../chain/source.ts';
import { inTurns } from '../in-turns.ts';
import type { KeyRing } from '../key-ring.ts';
import type { Deps } from '../ports.ts';
import { keepTxs, trackOnchain } from './track.ts';

/** How long a chain source may lag behind our own transactions, in ms. */
const LAG = 10 * 60_000;
/** Questions put together: the source decides how many it sends at once, and a node answers all of them in one scan. */
const AT_ONCE = 50;
/** Unused addresses in a row after which a restore stops looking (bark's stop gap). */
const GAP = 50;

type Seen = Parameters<typeof updateUtxos>[2][number];

/** Addresses that were never paid and are still worth asking about. */
const WATCHED = 20;

/** What an address was made for: `board` money moves into the Ark by itself, the rest stays until told otherwise. */
export type AddressPurpose = 'board' | 'onchain' | 'change';

/** Takes the next address of our single keychain. */
export const takeOnchain = (
  tx: WriteTx,
  keys: KeyRing,
  purpose: AddressPurpose,
  now: number,
): Promise<OnchainRow> =>
  takeAddress(
    tx,
    (index) => {
      const { script, address } = keys.onchainKey(index);
      return { script: toHex(script), address };
    },
    purpose,
    now,
  );

/** The newest unpaid address of this purpose, or a new one. */
export async function receiveAddress(deps: Deps, purpose: AddressPurpose): Promise<OnchainRow> {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  return ports.db.write(
    ['onchain'],
    async (tx) => (await unusedAddress(tx, purpose)) ?? (await takeOnchain(tx, keys, purpose, ports.now())),
  );
}

/** Asks the chain about every address that may have changed. @throws SkiffError CHAIN_UNREACHABLE */
export async function scanOnchain(deps: Deps): Promise<void> {
  const { ports } = deps;
  const watched = await ports.db.read(['onchain', 'onchainUtxos'], async (tx) => {
    const holding = new Set((await liveUtxos(tx)).map((u) => u.scriptIndex));
    const all = await onchainAddresses(tx);
    const unpaid = all.filter((a) => a.used === undefined).slice(-WATCHED);
    // A paid address may be paid again: people keep old ones. The newest are asked about, the rest when they hold money.
    return all.filter((a, i) => holding.has(a.index) || unpaid.includes(a) || i >= all.length - WATCHED);
  });
  const fresh = await inTurns(watched, AT_ONCE, async (address) => {
    const utxos = await ports.chain.utxos(fromHex(address.script));
    return ports.db.write(['onchain', 'onchainUtxos', 'onchainTxs'], (tx) =>
      takeOver(tx, address, utxos, ports.now()),
    );
  });
  await keepTxs(deps, [...new Set(fresh.flat())]);
  await trackOnchain(deps);
}

/** Writes what the source says of one address. Resolves with the txids that are new to us. */
async function takeOver(
  tx: WriteTx,
  address: OnchainRow,
  utxos: readonly Utxo[],
  now: number,
): Promise<string[]> {
  const seen: Seen[] = [];
  const fresh: string[] = [];
  for (const { txid, vout, value, status } of utxos) {
    const id = `${txid}:${vout}`;
    const row = await tx.get<OnchainUtxoRow>('onchainUtxos', id);
    // The answer may be older than our own transaction.
    if (row?.spentAt !== undefined && now - row.spentAt < LAG) continue;
    seen.push({ id, value: sats(value), ...(status.height !== undefined && { height: status.height }) });
    if (!(await onchainTx(tx, txid))) fresh.push(txid);
  }
  for (const row of await liveUtxos(tx)) {
    if (row.scriptIndex !== address.index || seen.some(({ id }) => id === row.id)) continue;
    const [txid = ''] = row.id.split(':');
    const made = row.height === undefined ? await onchainTx(tx, txid) : undefined;
    // Our own change, which the source has not heard of yet.
    if (made?.ours && made.replacedBy === undefined && now - made.seenAt < LAG) seen.push(row);
  }
  await updateUtxos(tx, address.index, seen);
  return fresh;
}

/**
 * After a restore: walks the keychain until `gap` addresses in a row were never used.
 * @throws SkiffError CHAIN_UNREACHABLE
 */
export async function recoverOnchain(deps: Deps, gap = GAP): Promise<void> {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  let lastUsed = -1;
  for (let index = 0; index <= lastUsed + gap; index += AT_ONCE) {
    const indexes = Array.from({ length: AT_ONCE }, (_, i) => index + i);
    const used = await inTurns(indexes, AT_ONCE, (i) => ports.chain.used(keys.onchainKey(i).script));
    used.forEach((yes, i) => {
      if (yes) lastUsed = index + i;
    });
  }
  await ports.db.write(['onchain'], async (tx) => {
    for (let have = (await onchainAddresses(tx)).length; have <= lastUsed; have++) {
      await takeOnchain(tx, keys, 'onchain', ports.now());
    }
  });
  await scanOnchain(deps);
}
