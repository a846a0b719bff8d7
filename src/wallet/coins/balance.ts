// What the person owns, by what can be done with it (ark-flows "Balance"). Categories do not overlap, `total` is their
// sum; the on-chain balance stands beside it. Reads live coins only, so spent ones cost nothing.

import { coin, coinTables, liveCoins } from '../../store/coins.ts';
import { exitTables, liveExits } from '../../store/exits.ts';
import { meta } from '../../store/meta.ts';
import { liveUtxos } from '../../store/onchain.ts';
import type { ReadTx } from '../../store/port.ts';
import type { CoinRow, OnchainUtxoRow } from '../../store/rows.ts';
import type { Sats } from '../../units.ts';
import { ELSEWHERE } from './elsewhere.ts';
import { tipNow } from './tip.ts';

export interface Balance {
  /** Can pay now. */
  spendable: Sats;
  /** Expired or too deep: has to be refreshed before it can pay. */
  needsRefresh: Sats;
  /** In Lightning payments under way. */
  pendingLightningSend: Sats;
  /** Received over Lightning: the preimage is out, the coins for it are on their way. */
  pendingLightningReceive: Sats;
  /** In transfers that are not delivered yet; the change is back as soon as the server has it. */
  pendingArkoorSend: Sats;
  /** Bitcoin on its way to become spendable. */
  pendingBoard: Sats;
  /** In a round that makes a new coin of them. */
  pendingInRound: Sats;
  /** Becoming a bitcoin output, until that is buried. */
  pendingOffboard: Sats;
  /** Leaving by the chain, until the claim is on its way to the bitcoin wallet. */
  pendingExit: Sats;
  /** Locked by anything else. */
  pendingOther: Sats;
  /** All of the above. */
  total: Sats;
  /** Held as spent by the server, though not by us: counts for nothing until it is clear. */
  disputed: Sats;
  onchain: { confirmed: Sats; unconfirmed: Sats; reserved: Sats };
  /** No chain source has answered since then (ms): what expires is told by a guess at the height. */
  chainSilentSince?: number;
}

/** Tables a read must name to use this file. */
export const BALANCE_TABLES = [...coinTables, ...exitTables, 'onchainUtxos', 'meta'] as const;

type Category = Exclude<keyof Balance, 'total' | 'onchain' | 'chainSilentSince'>;

const HOLDERS: readonly [prefix: string, category: Category][] = [
  ['ln_pay.', 'pendingLightningSend'],
  ['ln_recv.', 'pendingLightningReceive'],
  ['arkoor.', 'pendingArkoorSend'],
  ['board.', 'pendingBoard'],
  ['exit.', 'pendingExit'],
  ['round.', 'pendingInRound'],
  ['offboard.', 'pendingOffboard'],
  [ELSEWHERE, 'disputed'],
];

function categoryOf(coin: CoinRow, tip: number, maxExitDepth: number): Category {
  if (coin.state === 'locked') {
    return HOLDERS.find(([prefix]) => coin.holder?.startsWith(prefix))?.[1] ?? 'pendingOther';
  }
  return coin.expiryHeight <= tip || coin.exitDepth >= maxExitDepth ? 'needsRefresh' : 'spendable';
}

/** Balance as of these rows. `tip` and `maxExitDepth` as last seen. */
function balanceOf(
  coins: readonly CoinRow[],
  utxos: readonly OnchainUtxoRow[],
  leaving: bigint,
  tip: number,
  maxExitDepth: number,
): Balance {
  const sums: Record<Category, bigint> = {
    spendable: 0n,
    needsRefresh: 0n,
    pendingLightningSend: 0n,
    pendingLightningReceive: 0n,
    pendingArkoorSend: 0n,
    pendingInRound: 0n,
    pendingOffboard: 0n,
    pendingBoard: 0n,
    pendingExit: leaving,
    pendingOther: 0n,
    disputed: 0n,
  };
  let total = leaving;
  for (const coin of coins) {
    const category = categoryOf(coin, tip, maxExitDepth);
    sums[category] += coin.amount;
    if (category !== 'disputed') total += coin.amount;
  }
  const onchain = { confirmed: 0n, unconfirmed: 0n, reserved: 0n };
  for (const utxo of utxos) {
    onchain[utxo.holder ? 'reserved' : utxo.height === undefined ? 'unconfirmed' : 'confirmed'] += utxo.value;
  }
  return { ...sums, total, onchain } as Balance;
}

/** Coins that are outputs on the chain, or on the way there for good, and not claimed yet. */
async function leavingCoins(tx: ReadTx): Promise<bigint> {
  let sum = 0n;
  for (const exit of await liveExits(tx)) {
    if (exit.status !== 'running' || exit.txid !== undefined) continue;
    if ((await coin(tx, exit.id))?.state === 'exited') sum += exit.amount;
  }
  return sum;
}

/** The balance in one read; no network, no keys. @param now ms: with it a tip that was seen long ago is carried on */
export async function readBalance(tx: ReadTx, now?: number): Promise<Balance> {
  const [coins, utxos, leaving, tip, limits] = [
    await liveCoins(tx),
    await liveUtxos(tx),
    await leavingCoins(tx),
    await meta(tx, 'tip'),
    await meta(tx, 'serverLimits'),
  ];
  const known = tip && (now === undefined ? { ...tip, old: false } : tipNow(tip, now));
  const depth = limits?.maxExitDepth ?? Number.MAX_SAFE_INTEGER;
  return {
    ...balanceOf(coins, utxos, leaving, known?.height ?? 0, depth),
    ...(known?.old && { chainSilentSince: known.at }),
  };
}
