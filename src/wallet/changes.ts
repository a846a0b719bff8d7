// The vocabulary of what a step may change, as data: the executor applies a step's changes and the action's new state in
// one transaction, and the double-drive test compares two runs of a step by them. There is no other way in which an
// action writes rows.

import { SkiffError } from '../errors.ts';
import * as coins from '../store/coins.ts';
import { dropForeseen, exitOf, putExit, type ExitPatch } from '../store/exits.ts';
import { updateInvoice, type InvoicePatch } from '../store/invoices.ts';
import {
  finishMovement,
  movementOf,
  openMovement,
  updateMovement,
  type MovementChange,
  type MovementInit,
} from '../store/movements.ts';
import { addOnchainTx, replaceOnchainTx } from '../store/onchain-txs.ts';
import { lockUtxos, unlockUtxosHeldBy } from '../store/onchain.ts';
import { recordPaid } from '../store/paid-invoices.ts';
import type { ReadTx, WriteTx } from '../store/port.ts';
import { requestsOf } from '../store/requests.ts';
import type {
  ActionNews,
  CoinRow,
  ExitRow,
  MovementStatus,
  OnchainUtxoRow,
  PaidInvoiceRow,
} from '../store/rows.ts';
import { settleBudget } from '../store/budgets.ts';
import { tellAction } from '../store/actions.ts';
import { updateSwap, type SwapPatch } from '../store/swaps.ts';
import type { Sats } from '../units.ts';
import { beginExit, type ExitOrder } from './exits/start.ts';
import { describeTx } from './onchain/describe.ts';
import type { ExitPayment } from './exits/state.ts';

/** Every table that a step's commit may touch. */
export const CHANGE_TABLES = [
  'actions',
  ...coins.coinTables,
  'movements',
  'paidInvoices',
  'invoices',
  'keys',
  'onchain',
  'onchainUtxos',
  'onchainTxs',
  'exits',
  'requests',
  'sites',
  'bolt12Payments',
  'swaps',
] as const;

/** What is known of a coin when it is made; the store adds the rest. */
export type FreshCoin = Omit<CoinRow, 'state' | 'holder' | 'createdAt' | 'live' | 'unregistered'>;

export interface MovementPatch extends MovementChange {
  /** Ends the line with this status. */
  status?: Exclude<MovementStatus, 'pending'>;
}

export type Change =
  /** A new coin: spendable, or locked for the action when `held`. */
  | { do: 'add-coin'; coin: FreshCoin; body: Uint8Array; held?: boolean; registered?: boolean }
  | { do: 'spend-coins'; ids: readonly string[] }
  | { do: 'unlock-coins'; ids: readonly string[] }
  | { do: 'lock-coins'; ids: readonly string[] }
  /** Coins of the action that another one has a better right to. */
  | { do: 'hand-over'; ids: readonly string[]; to: string }
  /** A coin that may have to leave by the chain: a warning, which goes when the coin is spent or unlocked. */
  | { do: 'foresee-exit'; coin: Pick<ExitRow, 'id' | 'amount'>; patch: ExitPatch }
  /** A coin of the action leaves by the chain from here on; it is no longer the action's. */
  | { do: 'start-exit'; order: Omit<ExitOrder, 'payment'>; payment?: Omit<ExitPayment, 'actionId'> }
  /** Coins that are outputs on the chain now, or lost. */
  | { do: 'exit-coins'; ids: readonly string[] }
  /** What became of the exit that the action carries out. */
  | { do: 'exit'; coin: string; patch: ExitPatch }
  /** The movement of the action (or of another one), made when the action started. */
  | { do: 'movement'; patch: MovementPatch; of?: string }
  /** The movement of an action that had none when it started; one that is there stays as it is. */
  | { do: 'open-movement'; init: Omit<MovementInit, 'actionId'>; facts: MovementChange }
  /** An invoice of ours. */
  | { do: 'invoice'; hash: string; patch: InvoicePatch }
  | { do: 'paid-invoice'; row: Omit<PaidInvoiceRow, 'actionId'> }
  /** Outputs that are spent by a transaction of ours. */
  | { do: 'spend-utxos'; ids: readonly string[] }
  | { do: 'lock-utxos'; ids: readonly string[] }
  | { do: 'release-utxos' }
  /**
   * A transaction of ours that was shown to the network. `replaces`: the one that it is meant to push out; `foreign`:
   * value of its inputs that are not ours.
   */
  | { do: 'onchain-tx'; raw: Uint8Array; replaces?: string; foreign?: Sats }
  | { do: 'add-utxo'; row: Omit<OnchainUtxoRow, 'live' | 'holder'> }
  /** What became of a swap, by its payment hash. */
  | { do: 'swap'; hash: string; patch: SwapPatch }
  /** Another action should know this; one that has ended needs nothing any more. */
  | { do: 'tell-action'; action: string; news: ActionNews }
  /** What the action cost in the end, for the budget of the site that asked. */
  | { do: 'settle-budget'; cost: Sats };

/** Applies `changes` of the action `id` in their order. Applying the same changes twice is the same as once. */
export async function applyChanges(
  tx: WriteTx,
  id: string,
  changes: readonly Change[],
  now: number,
): Promise<void> {
  for (const change of changes) await apply(tx, id, change, now);
}

async function apply(tx: WriteTx, id: string, change: Change, now: number): Promise<void> {
  switch (change.do) {
    case 'add-coin':
      await coins.storeCoin(tx, {
        ...change.coin,
        ...(change.held ? { state: 'locked', holder: id } : { state: 'spendable' }),
        createdAt: now,
        bytes: change.body,
        registered: change.registered ?? false,
      });
      return;
    case 'spend-coins':
      await dropForeseen(tx, change.ids);
      return coins.markSpent(tx, change.ids);
    case 'unlock-coins':
      await dropForeseen(tx, change.ids);
      await coins.unlockCoins(tx, change.ids, id);
      return;
    case 'lock-coins':
      await coins.lockCoins(tx, change.ids, id);
      return;
    case 'hand-over':
      await dropForeseen(tx, change.ids);
      return coins.handOver(tx, change.ids, id, change.to);
    case 'foresee-exit':
      await putExit(tx, { ...change.coin, actionId: id }, change.patch, now);
      return;
    case 'start-exit': {
      const { order, payment } = change;
      await coins.markExited(tx, [order.id]);
      await beginExit(tx, { ...order, ...(payment && { payment: { ...payment, actionId: id } }) }, now);
      return;
    }
    case 'exit-coins':
      return coins.markExited(tx, change.ids);
    case 'exit': {
      const row = await exitOf(tx, change.coin);
      if (row) await putExit(tx, row, change.patch, now);
      return;
    }
    case 'movement':
      return patchMovement(tx, change.of ?? id, change.patch, now);
    case 'open-movement':
      await openMovement(tx, { ...change.init, actionId: id }, change.facts, now);
      return;
    case 'invoice':
      await updateInvoice(tx, change.hash, change.patch, now);
      return;
    case 'paid-invoice':
      return recordPaid(tx, { ...change.row, actionId: id });
    case 'spend-utxos':
      for (const utxo of change.ids) await endUtxo(tx, utxo, now);
      return;
    case 'lock-utxos':
      return lockUtxos(tx, change.ids, id);
    case 'release-utxos':
      return unlockUtxosHeldBy(tx, id);
    case 'onchain-tx': {
      const row = await describeTx(tx, change.raw, now, change.foreign);
      await addOnchainTx(tx, { ...row, ours: 1 });
      if (change.replaces !== undefined) await replaceOnchainTx(tx, change.replaces, row.txid);
      return;
    }
    case 'add-utxo':
      if (!(await tx.get('onchainUtxos', change.row.id))) {
        await tx.put<OnchainUtxoRow>('onchainUtxos', { ...change.row, live: 1 });
      }
      return;
    case 'swap':
      return updateSwap(tx, change.hash, change.patch, now);
    case 'tell-action':
      return tellAction(tx, change.action, change.news);
    case 'settle-budget':
      for (const request of await requestsOf(tx, id)) {
        await settleBudget(tx, request, request.id, change.cost, now);
      }
  }
}

async function patchMovement(tx: WriteTx, id: string, patch: MovementPatch, now: number): Promise<void> {
  const row = await movementOf(tx, id);
  if (!row)
    throw new SkiffError({ code: 'INTERNAL', say: 'A line of the history is missing.', details: { id } });
  const { status, ...change } = patch;
  if (status) await finishMovement(tx, row.id, status, change, now);
  else await updateMovement(tx, row.id, change, now);
}

async function endUtxo(tx: WriteTx, id: string, now: number): Promise<void> {
  const row = await tx.get<OnchainUtxoRow>('onchainUtxos', id);
  if (!row) return;
  const { live: _live, holder: _holder, ...rest } = row;
  await tx.put<OnchainUtxoRow>('onchainUtxos', { ...rest, spentAt: now });
}

/**
 * An action that ends has spent or released everything it held; anything else would strand or free money behind its
 * back. @throws SkiffError INTERNAL, which keeps the action and undoes the commit.
 */
export async function assertHoldsNothing(tx: ReadTx, id: string): Promise<void> {
  const held = await coins.coinsHeldBy(tx, id);
  const utxos = await tx.count('onchainUtxos', 'holder', { equals: id });
  if (held.length === 0 && utxos === 0) return;
  throw new SkiffError({
    code: 'INTERNAL',
    say: 'The wallet found a mistake in its books and stopped before it could matter.',
    details: { action: id, coins: held.map((c) => c.id).join(','), utxos },
  });
}
