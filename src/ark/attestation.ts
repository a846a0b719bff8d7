// Attestations: BIP-340 proofs that the owner of an input agrees to what is asked of it (ark-lib attestations.rs).
// Each signs SHA-256(prefix ‖ body) with the input's user key. Mind the byte orders: the round ones are big-endian with
// a u64 count, offboard and arkoor little-endian with a u32 count. `vtxoId` is the 36-byte id everywhere.
import { utf8ToBytes } from '@noble/hashes/utils.js';

import { concat } from '../crypto/bytes.ts';
import type { Bytes, Curve } from '../crypto/curve.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Sats } from '../units.ts';
import { encodeWith, type TxOut } from './encode.ts';
import { encodePolicy, type VtxoPolicy } from './policy.ts';
import { vtxoIdBytes } from './vtxo-id.ts';
import type { Vtxo } from './vtxo.ts';

/** 32 ASCII bytes each. */
export const ATTESTATION_PREFIXES = {
  roundAttempt: 'Ark round input ownership proof ',
  delegatedRoundParticipation: 'hArk round join ownership proof ',
  lightningReceive: 'Lightning receive VTXO challenge',
  vtxoStatus: 'Ark VTXO status query challenge ',
  offboardRequest: 'Ark offboard request challenge  ',
  arkoorCosign: 'arkoor cosign attestation       ',
} as const;

const PREFIX = Object.fromEntries(
  Object.entries(ATTESTATION_PREFIXES).map(([name, text]) => [name, utf8ToBytes(text)]),
) as Record<keyof typeof ATTESTATION_PREFIXES, Bytes>;

/** An output as attestations name it. */
export interface AttestedOutput {
  readonly amount: Sats;
  readonly policy: VtxoPolicy;
}

function bigEndian64(value: bigint | number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Signed for an interactive round: the attempt's challenge, the input, what is wanted for it. */
export const roundAttemptPreimage = (
  challenge: Bytes,
  vtxoId: Bytes,
  requests: readonly (AttestedOutput & { cosignPubkey: Bytes })[],
): Bytes =>
  concat(
    PREFIX.roundAttempt,
    challenge,
    vtxoId,
    bigEndian64(requests.length),
    ...requests.map((r) => concat(bigEndian64(r.amount), encodePolicy(r.policy), r.cosignPubkey)),
  );

/** Signed for a delegated round participation. */
export const delegatedRoundPreimage = (vtxoId: Bytes, requests: readonly AttestedOutput[]): Bytes =>
  concat(
    PREFIX.delegatedRoundParticipation,
    vtxoId,
    bigEndian64(requests.length),
    ...requests.map((r) => concat(bigEndian64(r.amount), encodePolicy(r.policy))),
  );

/** Signed to show the server that the receiver of a Lightning payment holds a coin. */
export const lightningReceivePreimage = (paymentHash: Bytes, vtxoId: Bytes): Bytes =>
  concat(PREFIX.lightningReceive, paymentHash, vtxoId);

/** Signed to learn a coin's state at the server. */
export const vtxoStatusPreimage = (vtxoId: Bytes): Bytes => concat(PREFIX.vtxoStatus, vtxoId);

/** Signed for an offboard; covers the output and all inputs, not the fee rate. */
export const offboardRequestPreimage = (output: TxOut, inputIds: readonly Bytes[]): Bytes =>
  concat(
    PREFIX.offboardRequest,
    encodeWith((w) => w.txOut(output).u32(inputIds.length)),
    ...inputIds,
  );

/** Signed for one part of an arkoor package: the input and all its outputs, normal ones first, then isolated ones. */
export const arkoorCosignPreimage = (vtxoId: Bytes, outputs: readonly AttestedOutput[]): Bytes =>
  concat(
    PREFIX.arkoorCosign,
    vtxoId,
    encodeWith((w) => {
      w.u32(outputs.length);
      for (const o of outputs) w.u64(o.amount).bytes(encodePolicy(o.policy));
    }),
  );

/** Signs a preimage: the 64-byte attestation. @param secret the input's user key · @param aux 32 random bytes */
export const attest = (curve: Curve, preimage: Bytes, secret: Bytes, aux: Bytes): Bytes =>
  curve.schnorrSign(sha256(preimage), secret, aux);

/** Did the owner of this 33-byte key sign the preimage? */
export const verifyAttestation = (
  curve: Curve,
  preimage: Bytes,
  attestation: Bytes,
  userPubkey: Bytes,
): boolean => curve.schnorrVerify(attestation, sha256(preimage), userPubkey.subarray(1));

/** The attestation of GetVtxoStatus. */
export const vtxoStatusAttestation = (curve: Curve, vtxoId: Bytes, secret: Bytes, aux: Bytes): Bytes =>
  attest(curve, vtxoStatusPreimage(vtxoId), secret, aux);

/** Did the owner of this coin ask for its state? */
export const verifyVtxoStatus = (
  curve: Curve,
  attestation: Bytes,
  vtxo: Pick<Vtxo, 'point' | 'policy'>,
): boolean =>
  verifyAttestation(curve, vtxoStatusPreimage(vtxoIdBytes(vtxo.point)), attestation, vtxo.policy.userPubkey);

/** Did the owner of this input ask for exactly these outputs? @param outputs normal ones, then isolated ones */
export const verifyArkoorCosign = (
  curve: Curve,
  attestation: Bytes,
  vtxo: Pick<Vtxo, 'point' | 'policy'>,
  outputs: readonly AttestedOutput[],
): boolean =>
  verifyAttestation(
    curve,
    arkoorCosignPreimage(vtxoIdBytes(vtxo.point), outputs),
    attestation,
    vtxo.policy.userPubkey,
  );
