// What arrives at the bitcoin address that "Receive" shows becomes spendable by itself, as soon as it is confirmed and
// enough. Money at other on-chain addresses stays where it is.

import { isSkiffError } from '../../errors.ts';
import { movementOf } from '../../store/movements.ts';
import { onchainAddresses } from '../../store/onchain.ts';
import { startBoard } from '../actions/board/start.ts';
import type { Executor } from '../actions/executor.ts';
import type { Deps } from '../ports.ts';

/** After a refused attempt, wait this long. */
const PAUSE = 10 * 60_000;
const refusedUntil = new WeakMap<object, number>();

/** Starts a board of everything confirmed at board addresses, if it is enough. Resolves with the action's id, if any. */
export async function autoBoard(deps: Deps, executor: Pick<Executor, 'drive'>): Promise<string | undefined> {
  const { ports } = deps;
  if ((refusedUntil.get(ports.db) ?? 0) > ports.now()) return undefined;
  const mine = await ports.db.read(['onchain'], async (tx) => {
    const boards = (await onchainAddresses(tx)).filter((a) => a.purpose === 'board');
    return new Set(boards.map((a) => a.index));
  });
  if (mine.size === 0) return undefined;
  try {
    const id = await startBoard(deps, {
      amount: 'all',
      byItself: true,
      from: (utxo) => mine.has(utxo.scriptIndex) && utxo.height !== undefined,
    });
    await executor.drive(id);
    if (await failed(deps, id)) refusedUntil.set(ports.db, ports.now() + PAUSE);
    return id;
  } catch (error) {
    // Nothing there, or not enough yet: that is the normal case.
    const quiet = ['INSUFFICIENT_FUNDS', 'AMOUNT_OUT_OF_RANGE', 'DUST', 'LOCKED'].some((code) =>
      isSkiffError(error, code as 'DUST'),
    );
    if (!quiet) throw error;
    return undefined;
  }
}

async function failed({ ports }: Deps, id: string): Promise<boolean> {
  return (await ports.db.read(['movements'], (tx) => movementOf(tx, id)))?.status === 'failed';
}
