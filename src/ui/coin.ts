// A coin in the words of the screens: until when it is good, and what keeps it from being spent.
import type { CoinRow } from '../store/rows.ts';
import type { Key } from './i18n/index.ts';
import type { Purse, Tip } from './services.ts';

/** Blocks come every ten minutes on average; how long many of them take is known well enough for a date. */
const BLOCK_MS = 10 * 60_000;
/** Renewing is urgent within this many blocks of the end: two days. */
const SOON = 288;

/** When a block will come, roughly; in the past for one that is there. Ms since 1970. */
export const timeOfBlock = (height: number, tip: Tip): number => tip.at + (height - tip.height) * BLOCK_MS;

export type Fitness = 'good' | 'soon' | 'expired' | 'deep' | 'locked';

/** Can it pay now, and if not, why not? */
export function fitnessOf(coin: CoinRow, { tip, maxExitDepth }: Purse): Fitness {
  if (coin.state === 'locked') return 'locked';
  if (tip && coin.expiryHeight <= tip.height) return 'expired';
  if (maxExitDepth !== undefined && coin.exitDepth >= maxExitDepth) return 'deep';
  return tip && coin.expiryHeight - tip.height <= SOON ? 'soon' : 'good';
}

const HOLDERS: readonly [prefix: string, reason: Key][] = [
  ['ln_pay.', 'coins.in-lightning'],
  ['ln_recv.', 'coins.in-receipt'],
  ['arkoor.', 'coins.in-transfer'],
  ['board.', 'coins.in-board'],
  ['exit.', 'coins.in-exit'],
  ['round.', 'coins.in-renewal'],
];

/** What a locked coin waits for. */
export const reasonOf = ({ holder }: CoinRow): Key =>
  HOLDERS.find(([prefix]) => holder?.startsWith(prefix))?.[1] ?? 'coins.in-other';

/** Soonest end first, as they are spent. */
export const inOrder = (coins: readonly CoinRow[]): CoinRow[] =>
  coins.toSorted((a, b) => a.expiryHeight - b.expiryHeight || (a.amount < b.amount ? 1 : -1));
