// When does a stuck coin leave by the chain? Pure. The last safe height is the coin's expiry, less the blocks that the
// exit needs (one for each transaction of its chain, then the exit delta), less a margin. Up to it the server is asked
// again and again; then the coin leaves by itself, unless the person has switched that off. What the person asks for
// only ever makes it earlier.

import type { Sats } from '../../units.ts';

/** Blocks of two days: missing money for fees is asked for this long before. */
const NOTICE = 288;
/** A coin that gets stuck when it is late already is given this many blocks: less than the margin. */
const PATIENCE = 6;

export interface StuckCoin {
  amount: Sats;
  expiryHeight: number;
  /** Transactions to bring it on-chain. */
  exitDepth: number;
  /** Blocks between its output and the claim. */
  exitDelta: number;
}

export interface ExitFacts {
  tip: number;
  coins: readonly StuckCoin[];
  /** Blocks of margin. */
  margin: number;
  /** Height since when the coins are stuck. */
  since: number;
  /** Blocks that they are given when it is late already, as long as their chain still gets in before they expire. */
  patience?: number;
  /** The person lets stuck coins leave by themselves. */
  byItself: boolean;
  /** The person wants these coins to leave now. */
  asked: boolean;
  /** What it costs; asked for only when it is near, or undefined while nobody can say. */
  cost?: { needed: Sats; available: Sats };
}

export type ExitDecision =
  /** Nothing to say yet. */
  | { then: 'wait'; dueHeight: number }
  /** To be told to the person: it comes near (or would, were it not switched off or too dear), or money is missing. */
  | { then: 'warn'; dueHeight: number; tooDear: boolean; missing: Sats }
  | { then: 'exit'; dueHeight: number };

/** The last height at which the exit of all these coins can safely begin. */
export const lastSafeHeight = (coins: readonly StuckCoin[], margin: number): number =>
  Math.min(...coins.map((c) => c.expiryHeight - c.exitDelta - c.exitDepth - margin));

/** Is it near enough that its cost matters? */
export const isNear = ({ tip, coins, margin, asked }: Omit<ExitFacts, 'cost'>): boolean =>
  asked || tip >= lastSafeHeight(coins, margin) - NOTICE;

/** What to do about these coins now. */
export function decideExit(facts: ExitFacts): ExitDecision {
  const { tip, coins, margin, since, byItself, asked, cost, patience = PATIENCE } = facts;
  const safe = lastSafeHeight(coins, margin);
  // In a block before its expiry, a coin's output is ours; the delay of the claim may end later.
  const inTime = Math.min(...coins.map((c) => c.expiryHeight - c.exitDepth - margin));
  const dueHeight = Math.max(safe, since + PATIENCE, Math.min(since + patience, inTime));
  if (!isNear(facts) || cost === undefined) return { then: 'wait', dueHeight };
  const worth = coins.reduce((sum, c) => sum + c.amount, 0n);
  const tooDear = cost.needed >= worth;
  const missing = (cost.needed > cost.available ? cost.needed - cost.available : 0n) as Sats;
  const wanted = asked || (byItself && !tooDear && tip >= dueHeight);
  return wanted && missing === 0n
    ? { then: 'exit', dueHeight }
    : { then: 'warn', dueHeight, tooDear, missing };
}
