// A coin in the words of the screens: until when it is good, and what keeps it from being spent.
import { MAINNET_RENEWAL } from '../ark/margins.ts';
import type { CoinRow } from '../store/rows.ts';
import { ELSEWHERE } from '../wallet/coins/elsewhere.ts';
import type { Renewal } from '../wallet/maintenance/ending.ts';
import type { Key } from './i18n/index.ts';
import type { Purse, Tip } from './services.ts';

/** Blocks come every ten minutes on average; how long many of them take is known well enough for a date. */
const BLOCK_MS = 10 * 60_000;

/** When a block will come, roughly; in the past for one that is there. Ms since 1970. */
export const timeOfBlock = (height: number, tip: Tip): number => tip.at + (height - tip.height) * BLOCK_MS;

export type Fitness = 'good' | 'soon' | 'expired' | 'deep' | 'locked' | 'elsewhere';

/** Can it pay now, and if not, why not? It should be renewed within two thresholds of its end; of mainnet: two days. */
export function fitnessOf(
  coin: CoinRow,
  { tip, maxExitDepth, renewBlocks = MAINNET_RENEWAL }: Purse,
): Fitness {
  if (coin.state === 'locked' && coin.holder === ELSEWHERE) return 'elsewhere';
  if (coin.state === 'locked') return 'locked';
  if (tip && coin.expiryHeight <= tip.height) return 'expired';
  if (maxExitDepth !== undefined && coin.exitDepth >= maxExitDepth) return 'deep';
  return tip && coin.expiryHeight - tip.height <= 2 * renewBlocks ? 'soon' : 'good';
}

const HOLDERS: readonly [prefix: string, reason: Key][] = [
  ['ln_pay.', 'coins.in-lightning'],
  ['ln_recv.', 'coins.in-receipt'],
  ['arkoor.', 'coins.in-transfer'],
  ['board.', 'coins.in-board'],
  ['exit.', 'coins.in-exit'],
  ['round.', 'coins.in-renewal'],
  ['offboard.', 'coins.in-offboard'],
  [ELSEWHERE, 'coins.in-elsewhere'],
  ['anchor.', 'coins.in-anchor'],
];

/** What a locked coin waits for. */
export const reasonOf = ({ holder }: CoinRow): Key =>
  HOLDERS.find(([prefix]) => holder?.startsWith(prefix))?.[1] ?? 'coins.in-other';

/** The renewal that this coin is part of. */
export const renewalOf = ({ id }: CoinRow, { renewals = [] }: Purse): Renewal | undefined =>
  renewals.find(({ inputs }) => inputs.includes(id));

/** Coins that a person should renew: near or past their end, or too deep, and in no renewal yet. */
export const dueCoins = (purse: Purse): CoinRow[] =>
  purse.coins.filter(
    (coin) =>
      coin.policyType === 'pubkey' &&
      ['soon', 'expired', 'deep'].includes(fitnessOf(coin, purse)) &&
      !renewalOf(coin, purse),
  );

/** Soonest end first, as they are spent. */
export const inOrder = (coins: readonly CoinRow[]): CoinRow[] =>
  coins.toSorted((a, b) => a.expiryHeight - b.expiryHeight || (a.amount < b.amount ? 1 : -1));
