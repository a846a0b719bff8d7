// Keeping the on-chain table in step with the chain source: which of our addresses were paid and what is unspent there.

import { fromHex, toHex } from '../../crypto/bytes.ts';
import { onchainAddresses, liveUtxos, takeAddress, unusedAddress, updateUtxos } from '../../store/onchain.ts';
import type { WriteTx } from '../../store/port.ts';
import type { OnchainRow, OnchainUtxoRow } from '../../store/rows.ts';

import { sats } from '../../units.ts';
import type { KeyRing } from '../key-ring.ts';
import type { Deps } from '../ports.ts';

/** How long a chain source may lag behind our own transactions, in ms. */
const LAG = 10 * 60_000;

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
  for (const address of watched) {
    const utxos = await ports.chain.utxos(fromHex(address.script));
    const now = ports.now();
    await ports.db.write(['onchain', 'onchainUtxos'], async (tx) => {
      const seen: Seen[] = [];
      for (const { txid, vout, value, status } of utxos) {
        const id = `${txid}:${vout}`;
        const row = await tx.get<OnchainUtxoRow>('onchainUtxos', id);
        // The answer may be older than our own transaction.
        if (row?.spentAt !== undefined && now - row.spentAt < LAG) continue;
        seen.push({ id, value: sats(value), ...(status.height !== undefined && { height: status.height }) });
      }
      await updateUtxos(tx, address.index, seen);
    });
  }
}

/**
 * After a restore: walks the keychain until `gap` addresses in a row were never used.
 * @throws SkiffError CHAIN_UNREACHABLE
 */
export async function recoverOnchain(deps: Deps, gap = 20): Promise<void> {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  let lastUsed = -1;
  for (let index = 0; index <= lastUsed + gap; index++) {
    if (await ports.chain.used(keys.onchainKey(index).script)) lastUsed = index;
  }
  await ports.db.write(['onchain'], async (tx) => {
    for (let have = (await onchainAddresses(tx)).length; have <= lastUsed; have++) {
      await takeOnchain(tx, keys, 'onchain', ports.now());
    }
  });
  await scanOnchain(deps);
}
