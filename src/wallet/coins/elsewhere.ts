// The holder of coins that the server holds as spent, though not by us (recovery/elsewhere.ts). Not an action: nobody
// unlocks them.
import type { CoinRow } from '../../store/rows.ts';
import { sats, type Sats } from '../../units.ts';

export const ELSEWHERE = 'elsewhere';

/** How many of these coins are set aside, and what they are worth. */
export function spentElsewhere(coins: readonly CoinRow[]): { count: number; amount: Sats } {
  const aside = coins.filter(({ holder }) => holder === ELSEWHERE);
  return { count: aside.length, amount: sats(aside.reduce((sum, { amount }) => sum + amount, 0n)) };
}
