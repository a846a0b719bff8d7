// What a person can do to turn Ark coins into bitcoin with the server's help. (Without it: exits/.)

import { coinTables, liveCoins } from '../store/coins.ts';
import { sats, type Sats } from '../units.ts';
import { ratesNow, startOffboard, wholeCoins, type OffboardOrder } from './actions/offboard/start.ts';
import { exactOf, scriptOf, wholeOf } from './actions/offboard/terms.ts';
import type { Deps } from './ports.ts';

export interface Offboarding {
  /**
   * Moves coins, or an exact amount, to a bitcoin address. Resolves once durably started.
   * @throws SkiffError INSUFFICIENT_FUNDS, DUST, INVALID_ADDRESS, COIN_LOCKED and the like; then nothing changed
   */
  offboard(order: OffboardOrder): Promise<{ actionId: string }>;
  /** What arrives and what it costs now. @throws as {@link Offboarding.offboard} */
  offboardQuote(order: OffboardOrder): Promise<{ amount: Sats; fee: Sats; total: Sats }>;
}

/** @param started drives an action beside the answer, resolves with its id */
export function createOffboarding(deps: Deps, started: (actionId: string) => string): Offboarding {
  return {
    offboard: async (order) => ({ actionId: started(await startOffboard(deps, order)) }),
    offboardQuote: async (order) => {
      const script = scriptOf(order.address, deps.config.network);
      const rates = await ratesNow(deps);
      const live = await deps.ports.db.read(coinTables, liveCoins);
      const { amount, fee } =
        'amount' in order
          ? exactOf(live, order.amount, script, rates)
          : wholeOf(wholeCoins(live, order.coins), script, rates);
      return { amount, fee, total: sats(amount + fee) };
    },
  };
}
