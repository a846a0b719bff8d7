// Exits in the words of bark's JSON (crate bark-json, exit/): states, transactions and their children.
import { parseTx, txWeight } from '../src/ark/tx.ts';
import { toHex } from '../src/crypto/bytes.ts';
import type { BlockView, ExitProgress, ExitStepView } from '../src/wallet/exits/progress.ts';
import { refuse } from './refuse.ts';
import type { Session } from './session.ts';

/** bark's states in which there is still something to wait for before the claim. */
const PENDING = new Set(['start', 'processing', 'awaiting-delta']);
export const isPending = ({ state }: ExitProgress): boolean => PENDING.has(state);

const origin = (step: ExitStepView) => {
  const ours = step.child?.ours ?? false;
  if (ours) return { type: 'wallet', confirmed_in: step.block ?? null };
  return step.block ? { type: 'block', confirmed_in: step.block } : { type: 'mempool' };
};

function statusJson(step: ExitStepView) {
  const child = { child_txid: step.child?.txid ?? null };
  switch (step.status) {
    case 'waits-for-parent':
      return { type: 'awaiting-input-confirmation', txids: [step.parent] };
    case 'waits-for-child':
      return { type: 'awaiting-cpfp-broadcast' };
    case 'in-mempool':
      return { type: 'awaiting-confirmation', ...child, origin: origin(step) };
    case 'confirmed':
      return { type: 'confirmed', ...child, block: step.block, origin: origin(step) };
  }
}

/** @param hashOf block at a height */
function stateJson(p: ExitProgress, hashOf: (height: number) => string | undefined) {
  const common = { type: p.state, tip_height: p.tip.height };
  const since = (height: number | undefined): BlockView | undefined =>
    height === undefined ? undefined : { height, hash: hashOf(height) ?? p.tip.hash };
  switch (p.state) {
    case 'processing':
      return { ...common, transactions: p.steps.map((s) => ({ txid: s.txid, status: statusJson(s) })) };
    case 'awaiting-delta':
      return { ...common, confirmed_block: p.confirmed, claimable_height: p.claimableHeight };
    case 'claimable':
      return {
        ...common,
        claimable_since: since(p.claimableHeight),
        last_scanned_block: { height: p.tip.height, hash: p.tip.hash },
      };
    case 'claim-in-progress':
      return { ...common, claimable_since: since(p.claimableHeight), claim_txid: p.claim?.txid };
    case 'claimed':
      return { ...common, txid: p.claim?.txid, block: p.claim?.block };
    case 'vtxo-swept':
      return { ...common, spent_inputs: p.steps.slice(0, 1).map((s) => `${s.parent}:0`) };
    default:
      return common;
  }
}

/** What a child pays for itself and its parent, where all that it spends is known. */
function packageJson(step: ExitStepView, spentOf: (id: string) => bigint | undefined) {
  const exit = { txid: step.txid, tx: toHex(step.raw) };
  if (!step.child?.raw) return { exit, child: null };
  const [parent, child] = [parseTx(step.raw), parseTx(step.child.raw)];
  const anchor = parent.outputs.at(-1)?.value ?? 0n;
  let fee: bigint | undefined = anchor - child.outputs.reduce((sum, o) => sum + o.value, 0n);
  for (const { prevout } of child.inputs) {
    const point = `${toHex(Uint8Array.from(prevout.txid).reverse())}:${prevout.vout}`;
    if (point.startsWith(step.txid)) continue;
    const value = spentOf(point);
    fee = value === undefined || fee === undefined ? undefined : fee + value;
  }
  const weight = txWeight(parent) + txWeight(child);
  return {
    exit,
    child: {
      info: { txid: step.child.txid, tx: toHex(step.child.raw) },
      ...(fee !== undefined && {
        fee_info: { fee_rate_sat_per_kvb: (fee * 4000n) / BigInt(weight), total_fee_sat: fee },
      }),
      origin: origin(step),
    },
  };
}

export interface ExitDetail {
  history: boolean;
  transactions: boolean;
}

/** `ExitTransactionStatus`. Past states are not kept: the history is the present one. */
export async function exitJson({ deps, db }: Session, p: ExitProgress, detail: ExitDetail) {
  const hashes = new Map<number, string>();
  const { claimableHeight } = p;
  if (claimableHeight !== undefined && claimableHeight <= p.tip.height)
    hashes.set(claimableHeight, await deps.ports.chain.blockHash(claimableHeight));
  const state = stateJson(p, (height) => hashes.get(height));
  const values = new Map(
    (await db.read(['onchainUtxos'], (tx) => tx.query<{ id: string; value: bigint }>('onchainUtxos'))).map(
      ({ id, value }) => [id, value],
    ),
  );
  return {
    vtxo_id: p.row.id,
    state,
    ...(detail.history && { history: [state] }),
    ...(detail.transactions &&
      p.steps.length > 0 && { transactions: p.steps.map((s) => packageJson(s, (id) => values.get(id))) }),
  };
}

/** `ExitProgressStatus`: with what hinders it. */
export async function progressJson(session: Session, p: ExitProgress) {
  const { vtxo_id, state } = await exitJson(session, p, { history: false, transactions: false });
  const { lastError } = p;
  const short = lastError?.code === 'INSUFFICIENT_FUNDS';
  const error = short
    ? {
        type: 'insufficient-confirmed-funds',
        needed: p.row.feeNeeded ?? 0n,
        available: (p.row.feeNeeded ?? 0n) - (p.row.feeMissing ?? 0n),
      }
    : { type: 'internal-error', error: lastError?.say };
  return { vtxo_id, state, ...(lastError && { error }) };
}

/** Ids of the command line, or undefined for `--all`. @throws SkiffError when it is neither or both, as in bark */
export function chosen(ids: readonly string[], all: boolean): readonly string[] | undefined {
  if (ids.length === 0 && !all) throw refuse('Either --vtxo or --all must be specified');
  if (ids.length > 0 && all) throw refuse('Cannot specify both --vtxo and --all');
  return all ? undefined : ids;
}
