// What the steps of an exit share.

import { parseTx } from '../../ark/tx.ts';
import { txidText, type OutPoint } from '../../ark/vtxo-id.ts';
import { sameOutPoint } from '../../ark/vtxo.ts';
import { fromHex, toHex } from '../../crypto/bytes.ts';
import type { SkiffError } from '../../errors.ts';
import { isPreimageOf } from '../../lightning/preimage.ts';
import type { ExitRow } from '../../store/rows.ts';
import { sats } from '../../units.ts';
import type { Outcome } from '../actions/outcome.ts';
import type { Change, MovementPatch } from '../changes.ts';
import { freshTip } from '../coins/chain-facts.ts';
import { loadCoins, type LoadedCoin } from '../coins/load.ts';
import type { Deps } from '../ports.ts';
import type { ExitState, OnChain } from './state.ts';
import { openedBy } from './swap.ts';

/** A block is awaited. */
const LOOK_AGAIN = 60_000;
/** What is this many blocks deep counts as final. */
export const FINAL = 6;

/** The same step again in a while. */
export const park = <S extends ExitState>(deps: Deps, state: S, error?: SkiffError) => ({
  then: 'park' as const,
  state,
  wakeAt: deps.ports.now() + LOOK_AGAIN,
  ...(error && { error }),
});

export async function load(deps: Deps, { coin }: ExitState): Promise<LoadedCoin> {
  const [loaded] = await loadCoins(deps, [coin]);
  return loaded!;
}

export interface Spender {
  txid: string;
  /** Too deep in the chain to be taken back. */
  final: boolean;
}

/** Who has spent an output, if anybody. @throws SkiffError CHAIN_UNREACHABLE */
export async function spender(deps: Deps, point: OutPoint): Promise<Spender | undefined> {
  const { spent, txid, status } = await deps.ports.chain.outspend(txidText(point.txid), point.vout);
  if (!spent || txid === undefined) return undefined;
  const depth = status?.height === undefined ? 0 : (await freshTip(deps)) - status.height + 1;
  return { txid, final: depth >= FINAL };
}

/** The exit is over. */
export function ended(
  { coin }: ExitState,
  status: Exclude<ExitRow['status'], 'foreseen' | 'running'>,
  movement: MovementPatch,
  more: Change[] = [],
  txid?: string,
): Outcome<ExitState> {
  return {
    then: 'done',
    changes: [
      ...more,
      { do: 'exit', coin, patch: { status, ...(txid !== undefined && { txid }) } },
      { do: 'movement', patch: movement },
    ],
  };
}

/**
 * Somebody else has the coin, or something before it. With the preimage of the payment whose HTLC it was, that is the
 * payment's late success; with that of a new coin, that one is ours; else the coin is gone.
 */
export async function taken(
  deps: Deps,
  state: ExitState,
  vtxo: OnChain,
  by: Spender,
): Promise<Outcome<ExitState>> {
  const swapped = await bySwap(deps, state, vtxo, by);
  if (swapped) return swapped;
  const preimage = await preimageIn(deps, state, vtxo, by.txid);
  const gone: Change[] = [{ do: 'exit-coins', ids: [state.coin] }];
  if (preimage !== undefined && state.payment) {
    const { actionId, hash, amount, fee } = state.payment;
    const paid: MovementPatch = {
      status: 'successful',
      effective: -(amount + fee),
      fee: sats(fee),
      metadata: { payment_preimage: preimage, failure: null },
    };
    const receipt: Change = { do: 'paid-invoice', row: { hash, preimage, paidAt: deps.ports.now() } };
    return ended(
      state,
      'spent',
      { status: 'canceled', effective: 0n },
      [...gone, receipt, { do: 'movement', patch: paid, of: actionId }],
      by.txid,
    );
  }
  if (!by.final) return park(deps, state);
  return ended(state, 'swept', { status: 'failed' }, gone, by.txid);
}

/** The server took the output of a forfeit, and so showed the way into the new coin. */
async function bySwap(
  deps: Deps,
  state: ExitState,
  vtxo: OnChain,
  by: Spender,
): Promise<Outcome<ExitState> | undefined> {
  if (!state.swap || vtxo.policy.type !== 'hark-forfeit') return undefined;
  const found = await openedBy(deps, state.swap, vtxo, by.txid);
  if (!found) return undefined;
  const gone: Change = { do: 'exit-coins', ids: [state.coin] };
  const effective = found.gained - vtxo.amount;
  const movement: MovementPatch = { status: 'successful', effective, outputs: [found.id] };
  return ended(state, 'spent', movement, [gone, ...found.changes], txidText(vtxo.point.txid));
}

/** The preimage that the transaction shows for our HTLC. */
async function preimageIn(
  { ports }: Deps,
  { payment }: ExitState,
  vtxo: OnChain,
  txid: string,
): Promise<string | undefined> {
  if (!payment) return undefined;
  const raw = await ports.chain.tx(txid);
  const input = raw && parseTx(raw).inputs.find(({ prevout }) => sameOutPoint(prevout, vtxo.point));
  const shown = input?.witness?.find((item) => isPreimageOf(item, fromHex(payment.hash)));
  return shown && toHex(shown);
}
