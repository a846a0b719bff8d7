// How far an exit has come, as the chain shows it now.

import { claimableAt } from '../../ark/claim.ts';
import { exitChain } from '../../ark/exit.ts';
import { serializeTx } from '../../ark/tx.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import type { Vtxo } from '../../ark/vtxo.ts';
import type { Tip, TxStatus } from '../../chain/source.ts';
import { action } from '../../store/actions.ts';
import { onchainTx } from '../../store/onchain-txs.ts';
import type { ExitRow } from '../../store/rows.ts';
import { loadCoins } from '../coins/load.ts';
import type { Deps } from '../ports.ts';
import { waysOut } from './output.ts';
import { placeOf } from './place.ts';
import type { ExitState } from './state.ts';

/** One transaction of the way out. */
export interface ExitStepView {
  txid: string;
  raw: Uint8Array;
  status: 'waits-for-parent' | 'waits-for-child' | 'in-mempool' | 'confirmed';
  block?: BlockView;
  /** The transaction that pays for it. */
  child?: { txid: string; raw?: Uint8Array; ours: boolean };
  /** Txid of the one before. */
  parent: string;
}

export interface BlockView {
  height: number;
  hash: string;
}

export interface ExitProgress {
  row: ExitRow;
  tip: Tip;
  state:
    | 'start'
    | 'processing'
    | 'awaiting-delta'
    | 'claimable'
    | 'claim-in-progress'
    | 'claimed'
    | 'vtxo-already-spent'
    | 'vtxo-swept'
    | 'canceled';
  steps: ExitStepView[];
  /** Block of the last step, once confirmed. */
  confirmed?: BlockView;
  /** Where, or since when, the output is ours to claim. */
  claimableHeight?: number;
  claim?: { txid: string; block?: BlockView };
  /** The server published the coin's forfeit: it is the output of this that is waited for. */
  forfeit?: string;
  lastError?: { code: string; say: string };
}

const blockOf = (status: TxStatus | undefined): BlockView | undefined =>
  status?.confirmed && status.height !== undefined && status.blockHash !== undefined
    ? { height: status.height, hash: status.blockHash }
    : undefined;

const ENDS = {
  claimed: 'claimed',
  spent: 'vtxo-already-spent',
  swept: 'vtxo-swept',
  canceled: 'canceled',
} as const;

/** Reads where an exit stands. @throws SkiffError CHAIN_UNREACHABLE */
export async function exitProgress(deps: Deps, row: ExitRow): Promise<ExitProgress> {
  const { ports } = deps;
  const [loaded] = await loadCoins(deps, [row.id]);
  const vtxo = loaded!.vtxo;
  const act = await ports.db.read(['actions'], (tx) => action(tx, row.actionId));
  const tip = await ports.chain.tip();
  const steps = await stepsOf(deps, vtxo);
  const confirmed =
    steps.length > 0 ? steps.at(-1)?.block : blockOf(await ports.chain.txStatus(txidText(vtxo.anchor.txid)));
  const base = {
    row,
    tip,
    steps,
    ...(confirmed && { confirmed }),
    ...(act?.lastError && { lastError: act.lastError }),
  };
  if (row.status !== 'running' && row.status !== 'foreseen') {
    const claim =
      row.status === 'claimed' && row.txid !== undefined ? await claimView(deps, row.txid) : undefined;
    return { ...base, state: ENDS[row.status], ...(claim && { claim }) };
  }
  const state = act?.state as ExitState | undefined;
  if (state?.step === 'claiming')
    return {
      ...base,
      state: 'claim-in-progress',
      ...(row.claimableHeight !== undefined && { claimableHeight: row.claimableHeight }),
      claim: await claimView(deps, state.txid),
    };
  if (confirmed) {
    const place = state && (await placeOf(deps, state, vtxo));
    const seen = { ...base, ...(place?.forfeit !== undefined && { forfeit: place.forfeit }) };
    const height = place ? place.height : confirmed.height;
    if (height === undefined) return { ...seen, state: 'awaiting-delta' };
    const claimableHeight = claimableAt(await waysOut(deps, place?.vtxo ?? vtxo), height);
    return { ...seen, state: tip.height < claimableHeight ? 'awaiting-delta' : 'claimable', claimableHeight };
  }
  return { ...base, state: state?.step === 'looking' || state?.step === 'package' ? 'processing' : 'start' };
}

async function claimView({ ports }: Deps, txid: string): Promise<{ txid: string; block?: BlockView }> {
  const block = blockOf(await ports.chain.txStatus(txid));
  return { txid, ...(block && { block }) };
}

async function stepsOf(deps: Deps, vtxo: Vtxo): Promise<ExitStepView[]> {
  const { chain, curve, db } = deps.ports;
  const views: ExitStepView[] = [];
  for (const { tx, txid, anchor } of exitChain(curve, vtxo)) {
    const id = txidText(txid);
    const parent = txidText(tx.inputs[0]!.prevout.txid);
    const before = views.at(-1);
    const parentIn = before
      ? before.status === 'confirmed'
      : (await chain.txStatus(parent))?.confirmed === true;
    // What hangs below a transaction that is not confirmed is nowhere yet.
    const status = parentIn ? await chain.txStatus(id) : undefined;
    const block = blockOf(status);
    const spend = status && (await chain.outspend(id, anchor.point.vout));
    const childId = spend?.txid;
    const own =
      childId === undefined ? undefined : await db.read(['onchainTxs'], (t) => onchainTx(t, childId));
    const raw = childId === undefined ? undefined : (own?.raw ?? (await chain.tx(childId)));
    views.push({
      txid: id,
      raw: serializeTx(tx),
      parent,
      status: block ? 'confirmed' : status ? 'in-mempool' : parentIn ? 'waits-for-child' : 'waits-for-parent',
      ...(block && { block }),
      ...(childId !== undefined && { child: { txid: childId, ...(raw && { raw }), ours: own?.ours === 1 } }),
    });
  }
  return views;
}
