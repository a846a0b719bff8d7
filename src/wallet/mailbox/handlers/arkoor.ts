// Coins that somebody sent us. Each is judged by itself: one bad coin does not spoil the others, and one whose anchor is
// not visible yet does not hold them up. Coins, history line and the end of the message are one transaction, and known
// ids are skipped, so whatever comes twice (in a package, in two messages, by stream and pull) counts once.

import { vtxoId } from '../../../ark/vtxo.ts';
import { isSkiffError } from '../../../errors.ts';
import { storeCoin } from '../../../store/coins.ts';
import { finishMovement, openMovement } from '../../../store/movements.ts';
import type { WriteTx } from '../../../store/port.ts';
import type { Destination } from '../../../store/rows.ts';
import { sats } from '../../../units.ts';
import { coinFacts } from '../../actions/cosign.ts';
import { arkAddress } from '../../keys.ts';
import type { Deps } from '../../ports.ts';
import { proveCoin, type ProvenCoin } from '../prove.ts';
import { MAILBOX_TABLES } from '../tables.ts';

/**
 * Stores what is proven; `done` ends the message, in the same transaction. `received`: there are new coins.
 * @throws SkiffError ANCHOR_NOT_FOUND and the like when some coin could not be judged yet: the message stays, the coins
 *   that could be judged are stored
 */
export async function receiveCoins(
  deps: Deps,
  bodies: readonly Uint8Array[],
  done: (tx: WriteTx) => Promise<void>,
  received: () => void,
): Promise<void> {
  const proven: ProvenCoin[] = [];
  const open: unknown[] = [];
  for (const bytes of bodies) {
    try {
      const coin = await proveCoin(deps, bytes);
      if (coin) proven.push(coin);
    } catch (error) {
      if (isSkiffError(error, 'FENCED')) throw error;
      open.push(error);
    }
  }
  const addresses = await addressesOf(deps, proven);
  const now = deps.ports.now();
  let news = false;
  await deps.ports.db.write(MAILBOX_TABLES, async (tx) => {
    const fresh: ProvenCoin[] = [];
    for (const coin of proven) {
      const facts = coinFacts(coin.vtxo, coin.key.index);
      const row = { ...facts, kind: 'arkoor', state: 'spendable', createdAt: now } as const;
      if (await storeCoin(tx, { ...row, bytes: coin.bytes, registered: false })) fresh.push(coin);
    }
    news = fresh.length > 0;
    if (news) await writeLine(tx, fresh, addresses, now);
    if (open.length === 0) await done(tx);
  });
  if (news) received();
  if (open.length > 0) throw open[0];
}

/** Our addresses that the coins came to. One that was never written down needs the key. @throws SkiffError LOCKED */
async function addressesOf(deps: Deps, coins: readonly ProvenCoin[]): Promise<Map<number, string>> {
  const addresses = new Map<number, string>();
  for (const { key } of coins) {
    if (!addresses.has(key.index)) {
      addresses.set(key.index, key.address ?? (await arkAddress(deps, key.index)));
    }
  }
  return addresses;
}

async function writeLine(
  tx: WriteTx,
  coins: readonly ProvenCoin[],
  addresses: ReadonlyMap<number, string>,
  now: number,
): Promise<void> {
  const byAddress = new Map<string, bigint>();
  let sum = 0n;
  for (const { vtxo, key } of coins) {
    const address = addresses.get(key.index)!;
    byAddress.set(address, (byAddress.get(address) ?? 0n) + vtxo.amount);
    sum += vtxo.amount;
  }
  const receivedOn = [...byAddress].map(([value, amount]): Destination => ({
    type: 'ark',
    value,
    amount: sats(amount),
  }));
  const facts = { effective: sum, fee: sats(0n), outputs: coins.map((c) => vtxoId(c.vtxo)), receivedOn };
  const subsystem = { name: 'bark.arkoor', kind: 'receive' };
  const line = await openMovement(tx, { subsystem, intended: sum }, facts, now);
  await finishMovement(tx, line.id, 'successful', facts, now);
}
