// Which coins have to be refreshed, and when it is cheapest. Pure. A coin must be refreshed when it has expired, is as
// deep as the server lets coins get, or expires within the threshold; what should be rides along only then (ark-flows
// "Refresh triggers"). What will have to be before the browser may be open again is handed in ahead of its time, for
// the height at which it becomes due: the server then makes the round while the browser is closed.

import { VTXO_DUST } from '../../ark/script.ts';
import type { RefreshFees } from '../../ark/fees.ts';
import { feeOfRefresh } from '../actions/refresh/terms.ts';
import type { CoinRow } from '../../store/rows.ts';
import { sats } from '../../units.ts';

export interface DueFacts {
  tip: number;
  /** Server's limit of transactions to bring a coin on-chain. */
  maxExitDepth: number;
  /** Blocks before the expiry at which a coin must be refreshed. */
  threshold: number;
  fees: RefreshFees;
  /** What the exit of a coin would cost in sat; a coin that is worth less should be refreshed. */
  exitCost: (coin: CoinRow) => bigint;
}

export interface DuePlan {
  coins: CoinRow[];
  /** The round waits for this height; the next one when left out. */
  scheduledHeight?: number;
}

/** Blocks of the "should" margin beyond the threshold. */
const SOON = 28;
/** Handed in ahead by so many thresholds, so that a browser that opens once a day is never late. */
const AHEAD = 3;

/** Another round does not make a coin flatter that comes from one: what a server with such a limit gets is fees. */
const tooDeep = (coin: CoinRow, limit: number): boolean => coin.exitDepth >= limit && coin.kind !== 'round';

const must = (coin: CoinRow, { tip, maxExitDepth, threshold }: DueFacts): boolean =>
  coin.expiryHeight <= tip || tooDeep(coin, maxExitDepth) || tip > coin.expiryHeight - threshold;

const should = (coin: CoinRow, facts: DueFacts): boolean =>
  tooDeep(coin, facts.maxExitDepth / 2) ||
  facts.tip > coin.expiryHeight - facts.threshold - SOON ||
  coin.amount < VTXO_DUST ||
  coin.amount < facts.exitCost(coin);

/** The fee is rounded up once for all coins, so that of one coin is looked at finer than by the satoshi. */
const FINE = 1000n;

/** A coin that adds less than it costs in this round would sink the others; even a single satoshi rides along. */
function paysItsWay(coin: CoinRow, { fees }: DueFacts, height: number): boolean {
  const fine = sats(coin.amount * FINE);
  return feeOfRefresh([{ ...coin, amount: fine }], { ...fees, baseFee: sats(0n) }, height) < fine;
}

/** @param coins spendable ones that wait for no round yet */
export function planRefresh(coins: readonly CoinRow[], facts: DueFacts): DuePlan | undefined {
  const { tip, threshold } = facts;
  const now = coins.filter((c) => must(c, facts));
  if (now.length > 0) {
    const riders = coins.filter((c) => !now.includes(c) && should(c, facts));
    const all = [...now, ...riders].filter((c) => paysItsWay(c, facts, tip));
    return all.length > 0 ? { coins: all } : undefined;
  }
  const ahead = coins.filter((c) => tip > c.expiryHeight - AHEAD * threshold);
  if (ahead.length === 0) return undefined;
  const scheduledHeight = Math.min(...ahead.map((c) => c.expiryHeight)) - threshold;
  if (scheduledHeight <= tip) return undefined;
  const all = ahead.filter((c) => paysItsWay(c, facts, scheduledHeight));
  return all.length > 0 ? { coins: all, scheduledHeight } : undefined;
}
