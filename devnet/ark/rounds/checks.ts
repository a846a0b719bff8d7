// What a participation must satisfy before it gets into a round, delegated or interactive.
import { Code, ConnectError } from '@connectrpc/connect';
import { blocksToExpiry, refreshFee } from '../../../src/ark/fees.ts';
import { decodeUserPolicy } from '../../../src/ark/policy.ts';
import type { VtxoRequest } from '../../../src/ark/tree-spec.ts';
import type { VtxoRequest as WireRequest } from '../../../src/server/gen/bark_server_pb.js';
import { sats } from '../../../src/units.ts';
import { badArgument, parsing } from '../../grpc/status.ts';
import type { ArkContext } from '../context.ts';
import type { VtxoRow } from '../state.ts';
import { checkSpendable } from '../vtxos.ts';

const DUST = 330n;

/** @throws ConnectError INVALID_ARGUMENT */
export const readRequest = ({ curve }: ArkContext, wire: WireRequest | undefined): VtxoRequest =>
  parsing('vtxo request', () => ({
    amount: sats(wire?.amount ?? 0n),
    policy: decodeUserPolicy(curve, wire?.policy ?? new Uint8Array()),
  }));

const total = (items: readonly { readonly amount: bigint }[]): bigint =>
  items.reduce((sum, { amount }) => sum + amount, 0n);

/** Amounts, policies and the fee at `height`. @throws ConnectError INVALID_ARGUMENT */
export function checkAmounts(
  { config }: ArkContext,
  rows: readonly VtxoRow[],
  outputs: readonly VtxoRequest[],
  height: number,
): void {
  if (new Set(rows.map(({ id }) => id)).size !== rows.length) throw badArgument('duplicate input');
  const inputs = rows.map(({ vtxo }) => vtxo);
  for (const { amount, policy } of outputs) {
    if (amount < DUST) throw badArgument(`vtxo amount must be at least ${DUST}`);
    if (policy.type !== 'pubkey') throw badArgument(`invalid vtxo policy: ${policy.type}`);
    if (config.maxVtxoAmount !== undefined && amount > config.maxVtxoAmount)
      throw badArgument(`output exceeds maximum vtxo amount of ${config.maxVtxoAmount}`);
  }
  const surplus = total(inputs) - total(outputs);
  if (surplus < 0n)
    throw badArgument(
      `total output amount (${total(outputs)}) exceeds total input amount (${total(inputs)})`,
    );
  const fee = refreshFee(
    config.fees.refresh,
    inputs.map((v) => ({ amount: v.amount, blocksToExpiry: blocksToExpiry(v.expiryHeight, height) })),
  );
  if (surplus < fee) throw badArgument(`insufficient refresh fee: expected at least ${fee}, got ${surplus}`);
}

/** Every input that can't be spent is named at once, so that the client can leave these out. */
export function checkUsable(ctx: ArkContext, rows: readonly VtxoRow[]): void {
  const unusable = rows.filter((row) => {
    try {
      checkSpendable(ctx, row);
      return false;
    } catch {
      return true;
    }
  });
  if (unusable.length === 0) return;
  throw new ConnectError('bad user input: input vtxo(s) unusable', Code.InvalidArgument, {
    identifiers: unusable.map(({ id }) => id).join(','),
  });
}
