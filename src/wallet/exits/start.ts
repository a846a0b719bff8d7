// The start of an exit, as rows: the exit itself, its line in the history and the action that carries it out. One
// transaction with whatever led to it.

import { action, startAction } from '../../store/actions.ts';
import { putExit } from '../../store/exits.ts';
import { movementOf, openMovement } from '../../store/movements.ts';
import type { ReadTx, WriteTx } from '../../store/port.ts';
import type { Sats } from '../../units.ts';
import { KIND, type ExitPayment, type ExitState, type ExitSwap } from './state.ts';

export interface ExitOrder {
  /** Coin. */
  id: string;
  amount: Sats;
  /** Where the coin's output is on the chain: its taproot address. */
  address: string;
  /** The payment whose HTLC it is. */
  payment?: ExitPayment;
  swap?: ExitSwap;
}

/** A coin whose exit was canceled may leave again: one id for each attempt. */
async function freeId(tx: ReadTx, coin: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const id = attempt === 1 ? `exit.${coin}` : `exit.${coin}.${attempt}`;
    if (!(await action(tx, id)) && !(await movementOf(tx, id))) return id;
  }
}

/** Writes the start of an exit; the coin's own row is the caller's matter. Resolves with the action's id. */
export async function beginExit(tx: WriteTx, order: ExitOrder, now: number): Promise<string> {
  const { id: coin, amount, address, payment, swap } = order;
  const id = await freeId(tx, coin);
  await putExit(
    tx,
    { id: coin, amount, actionId: id },
    { status: 'running', asked: undefined, ...(payment && { paymentHash: payment.hash }) },
    now,
  );
  await openMovement(
    tx,
    { actionId: id, subsystem: { name: 'bark.exit', kind: 'start' }, intended: -amount },
    { effective: -amount, inputs: [coin], sentTo: [{ type: 'bitcoin', value: address, amount }] },
    now,
  );
  const state: ExitState = {
    step: 'start',
    coin,
    ...(payment && { payment }),
    ...(swap && { swap }),
  };
  await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
  return id;
}
