// Which coins pay. Rule (bark `vtxo/selection/inputs.rs`): soonest expiry first, among equals the deepest exit first,
// until the amount and its fee are covered; nothing is trimmed afterwards, so small coins near their end get swept.

import { SkiffError } from '../../errors.ts';
import type { CoinRow } from '../../store/rows.ts';
import { sats, type Sats } from '../../units.ts';

export interface SelectRules {
  /** Coins at or beyond this exit depth cannot be spent before a refresh. */
  maxExitDepth: number;
  /** Coins must expire after this height; absent: an expired coin may serve. */
  expiresAfter?: number;
  /** Fee of paying `amount` with these inputs; absent: no fee. */
  fee?: (inputs: readonly CoinRow[]) => Sats;
}

export interface Selection {
  inputs: CoinRow[];
  amount: Sats;
  fee: Sats;
  change: Sats;
}

const soonestFirst = (a: CoinRow, b: CoinRow): number =>
  a.expiryHeight - b.expiryHeight || b.exitDepth - a.exitDepth || (a.id < b.id ? -1 : 1);

/** The coins that may be inputs, in the order in which they are taken. */
export const usableCoins = (coins: readonly CoinRow[], rules: SelectRules): CoinRow[] =>
  coins.filter((c) => usable(c, rules)).sort(soonestFirst);

/** May this coin be an input under these rules? */
const usable = (coin: CoinRow, rules: SelectRules): boolean =>
  coin.state === 'spendable' &&
  coin.policyType === 'pubkey' &&
  coin.exitDepth < rules.maxExitDepth &&
  (rules.expiresAfter === undefined || coin.expiryHeight > rules.expiresAfter);

/**
 * Chooses inputs for `amount` satoshi plus the fee, which may depend on the inputs. The set only grows.
 * @throws SkiffError INSUFFICIENT_FUNDS with details `needed`, `available`, `shortBy`.
 */
export function selectCoins(coins: readonly CoinRow[], amount: Sats, rules: SelectRules): Selection {
  const candidates = usableCoins(coins, rules);
  const inputs: CoinRow[] = [];
  const feeOf = rules.fee ?? (() => sats(0n));
  let sum = 0n;
  for (const coin of candidates) {
    if (inputs.length > 0 && sum >= amount + feeOf(inputs)) break;
    inputs.push(coin);
    sum += coin.amount;
  }
  const fee = feeOf(inputs);
  const needed = amount + fee;
  if (inputs.length === 0 || sum < needed) throw insufficient(needed, sum);
  return { inputs, amount, fee, change: sats(sum - needed) };
}

const insufficient = (needed: bigint, available: bigint) =>
  new SkiffError({
    code: 'INSUFFICIENT_FUNDS',
    say: `This needs ${needed} sat with fees, and ${available} sat can be paid right now.`,
    details: { needed, available, shortBy: needed - available },
  });
