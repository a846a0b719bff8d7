// Delegated participations: handed in once, taken into a round by the server, asked for by their unlock hash.
import { delegatedRoundPreimage, verifyAttestation } from '../../../src/ark/attestation.ts';
import { parseVtxoId, vtxoIdBytes } from '../../../src/ark/vtxo-id.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import {
  RoundParticipationStatus,
  type InputVtxo,
  type RoundParticipationRequest,
} from '../../../src/server/gen/bark_server_pb.js';
import { badArgument, notFound } from '../../grpc/status.ts';
import type { ArkContext } from '../context.ts';
import { readMailboxId } from '../mailbox.ts';
import type { Participation, VtxoRow } from '../state.ts';
import { findVtxos, readVtxoId } from '../vtxos.ts';
import { checkAmounts, checkUsable, readRequest } from './checks.ts';

/** Rows of the inputs in request order. @throws ConnectError NOT_FOUND */
export const inputRows = (ctx: ArkContext, inputs: readonly InputVtxo[]): VtxoRow[] =>
  findVtxos(
    ctx,
    inputs.map(({ vtxoId }) => readVtxoId(vtxoId)),
  );

/** Participations that wait for a round and share an input with `inputs`. */
const overlapping = ({ state }: ArkContext, inputs: readonly string[]): Participation[] =>
  [...state.participations.values()].filter((p) => !p.issued && p.inputs.some((id) => inputs.includes(id)));

/** Drops what waits for a round with any of these inputs. */
export function supersede(ctx: ArkContext, inputs: readonly string[]): void {
  for (const { unlockHash } of overlapping(ctx, inputs)) ctx.state.participations.delete(unlockHash);
}

/** SubmitRoundParticipation: a later one takes the place of an earlier one that shares an input. */
export function submitParticipation(ctx: ArkContext, request: RoundParticipationRequest) {
  const { curve, chain, random, state } = ctx;
  const mailbox =
    request.unblindedMailboxId === undefined ? undefined : readMailboxId(ctx, request.unblindedMailboxId);
  const outputs = request.vtxoRequests.map((wire) => readRequest(ctx, wire));
  const rows = inputRows(ctx, request.inputVtxos);
  rows.forEach(({ vtxo, id }, i) => {
    const asked = delegatedRoundPreimage(vtxoIdBytes(vtxo.point), outputs);
    const attestation = request.inputVtxos[i]?.attestation ?? new Uint8Array();
    if (attestation.length !== 64 || !verifyAttestation(curve, asked, attestation, vtxo.policy.userPubkey))
      throw badArgument(`attestation for vtxo ${id} failed`);
  });
  const { scheduledHeight } = request;
  for (const { id, vtxo } of rows) {
    if (scheduledHeight !== undefined && vtxo.expiryHeight <= scheduledHeight)
      throw badArgument(
        `input vtxo ${id} expires at height ${vtxo.expiryHeight}, before the scheduled refresh height ${scheduledHeight}`,
      );
  }
  if (outputs.length === 0) throw badArgument('invalid request: no outputs');
  checkAmounts(ctx, rows, outputs, scheduledHeight ?? chain.height());
  checkUsable(ctx, rows);

  const preimage = random(32);
  const unlockHash = sha256(preimage);
  const inputs = rows.map(({ id }) => id);
  supersede(ctx, inputs);
  const key = toHex(unlockHash);
  state.participations.set(key, {
    unlockHash: key,
    preimage,
    inputs,
    outputs,
    mailbox,
    scheduledHeight,
    forfeited: false,
  });
  return { unlockHash };
}

/** The participation with this hash. @throws ConnectError NOT_FOUND */
function participationOf({ state }: ArkContext, unlockHash: Uint8Array): Participation {
  const found = state.participations.get(toHex(unlockHash));
  if (!found) throw notFound('round participation not found', [toHex(unlockHash)]);
  return found;
}

/** RoundParticipationStatus. */
export function participationStatus(ctx: ArkContext, unlockHash: Uint8Array) {
  if (unlockHash.length !== 32) throw badArgument('invalid unlock hash');
  const found = participationOf(ctx, unlockHash);
  const inputVtxoIds = found.inputs.map((id) => vtxoIdBytes(parseVtxoId(id)));
  if (!found.issued) return { status: RoundParticipationStatus.ROUND_PART_PENDING, inputVtxoIds };
  const { roundTxid, coins } = found.issued;
  const { ROUND_PART_ISSUED, ROUND_PART_RELEASED } = RoundParticipationStatus;
  return {
    status: found.forfeited ? ROUND_PART_RELEASED : ROUND_PART_ISSUED,
    inputVtxoIds,
    roundFundingTx: ctx.state.transactions.get(roundTxid),
    outputVtxos: coins.map(({ locked }) => locked),
    unlockPreimage: found.forfeited ? found.preimage : undefined,
  };
}
