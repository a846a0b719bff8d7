// The wallet with swaps: what the hosts (extension, cli) open. Quotes, starts, lists and rescues; the rest is the action's.
import { openOffersWallet, type OffersWallet } from '../offers/wallet.ts';
import { isSkiffError } from '../errors.ts';
import { allSwaps, swapOf } from '../store/swaps.ts';
import type { SwapRow } from '../store/swap-row.ts';
import type { Sats } from '../units.ts';
import type { ChosenConfig, WalletPorts } from '../wallet/ports.ts';
import { depsOf } from '../wallet/ports.ts';
import { loopOut } from './loop-out.ts';
import { quoteSwap, type SwapQuote, type SwapWish } from './quote.ts';
import { rescueSwaps, takeUpOrphans, type Rescued, type RescueOrder } from './rescue.ts';
import { startSwap, type SwapStarted } from './start.ts';
import { createUpdates } from './updates.ts';

export interface SwapsWallet extends OffersWallet {
  /** See {@link quoteSwap}. */
  quoteSwap(wish: SwapWish): Promise<SwapQuote>;
  /** See {@link startSwap}; from there it goes on by itself. */
  startSwap(wish: SwapWish & { maxTotal?: Sats }): Promise<SwapStarted>;
  /** Every swap there ever was, oldest first. */
  swaps(): Promise<SwapRow[]>;
  /** One swap by its payment hash (hex). */
  swap(hash: string): Promise<SwapRow | undefined>;
  /** See {@link rescueSwaps}. */
  rescueSwaps(order: RescueOrder): Promise<Rescued[]>;
}

function unlessLocked(error: unknown): void {
  if (!isSkiffError(error, 'LOCKED')) throw error;
}

/** As `openWallet`. */
export function openSwapsWallet(ports: WalletPorts, config: ChosenConfig): SwapsWallet {
  const deps = depsOf(ports, config);
  const wallet = openOffersWallet(ports, config, [loopOut]);
  const updates = ports.socket && createUpdates(deps, ports.socket, (id) => wallet.drive(id));
  void updates?.look();
  return {
    ...wallet,
    async importBackup(text) {
      const taken = await wallet.importBackup(text);
      for (const id of await takeUpOrphans(deps)) wallet.drive(id);
      return taken;
    },
    async resume() {
      // What a backup brought right before the end of the last life; while locked it waits.
      await takeUpOrphans(deps).catch(unlessLocked);
      await wallet.resume();
    },
    async wake() {
      await wallet.wake();
      await updates?.look();
    },
    async stop() {
      updates?.stop();
      await wallet.stop();
    },
    quoteSwap: (wish) => quoteSwap(deps, wish),
    async startSwap(wish) {
      const started = await startSwap(deps, wish);
      wallet.drive(started.actionId);
      return started;
    },
    swaps: () => ports.db.read(['swaps'], allSwaps),
    swap: (hash) => ports.db.read(['swaps'], (tx) => swapOf(tx, hash)),
    async rescueSwaps(order) {
      const rescued = await rescueSwaps(deps, order);
      for (const { actionId, found } of rescued) if (found === 'claiming') wallet.drive(actionId);
      return rescued;
    },
  };
}
