// The steps of a board. Nothing is lost by a crash: before the broadcast the funding transaction is worthless to anyone,
// after it the coin is on disk.

import { isSkiffError, type SkiffError } from '../../../errors.ts';
import { loadCoins } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { failedWith } from '../endings.ts';
import { errorOf, type FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection, refusalNote } from '../rejection.ts';
import { cosignBoard } from './cosign.ts';
import { terms, type BoardState, type InStep } from './state.ts';

type Result = Outcome<BoardState>;

const LOOK_AGAIN = 30_000;
/** A foreign spend of a funding input counts as final after this many blocks. */
const FINAL = 6;

/** Lets the server cosign the coin; it keeps nothing, so a refusal simply ends the board. */
export async function signed(deps: Deps, state: InStep<'signed'>): Promise<Result> {
  try {
    const { row, bytes } = await cosignBoard(deps, state);
    return {
      then: 'next',
      state: { ...terms(state), step: 'broadcasting', coin: row.id },
      changes: [
        { do: 'add-coin', coin: { ...row, kind: 'board' }, body: bytes, held: true },
        { do: 'movement', patch: { outputs: [row.id] } },
      ],
    };
  } catch (error) {
    const note = isRejection(error)
      ? refusalNote(error)
      : isSkiffError(error, 'AMOUNT_OUT_OF_RANGE')
        ? { code: error.code, say: error.say }
        : undefined;
    if (!note) throw error;
    return {
      then: 'failed',
      error: errorOf(note),
      changes: [{ do: 'release-utxos' }, ...failedWith(note)],
    };
  }
}

/** Shows the funding transaction to the network. */
export async function broadcasting(deps: Deps, state: InStep<'broadcasting'>): Promise<Result> {
  const { chain } = deps.ports;
  if ((await chain.txStatus(state.txid)) === undefined) {
    if (await lostInputs(deps, state)) return doubleSpent(state);
    await chain.broadcast(state.raw);
  }
  const { change } = state;
  return {
    then: 'next',
    state: { ...state, step: 'confirming' },
    changes: [
      { do: 'spend-utxos', ids: state.utxos },
      ...(change === undefined
        ? []
        : [{ do: 'add-utxo', row: { id: `${state.txid}:1`, ...change } } as const]),
    ],
  };
}

/** Waits for the confirmations the server wants, then hands it the coin. Every error here only means later. */
export async function confirming(deps: Deps, state: InStep<'confirming'>): Promise<Result> {
  const { ports } = deps;
  const server = await ports.server();
  const [status, tip, info] = await Promise.all([
    ports.chain.txStatus(state.txid),
    ports.chain.tip(),
    server.info(),
  ]);
  const wait = (error?: SkiffError): Result => ({
    then: 'park',
    state,
    wakeAt: ports.now() + LOOK_AGAIN,
    error,
  });
  if (status === undefined) {
    // Evicted, or a reorganisation brought a rival in.
    if (await lostInputs(deps, state)) return doubleSpent(state);
    await ports.chain.broadcast(state.raw);
    return wait();
  }
  const depth = status.confirmed && status.height !== undefined ? tip.height - status.height + 1 : 0;
  if (depth < info.requiredBoardConfirmations) return wait();
  const [coin] = await loadCoins(deps, [state.coin]);
  try {
    await server.registerBoardVtxo({ boardVtxo: coin!.bytes });
  } catch (error) {
    if (isRejection(error)) return wait(error);
    throw error;
  }
  return {
    then: 'done',
    changes: [
      { do: 'unlock-coins', ids: [state.coin] },
      { do: 'movement', patch: { status: 'successful' } },
    ],
  };
}

/** Has someone else's transaction spent one of our funding inputs for good? */
async function lostInputs(deps: Deps, state: BoardState): Promise<boolean> {
  const { chain } = deps.ports;
  const { height } = await chain.tip();
  for (const id of state.utxos) {
    const [txid = '', vout] = id.split(':');
    const spend = await chain.outspend(txid, Number(vout));
    const at = spend.txid === state.txid ? undefined : spend.status?.height;
    if (spend.spent && at !== undefined && height - at + 1 >= FINAL) return true;
  }
  return false;
}

function doubleSpent(state: InStep<'broadcasting' | 'confirming'>): Result {
  const failure: FailureNote = {
    code: 'PAYMENT_FAILED',
    say: 'The bitcoin that was to be boarded was spent elsewhere.',
  };
  return {
    then: 'failed',
    error: errorOf(failure),
    changes: [{ do: 'spend-coins', ids: [state.coin] }, { do: 'release-utxos' }, ...failedWith(failure)],
  };
}
