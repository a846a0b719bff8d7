// Cosigning off-chain transfers: parse, check, mark inputs spent, sign. Replaying the identical package is harmless, a
// different one for a spent input is a double spend. Arkoor, Lightning HTLCs and revocations all pass through here.
import { arkoorCosignPreimage, verifyAttestation } from '../../src/ark/attestation.ts';
import { decodeUserPolicy } from '../../src/ark/policy.ts';
import { txidText, vtxoIdBytes, vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { exitDepth } from '../../src/ark/vtxo.ts';
import type { ArkoorCosignRequest, ArkoorDestination } from '../../src/server/gen/bark_server_pb.js';
import { isSkiffError } from '../../src/errors.ts';
import { sats } from '../../src/units.ts';
import { badArgument, internal } from '../grpc/status.ts';
import { buildPart, type BuiltPart, type Destination, type Signable } from './arkoor-build.ts';
import type { ArkContext } from './context.ts';
import type { VtxoRow } from './state.ts';
import { checkSpendableBy, findVtxos, insertVtxo, readVtxoId } from './vtxos.ts';

const DUST = 330n;

/** One input of a package with everything parsed. */
export interface Part {
  readonly inputId: string;
  readonly outputs: readonly Destination[];
  readonly isolatedOutputs: readonly Destination[];
  readonly userNonces: readonly Uint8Array[];
  readonly useCheckpoint: boolean;
  readonly attestation: Uint8Array;
}

/** A part that may be signed. */
export interface CheckedPart {
  readonly part: Part;
  readonly row: VtxoRow;
  readonly built: BuiltPart;
  /** Text form of the transaction that spends the input. */
  readonly spendingTxid: string;
}

export interface PackageRules {
  readonly maxOutputs: number;
  /** None for a recovery, which cannot make a chain grow. */
  readonly maxInputDepth?: number;
}

function isNonce(ctx: ArkContext, nonce: Uint8Array): boolean {
  return (
    nonce.length === 66 && ctx.curve.isPoint(nonce.subarray(0, 33)) && ctx.curve.isPoint(nonce.subarray(33))
  );
}

/** captaind answers INTERNAL to a package it cannot parse. Notes the nonces of everything that reaches it. */
export function parsePackage(ctx: ArkContext, wire: readonly ArkoorCosignRequest[], method: string): Part[] {
  const destination = ({ totalAmount, policy }: ArkoorDestination): Destination => ({
    amount: sats(totalAmount),
    policy: decodeUserPolicy(ctx.curve, policy),
  });
  try {
    return wire.map((part) => {
      ctx.nonces.add(method, part.userPubNonces);
      if (!part.userPubNonces.every((nonce) => isNonce(ctx, nonce)))
        throw internal('Failed to parse request: invalid public musig nonce');
      if (part.attestation.length !== 64) throw internal('Failed to parse request: invalid attestation');
      return {
        inputId: readVtxoId(part.inputVtxoId),
        outputs: part.outputs.map(destination),
        isolatedOutputs: part.isolatedOutputs.map(destination),
        userNonces: part.userPubNonces,
        useCheckpoint: part.useCheckpoint,
        attestation: part.attestation,
      };
    });
  } catch (e) {
    throw isSkiffError(e) ? internal('Failed to parse request: invalid policy') : e;
  }
}

/** Why amounts of one part are refused, or undefined (ark-lib 0.8.0 arkoor validation). */
function amountProblem(
  input: bigint,
  outputs: readonly bigint[],
  isolated: readonly bigint[],
): string | undefined {
  const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);
  const isDust = (amount: bigint) => amount < DUST;
  const isLarge = (amount: bigint) => amount >= 2n * DUST;
  const total = sum(outputs) + sum(isolated);
  if (total !== input) return `input amount of ${input} does not match output amount of ${total}`;
  if (outputs.length === 0) return 'at least one output is required';
  if ([...outputs, ...isolated].includes(0n)) return 'an output has zero value';
  if (outputs.length > 255 || isolated.length > 255) return 'too many outputs';
  if (isolated.length > 0) {
    if (sum(isolated) < DUST) return 'isolated outputs are below the dust threshold';
    if (isolated.some(isLarge) || !isolated.some(isDust)) return 'dust isolation is used but not needed';
    if (outputs.some(isDust)) return 'an output is below the dust threshold';
  }
  if (outputs.some(isDust) && outputs.some(isLarge)) return 'an output is below the dust threshold';
  return undefined;
}

function checkPart(ctx: ArkContext, part: Part, row: VtxoRow, rules: PackageRules): CheckedPart {
  const refuse = (why: string) => badArgument(`invalid cosign request: ${why} (input ${row.id})`);
  const all = [...part.outputs, ...part.isolatedOutputs];
  const asked = arkoorCosignPreimage(vtxoIdBytes(row.vtxo.point), all);
  if (!verifyAttestation(ctx.curve, asked, part.attestation, row.vtxo.policy.userPubkey)) {
    throw refuse('invalid attestation');
  }
  const problem = amountProblem(
    row.vtxo.amount,
    part.outputs.map((out) => out.amount),
    part.isolatedOutputs.map((out) => out.amount),
  );
  if (problem !== undefined) throw refuse(problem);
  const built = buildPart(ctx.curve, row.vtxo, part.outputs, part.isolatedOutputs);
  const [first] = built.signables;
  if (first === undefined || part.userNonces.length !== built.signables.length) {
    throw refuse(`expected ${built.signables.length} user nonces, got ${part.userNonces.length}`);
  }
  const depth = exitDepth(row.vtxo);
  if (rules.maxInputDepth !== undefined && depth >= rules.maxInputDepth) {
    throw refuse(`exit depth ${depth} meets or exceeds the maximum of ${rules.maxInputDepth}`);
  }
  if (all.length > rules.maxOutputs) throw refuse(`too many outputs (${all.length} > ${rules.maxOutputs})`);
  return { part, row, built, spendingTxid: txidText(first.txid) };
}

/** @param rows the inputs, in the order of `parts` @throws ConnectError INVALID_ARGUMENT */
export function checkPackage(
  ctx: ArkContext,
  parts: readonly Part[],
  rows: readonly VtxoRow[],
  rules: PackageRules,
): CheckedPart[] {
  if (parts.length === 0) throw badArgument('invalid cosign request: empty request');
  if (!parts.every((part) => part.useCheckpoint)) {
    throw badArgument('invalid cosign request: should use arkoor checkpoints');
  }
  return parts.map((part, i) => checkPart(ctx, part, rows[i] as VtxoRow, rules));
}

/** A fresh partial signature of the server over one message, given the user's public nonce. */
export function cosign(
  { curve, serverKey, random }: ArkContext,
  userKey: Uint8Array,
  userNonce: Uint8Array,
  message: Uint8Array,
  tweak: Uint8Array,
): { nonce: Uint8Array; partial: Uint8Array } {
  const nonce = curve.generateNonce({
    random: random(32),
    publicKey: serverKey.public,
    secretKey: serverKey.secret,
    message,
  });
  const session = {
    keys: [userKey, serverKey.public],
    aggregateNonce: curve.aggregateNonces([userNonce, nonce.public]),
    message,
    tweak,
  };
  return { nonce: nonce.public, partial: curve.partialSign(session, nonce.secret, serverKey.secret) };
}

/** Each checkpoint output with the transaction that spends it. */
function checkpointSpends({ built }: CheckedPart): [output: string, txid: string][] {
  const [checkpoint, ...onwards] = built.signables;
  if (checkpoint === undefined) return [];
  return onwards.map(({ txid }, vout) => [vtxoIdText({ txid: checkpoint.txid, vout }), txidText(txid)]);
}

/**
 * Commits the whole package, then signs it: from here on the inputs are spent.
 * @throws ConnectError INTERNAL when the package replays a checkpoint with other destinations: the checkpoint's txid
 * depends on amounts only, so this is the one place that sees the double spend
 */
export function executePackage(ctx: ArkContext, checked: readonly CheckedPart[]) {
  const { state } = ctx;
  const spends = checked.flatMap(checkpointSpends);
  for (const [output, txid] of spends) {
    const before = state.checkpointSpends.get(output);
    if (before !== undefined && before !== txid) throw internal(`vtxo ${output} is already spent`);
  }
  for (const [output, txid] of spends) state.checkpointSpends.set(output, txid);
  for (const { row, built, spendingTxid } of checked) {
    row.state = 'spent';
    row.spentBy = spendingTxid;
    for (const { txid } of built.signables) {
      const id = txidText(txid);
      if (!state.transactions.has(id)) state.transactions.set(id, undefined);
    }
    for (const vtxo of built.vtxos) insertVtxo(ctx, vtxo, 'unregistered');
  }
  return {
    parts: checked.map((one) => {
      const { part, row } = one;
      const signed = signablesOf(ctx, one).map(({ sighash, tweak }, i) =>
        cosign(ctx, row.vtxo.policy.userPubkey, part.userNonces[i] as Uint8Array, sighash, tweak),
      );
      return {
        serverPubNonces: signed.map((s) => s.nonce),
        serverPartialSigs: signed.map((s) => s.partial),
      };
    }),
  };
}

/** What gets signed: the package that was asked for, unless the devnet is told to lie. */
function signablesOf({ curve, config }: ArkContext, { part, row, built }: CheckedPart): readonly Signable[] {
  const [first, ...rest] = part.outputs;
  if (config.cosignLie === undefined || first === undefined) return built.signables;
  const { userPubkey } = row.vtxo.policy;
  const lied =
    config.cosignLie === 'amount'
      ? { ...first, amount: sats(first.amount - 1n) }
      : { ...first, policy: { type: 'pubkey', userPubkey } as const };
  return buildPart(curve, row.vtxo, [lied, ...rest], part.isolatedOutputs).signables;
}

/** RequestArkoorCosign. */
export function cosignArkoor(ctx: ArkContext, wire: readonly ArkoorCosignRequest[]) {
  const parts = parsePackage(ctx, wire, 'RequestArkoorCosign');
  const rows = findVtxos(
    ctx,
    parts.map((part) => part.inputId),
  );
  for (const { vtxo } of rows) {
    if (vtxo.policy.type === 'server-htlc-send') throw badArgument('server htlc send vtxo not supported');
    if (vtxo.policy.type === 'server-htlc-receive') throw badArgument('server htlc recv vtxo not supported');
  }
  const checked = checkPackage(ctx, parts, rows, {
    maxOutputs: ctx.config.maxArkoorFanout,
    maxInputDepth: ctx.config.maxVtxoExitDepth,
  });
  checked.forEach((part) => checkSpendableBy(ctx, part.row, part.spendingTxid));
  return executePackage(ctx, checked);
}
