// The steps of a board. Nothing is lost by a crash: before the broadcast the funding transaction is worthless to anyone,
// after it the coin is on disk. Nor by a reorganisation: every step looks at the chain first, and a funding transaction
// that fell out of it is shown to the network again until a rival is final.

import { parseVtxoId } from '../../../ark/vtxo-id.ts';
import { isSkiffError, SkiffError } from '../../../errors.ts';
import { anchorsOf } from '../../coins/chain-facts.ts';
import { loadCoins } from '../../coins/load.ts';
import { orExit } from '../../exits/last-resort.ts';
import { finalRival } from '../../onchain/rivals.ts';
import type { Change } from '../../changes.ts';
import type { Deps } from '../../ports.ts';
import { failedWith } from '../endings.ts';
import { errorOf, type FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection, refusalNote } from '../rejection.ts';
import { cosignBoard } from './cosign.ts';
import { fundingInputs, terms, type BoardState, type InStep } from './state.ts';

type Result = Outcome<BoardState>;

const LOOK_AGAIN = 30_000;

/** Blocks after which a server that wants still more counts as one that does not take the coin. */
const LONG_ENOUGH = 144;

const wantsTooMuch = (depth: number) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The Ark server still does not take the bitcoin that was sent to it, although it is long confirmed.',
    details: { depth },
  });

const park = ({ ports }: Deps, state: BoardState, error?: SkiffError): Result => ({
  then: 'park',
  state,
  wakeAt: ports.now() + LOOK_AGAIN,
  error,
});

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

/** Shows the funding transaction to the network, or waits until another wallet has done it. */
export async function broadcasting(deps: Deps, state: InStep<'broadcasting'>): Promise<Result> {
  const { chain } = deps.ports;
  if ((await chain.txStatus(state.txid)) === undefined) {
    if (await finalRival(deps, fundingInputs(state), state.txid)) return doubleSpent(state);
    if (!state.raw) return park(deps, state);
    await chain.broadcast(state.raw);
  }
  const changes: Change[] = [{ do: 'spend-utxos', ids: state.utxos }];
  if (state.raw && state.utxos.length > 0) changes.push({ do: 'onchain-tx', raw: state.raw });
  if (state.change) changes.push({ do: 'add-utxo', row: { id: `${state.txid}:1`, ...state.change } });
  return { then: 'next', state: { ...state, step: 'confirming' }, changes };
}

const EXITING: FailureNote = {
  code: 'PAYMENT_EXITING',
  say: 'The Ark server did not take the bitcoin that was sent to it: it comes back by the chain, to your bitcoin wallet. That takes a few days.',
};

/**
 * Waits for the confirmations the server wants, then hands it the coin. Every error here only means later, until the
 * coin has to leave by the chain: the server signed its way out before the first satoshi moved.
 */
export function confirming(deps: Deps, id: string, state: InStep<'confirming'>): Promise<Result> {
  const stuck = { actionId: id, coins: [state.coin], since: 0, note: EXITING };
  return orExit<BoardState>(deps, state, stuck, () => register(deps, state));
}

async function register(deps: Deps, state: InStep<'confirming'>): Promise<Result> {
  const { ports } = deps;
  const server = await ports.server();
  const [status, tip, info] = await Promise.all([
    ports.chain.txStatus(state.txid),
    ports.chain.tip(),
    server.info(),
  ]);
  if (status === undefined) {
    // Evicted, or a reorganisation brought a rival in.
    if (await finalRival(deps, fundingInputs(state), state.txid)) return doubleSpent(state);
    if (state.raw) await ports.chain.broadcast(state.raw);
    return park(deps, state);
  }
  const depth = status.confirmed && status.height !== undefined ? tip.height - status.height + 1 : 0;
  if (depth < info.requiredBoardConfirmations)
    return park(deps, state, depth > LONG_ENOUGH ? wantsTooMuch(depth) : undefined);
  // What counts from here on is proven like any coin's anchor; the proof is kept for the payments to come.
  await anchorsOf(deps, [parseVtxoId(`${state.txid}:${state.vout ?? 0}`)]);
  const [coin] = await loadCoins(deps, [state.coin]);
  try {
    await server.registerBoardVtxo({ boardVtxo: coin!.bytes });
  } catch (error) {
    if (isRejection(error)) return park(deps, state, error);
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
