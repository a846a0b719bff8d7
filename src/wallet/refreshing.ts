// What a person can do about the age of coins.

import { SkiffError } from '../errors.ts';
import { endAction } from '../store/actions.ts';
import { coinTables, liveCoins } from '../store/coins.ts';
import type { ActionRow } from '../store/rows.ts';
import type { Sats } from '../units.ts';
import { failedWith } from './actions/endings.ts';
import { attend, leave } from './actions/refresh/attendance.ts';
import type { RefreshState } from './actions/refresh/state.ts';
import { refreshes, startRefresh, type RefreshOrder } from './actions/refresh/start.ts';
import { feeOfRefresh } from './actions/refresh/terms.ts';
import { applyChanges, assertHoldsNothing, CHANGE_TABLES } from './changes.ts';
import { freshTip } from './coins/chain-facts.ts';
import type { Deps } from './ports.ts';

export interface Refreshing {
  /**
   * Swaps coins for one new coin in a round. Resolves once durably started; it goes on by itself.
   * @throws SkiffError COIN_UNKNOWN, COIN_LOCKED, DUST; then nothing changed
   */
  refresh(order: RefreshOrder): Promise<{ actionId: string }>;
  /** What that costs now, or at the height it is to wait for. @throws SkiffError of server and chain */
  refreshFee(order: RefreshOrder): Promise<Sats>;
  /** Refreshes under way. */
  rounds(): Promise<(ActionRow & { state: RefreshState })[]>;
  /** Attends the next round for the refreshes that wait for somebody to do so. Resolves with their ids. */
  attendRounds(): Promise<string[]>;
  /**
   * Gives up a refresh that waits for a round to attend.
   * @throws SkiffError PAYMENT_IN_PROGRESS when the server has it already, INVALID_ARGUMENT when there is none
   */
  cancelRound(actionId: string): Promise<void>;
}

/** @param started drives an action beside the answer, resolves with its id */
export function createRefreshing(deps: Deps, started: (actionId: string) => string): Refreshing {
  const { ports } = deps;
  return {
    refresh: async (order) => ({ actionId: started(await startRefresh(deps, order)) }),
    refreshFee: async ({ coins, scheduledHeight }) => {
      const { fees } = await (await ports.server()).info();
      const live = await ports.db.read(coinTables, liveCoins);
      return feeOfRefresh(
        live.filter((c) => coins.includes(c.id)),
        fees.refresh,
        scheduledHeight ?? (await freshTip(deps)),
      );
    },
    rounds: () => ports.db.read(['actions'], refreshes),
    attendRounds: async () => {
      const open = await ports.db.read(['actions'], refreshes);
      const waiting = open.filter(({ state }) => state.step === 'attending').map((row) => row.id);
      for (const id of waiting) {
        attend(deps, id);
        started(id);
      }
      return waiting;
    },
    cancelRound: (id) => cancelRound(deps, id),
  };
}

async function cancelRound(deps: Deps, id: string): Promise<void> {
  const { ports } = deps;
  leave(deps, id); // a step that waits for a round ends
  await ports.locks.hold(id, () =>
    ports.db.write(CHANGE_TABLES, async (tx) => {
      const row = (await refreshes(tx)).find((r) => r.id === id);
      if (!row) throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'There is no such refresh.' });
      if (row.state.step !== 'attending')
        throw new SkiffError({
          code: 'PAYMENT_IN_PROGRESS',
          say: 'The Ark server has this refresh already: it ends with its round, or when one of its coins is spent.',
        });
      const note = {
        code: 'CALLED_OFF',
        say: 'The refresh was called off. Your coins are as they were.',
      } as const;
      const release = { do: 'unlock-coins', ids: row.state.inputs } as const;
      await applyChanges(tx, id, [release, ...failedWith(note)], ports.now());
      await assertHoldsNothing(tx, id);
      await endAction(tx, row);
    }),
  );
}
