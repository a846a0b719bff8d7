// What participants of an interactive round send while it is being made.
import { roundAttemptPreimage, verifyAttestation } from '../../../src/ark/attestation.ts';
import { isNonce } from '../../../src/ark/cosign.ts';
import { verifyBranch } from '../../../src/ark/tree-cosign.ts';
import { vtxoIdBytes } from '../../../src/ark/vtxo-id.ts';
import { equalBytes, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import type { SubmitPaymentRequest, VtxoSignaturesRequest } from '../../../src/server/gen/bark_server_pb.js';
import { badArgument, internal } from '../../grpc/status.ts';
import type { ArkContext } from '../context.ts';
import { checkAmounts, checkUsable, readRequest } from './checks.ts';
import type { Seat } from './hub.ts';
import { inputRows } from './participations.ts';

/** Leaves of a full round: as deep a tree as the nonces reach. */
export const maxLeaves = ({ config }: ArkContext): number => 4 ** config.nbRoundNonces;

function readSeats(ctx: ArkContext, request: SubmitPaymentRequest, unlockHash: Uint8Array): Seat[] {
  const { config, curve } = ctx;
  return request.vtxoRequests.map(({ vtxo, cosignPubkey, publicNonces }) => {
    if (publicNonces.length !== config.nbRoundNonces)
      throw badArgument(`need exactly ${config.nbRoundNonces} public nonces`);
    if (!curve.isPoint(cosignPubkey) || !publicNonces.every((nonce) => isNonce(curve, nonce)))
      throw badArgument('invalid signed vtxo request');
    return { leaf: { ...readRequest(ctx, vtxo), cosignPubkey, unlockHash }, nonces: publicNonces };
  });
}

/** SubmitPayment: signs up for the attempt under way. */
export function submitPayment(ctx: ArkContext, request: SubmitPaymentRequest) {
  const { curve, chain, nonces, random, rounds } = ctx;
  const preimage = random(32);
  const unlockHash = sha256(preimage);
  const seats = readSeats(ctx, request, unlockHash);
  nonces.add(
    'SubmitPayment',
    seats.flatMap((seat) => seat.nonces ?? []),
  );
  const { collecting } = rounds;
  if (!collecting) throw badArgument('Round already started. Message arrived late or round was full.');
  if (seats.length === 0) throw badArgument('invalid request: no outputs');
  if (collecting.seats.length + seats.length > maxLeaves(ctx))
    throw internal('not enough outputs left in this round, try next round');
  const keys = seats.map(({ leaf }) => toHex(leaf.cosignPubkey ?? new Uint8Array()));
  const known = keys.find((key, i) => collecting.inputsOf.has(key) || keys.indexOf(key) !== i);
  if (known !== undefined) throw internal(`duplicate cosign key ${known}`);

  const rows = inputRows(ctx, request.inputVtxos);
  const banned = rows.find(({ id }) => collecting.allowed?.has(id) === false);
  if (banned) throw internal(`input vtxo ${banned.id} has been banned for this round`);
  checkUsable(ctx, rows);
  const asked = seats.map(({ leaf }) => ({ ...leaf, cosignPubkey: leaf.cosignPubkey as Uint8Array }));
  rows.forEach(({ id, vtxo }, i) => {
    const attestation = request.inputVtxos[i]?.attestation ?? new Uint8Array();
    const preimageOf = roundAttemptPreimage(collecting.challenge, vtxoIdBytes(vtxo.point), asked);
    if (
      attestation.length !== 64 ||
      !verifyAttestation(curve, preimageOf, attestation, vtxo.policy.userPubkey)
    )
      throw internal(`attestation is invalid: vtxo ${id}`);
  });
  checkAmounts(ctx, rows, asked, chain.height());

  const inputs = rows.map(({ id }) => id);
  for (const id of inputs) ctx.inFlux.add(id);
  for (const key of keys) collecting.inputsOf.set(key, inputs);
  collecting.seats.push(...seats);
  collecting.interactive.push({
    unlockHash: toHex(unlockHash),
    preimage,
    inputs,
    outputs: seats.map(({ leaf: { amount, policy } }) => ({ amount, policy })),
    forfeited: false,
  });
  if (collecting.seats.length === maxLeaves(ctx)) collecting.full();
  return { unlockHash };
}

/** ProvideVtxoSignatures: the shares of one cosign key. */
export function provideSignatures(ctx: ArkContext, { pubkey, signatures }: VtxoSignaturesRequest): void {
  const { curve, rounds } = ctx;
  const { signing } = rounds;
  if (!signing) throw badArgument('unexpected message. current step is payment registration');
  const leaf = signing.seats.findIndex(
    (seat) => seat.leaf.cosignPubkey !== undefined && equalBytes(seat.leaf.cosignPubkey, pubkey),
  );
  if (leaf < 0) throw badArgument('pubkey is not part of cosigner group');
  if (signing.shares.has(leaf)) throw badArgument('duplicate signatures for pubkey');
  const own = signing.seats[leaf]?.nonces ?? [];
  if (!verifyBranch(curve, signing.tree, leaf, signing.aggregateNonces, own, signatures))
    throw badArgument('invalid partial signatures');
  signing.shares.set(leaf, signatures);
  if (signing.shares.size === signing.wanted) signing.full();
}
