// Coins at the server: finding them, whether they may be spent, registering their chains, telling their owner.
import { vtxoIdFromBytes, vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { verifyVtxoStatus } from '../../src/ark/attestation.ts';
import { exitTransactions } from '../../src/ark/exit-chain.ts';
import { policyName } from '../../src/ark/policy.ts';
import { serializeTx } from '../../src/ark/tx.ts';
import { txidText } from '../../src/ark/vtxo-id.ts';
import { validateVtxo } from '../../src/ark/validate.ts';
import { decodeVtxo, encodeVtxo, hasAllWitnesses, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { VtxoSpendState } from '../../src/server/gen/bark_server_pb.js';
import { badArgument, checking, notFound, parsing } from '../grpc/status.ts';
import type { ArkContext } from './context.ts';
import type { VtxoRow } from './state.ts';

/** Most ids or vtxos in one request. */
const MAX_PER_REQUEST = 1000;

/** 36 wire bytes to `txid:vout`. @throws ConnectError INVALID_ARGUMENT */
export const readVtxoId = (bytes: Uint8Array): string =>
  vtxoIdText(parsing('VTXO ID', () => vtxoIdFromBytes(bytes)));

/** Rows in request order. @throws ConnectError NOT_FOUND when one is unknown or an id stands twice */
export function findVtxos({ state }: ArkContext, ids: readonly string[]): VtxoRow[] {
  const missing = ids.filter((id) => !state.vtxos.has(id));
  if (missing.length > 0 || new Set(ids).size !== ids.length) throw notFound('vtxo does not exist', missing);
  return ids.map((id) => state.vtxos.get(id) as VtxoRow);
}

/** Adds a coin unless it is known: a replay leaves the first row as it is. */
export function insertVtxo({ state }: ArkContext, vtxo: Vtxo, rowState: VtxoRow['state']): void {
  const id = vtxoId(vtxo);
  if (!state.vtxos.has(id))
    state.vtxos.set(id, { id, vtxo, bytes: encodeVtxo(vtxo, 'full'), state: rowState });
}

/** Is it there to be spent, whatever its policy? @throws ConnectError INVALID_ARGUMENT */
export function checkSpendable({ chain, inFlux }: ArkContext, row: VtxoRow): void {
  const leaf = txidText(row.vtxo.point.txid);
  if ((chain.transaction(leaf)?.confirmations ?? 0) > 0)
    throw badArgument(`vtxo ${row.id} has exited onchain`);
  if (row.state !== 'spendable') throw badArgument(`vtxo ${row.id} is not spendable (state: ${row.state})`);
  if (inFlux.has(row.id)) throw badArgument(`vtxo ${row.id} is already locked by another process`);
  if (row.bannedUntil !== undefined && chain.height() < row.bannedUntil) {
    throw badArgument(`vtxo ${row.id} is banned until block ${row.bannedUntil}`);
  }
}

/** May this coin be spent by `txid`? Replaying the spend that already happened may. @throws ConnectError INVALID_ARGUMENT */
export function checkSpendableBy(ctx: ArkContext, row: VtxoRow, txid: string): void {
  if (row.state === 'spent' && row.spentBy === txid) return;
  if (row.vtxo.policy.type !== 'pubkey') {
    throw badArgument(
      `vtxo ${row.id} is not spendable as an arkoor input (policy: ${policyName(row.vtxo.policy)})`,
    );
  }
  checkSpendable(ctx, row);
}

/** May this coin fund its Lightning payment? @throws ConnectError INVALID_ARGUMENT */
export function checkHtlcSpendable(ctx: ArkContext, row: VtxoRow): void {
  const { policy } = row.vtxo;
  if (policy.type !== 'server-htlc-send' || policy.version !== 1) {
    throw badArgument(`vtxo ${row.id} is not an htlc-send vtxo (policy: ${policyName(policy)})`);
  }
  checkSpendable(ctx, row);
}

/** RegisterVtxoTransactions: all or nothing, idempotent. */
export function registerTransactions(ctx: ArkContext, encoded: readonly Uint8Array[]): void {
  const { curve, state } = ctx;
  if (encoded.length === 0) throw badArgument('no vtxos provided');
  if (encoded.length > MAX_PER_REQUEST) throw badArgument(`too many vtxos, max is ${MAX_PER_REQUEST}`);
  const vtxos = new Map<string, Vtxo>();
  for (const bytes of encoded) {
    const vtxo = parsing('vtxo', () => decodeVtxo(curve, bytes, 'full'));
    if (!vtxos.has(vtxoId(vtxo))) vtxos.set(vtxoId(vtxo), vtxo);
  }
  const rows: [VtxoRow, Vtxo][] = [];
  for (const [id, vtxo] of vtxos) {
    const row = state.vtxos.get(id);
    if (row === undefined) throw notFound('vtxo not found in database', [id]);
    if (!hasAllWitnesses(vtxo)) throw badArgument(`vtxo ${id} is not fully signed`);
    const anchor = state.transactions.get(txidText(vtxo.anchor.txid));
    if (anchor === undefined) throw badArgument('chain anchor tx not found');
    checking(`vtxo ${id} validation failed`, () => validateVtxo(curve, vtxo, anchor));
    rows.push([row, vtxo]);
  }
  for (const [row, vtxo] of rows) {
    for (const step of exitTransactions(curve, vtxo)) {
      const txid = txidText(step.txid);
      if (!state.transactions.get(txid)) state.transactions.set(txid, serializeTx(step.tx));
    }
    row.vtxo = vtxo;
    row.bytes = encodeVtxo(vtxo, 'full');
    if (row.state === 'unregistered') row.state = 'spendable';
  }
}

const CLIENT_STATE: Record<VtxoRow['state'], VtxoSpendState> = {
  unregistered: VtxoSpendState.UNREGISTERED,
  unclaimed: VtxoSpendState.UNCLAIMED,
  spendable: VtxoSpendState.SPENDABLE,
  spent: VtxoSpendState.SPENT,
  'ln-spent': VtxoSpendState.SPENT,
  'htlc-recv-unclaimed': VtxoSpendState.HTLC_RECV_UNCLAIMED,
};

/** The state as clients are told it. */
export const clientState = (row: VtxoRow): VtxoSpendState => CLIENT_STATE[row.state];

/** GetVtxo. */
export function getVtxo(ctx: ArkContext, id: string): Uint8Array {
  const row = ctx.state.vtxos.get(id);
  if (row === undefined) throw notFound('VTXO not found', [id]);
  return row.bytes;
}

/** GetVtxoStatus: only for who can sign with the coin's key. */
export function getVtxoStatus(ctx: ArkContext, id: string, attestation: Uint8Array): VtxoSpendState {
  if (attestation.length !== 64) throw badArgument('invalid VTXO status attestation');
  const row = ctx.state.vtxos.get(id);
  if (row === undefined) throw notFound('VTXO not found', [id]);
  if (!verifyVtxoStatus(ctx.curve, attestation, row.vtxo))
    throw badArgument('invalid VTXO status attestation');
  return CLIENT_STATE[row.state];
}

/** GetVtxosByIds: unknown ids are listed instead of refused. */
export function getVtxosByIds({ state }: ArkContext, ids: readonly Uint8Array[]) {
  if (ids.length > MAX_PER_REQUEST) throw badArgument(`too many ids, max is ${MAX_PER_REQUEST}`);
  const vtxos: Uint8Array[] = [];
  const missing = new Map<string, Uint8Array>();
  for (const bytes of ids) {
    const row = state.vtxos.get(readVtxoId(bytes));
    if (row) vtxos.push(row.bytes);
    else missing.set(readVtxoId(bytes), bytes);
  }
  return { vtxos, missingVtxoIds: [...missing.values()] };
}

/** GetVtxosStatusByIds: every attestation must hold, unknown ids are listed. */
export function getVtxosStatusByIds(
  ctx: ArkContext,
  queries: readonly { readonly vtxoId: Uint8Array; readonly attestation: Uint8Array }[],
) {
  if (queries.length > MAX_PER_REQUEST) throw badArgument(`too many ids, max is ${MAX_PER_REQUEST}`);
  const vtxos: { vtxoId: Uint8Array; spendState: VtxoSpendState }[] = [];
  const missing = new Map<string, Uint8Array>();
  for (const { vtxoId: bytes, attestation } of queries) {
    const id = readVtxoId(bytes);
    if (ctx.state.vtxos.has(id))
      vtxos.push({ vtxoId: bytes, spendState: getVtxoStatus(ctx, id, attestation) });
    else missing.set(id, bytes);
  }
  return { vtxos, missingVtxoIds: [...missing.values()] };
}
