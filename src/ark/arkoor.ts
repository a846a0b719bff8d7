// Cosigning an arkoor package with the server (ark-lib arkoor/mod.rs). The user's nonces are fresh for every exchange,
// live only in the session value and are used up by finishing; every partial signature of the server is checked before
// the first one of ours is made.
import type { Bytes, Curve, MusigSession, NoncePair } from '../crypto/curve.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import type { ArkoorOutput } from './arkoor-allocation.ts';
import type { ArkoorPackage } from './arkoor-package.ts';
import { partVtxos, type ArkoorPart, type ArkoorTx } from './arkoor-part.ts';
import { arkoorCosignPreimage, attest } from './attestation.ts';
import { aggregateBoth, openSession, type Answer } from './cosign.ts';
import { encodePolicy } from './policy.ts';
import { vtxoIdBytes } from './vtxo-id.ts';
import type { Vtxo } from './vtxo.ts';

/** An output as the request carries it. */
export interface ArkoorDestinationWire {
  totalAmount: bigint;
  policy: Bytes;
}

/** One part of a cosign request, field by field the protobuf message ArkoorCosignRequest. */
export interface ArkoorPartRequest {
  inputVtxoId: Bytes;
  outputs: ArkoorDestinationWire[];
  isolatedOutputs: ArkoorDestinationWire[];
  useCheckpoint: boolean;
  userPubNonces: Bytes[];
  attestation: Bytes;
}

/** One part of the server's answer (ArkoorCosignResponse). */
export interface ArkoorPartResponse {
  readonly serverPubNonces: readonly Bytes[];
  readonly serverPartialSigs: readonly Bytes[];
}

/** One exchange. Holds secret nonces: memory only, one use, then dropped. */
export interface ArkoorSession {
  readonly parts: ArkoorPartRequest[];
  /** By part, then by transaction. */
  readonly nonces: readonly (readonly NoncePair[])[];
}

const wire = ({ amount, policy }: ArkoorOutput): ArkoorDestinationWire => ({
  totalAmount: amount,
  policy: encodePolicy(policy),
});

function startPart(curve: Curve, part: ArkoorPart, secret: Bytes, random: (length: number) => Bytes) {
  const { input, outputs, isolated, useCheckpoint, transactions } = part;
  const publicKey = curve.publicKey(secret);
  if (!equalBytes(publicKey, input.policy.userPubkey)) {
    throw new SkiffError({ code: 'INTERNAL', say: 'A coin was about to be signed with a foreign key.' });
  }
  const nonces = transactions.map(({ sighash }) =>
    curve.generateNonce({
      random: random(32),
      publicKey,
      secretKey: secret,
      message: sighash,
      extra: random(32),
    }),
  );
  const inputVtxoId = vtxoIdBytes(input.point);
  const preimage = arkoorCosignPreimage(inputVtxoId, [...outputs, ...isolated]);
  const request: ArkoorPartRequest = {
    inputVtxoId,
    outputs: outputs.map(wire),
    isolatedOutputs: isolated.map(wire),
    useCheckpoint,
    userPubNonces: nonces.map((n) => n.public),
    attestation: attest(curve, preimage, secret, random(32)),
  };
  return { request, nonces };
}

const need = <T>(items: readonly T[], index: number): T => {
  if (index < items.length) return items[index] as T;
  throw new SkiffError({ code: 'INTERNAL', say: 'A transfer lacks a key.', details: { index } });
};

/**
 * Nonces and attestations for a package: what is sent to the server, and what must stay here.
 * @param secrets user keys of the inputs, in order
 * @param random the CSPRNG; for each part two draws for each transaction and one for the attestation
 * @throws SkiffError INTERNAL when a key does not own its input
 */
export function startCosign(
  curve: Curve,
  pkg: ArkoorPackage,
  secrets: readonly Bytes[],
  random: (length: number) => Bytes,
): ArkoorSession {
  const started = pkg.parts.map((part, i) => startPart(curve, part, need(secrets, i), random));
  return { parts: started.map((s) => s.request), nonces: started.map((s) => s.nonces) };
}

const misbehaved = (reason: string, details: Record<string, number> = {}) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The server answered with a wrong signature. The transfer was not finished.',
    details: { reason, ...details },
  });

const expectCount = (reason: string, expected: number, got: number) => {
  if (got !== expected) throw misbehaved(reason, { expected, got });
};

/** One transaction that is about to be signed: whose part it belongs to, where in it, and the server's share. */
interface Share {
  readonly part: number;
  readonly index: number;
  readonly session: MusigSession;
  readonly nonce: NoncePair;
  readonly answer: Answer;
  readonly serverPubkey: Bytes;
}

const badShare = (index: number) => misbehaved('InvalidPartialSignature', { index });

/** The server's shares of a part, nothing of them proven. @throws SkiffError SERVER_MISBEHAVED */
function sharesOf(
  curve: Curve,
  part: ArkoorPart,
  at: number,
  nonces: readonly NoncePair[],
  answer: ArkoorPartResponse,
): Share[] {
  const { serverPubkey, policy } = part.input;
  const expected = part.transactions.length;
  expectCount('InvalidNbServerNonces', expected, answer.serverPubNonces.length);
  expectCount('InvalidNbServerPartialSigs', expected, answer.serverPartialSigs.length);
  return part.transactions.map(({ sighash, tweak }: ArkoorTx, index) => {
    const publicNonce = answer.serverPubNonces[index] as Bytes;
    const partial = answer.serverPartialSigs[index] as Bytes;
    const nonce = need(nonces, index);
    const keys = { userPubkey: policy.userPubkey, serverPubkey };
    const session = openSession(curve, keys, { message: sighash, tweak }, nonce.public, publicNonce);
    if (!session) throw badShare(index);
    return { part: at, index, session, nonce, answer: { publicNonce, partial }, serverPubkey };
  });
}

/** Proves all shares in one batch; only when it fails, one by one to say which is wrong. @throws SkiffError SERVER_MISBEHAVED */
function checkShares(curve: Curve, shares: readonly Share[]): void {
  const signatures = shares.map(({ session, answer, serverPubkey }) => ({
    session,
    ...answer,
    publicKey: serverPubkey,
  }));
  if (curve.partialVerifyAll(signatures)) return;
  const wrong = signatures.findIndex((one) => !curve.partialVerifyAll([one]));
  throw badShare(shares[Math.max(0, wrong)]?.index ?? 0);
}

/**
 * Checks the server's answer, signs, and makes the new VTXOs in protocol order. Uses up the session's nonces.
 * @throws SkiffError SERVER_MISBEHAVED; then nothing of ours was signed
 */
export function finishArkoor(
  curve: Curve,
  pkg: ArkoorPackage,
  session: ArkoorSession,
  answers: readonly ArkoorPartResponse[],
  secrets: readonly Bytes[],
): Vtxo[] {
  expectCount('InvalidNbPackages', pkg.parts.length, answers.length);
  const shares = pkg.parts.flatMap((part, i) =>
    sharesOf(curve, part, i, need(session.nonces, i), need(answers, i)),
  );
  checkShares(curve, shares);
  return pkg.parts.flatMap((part, i) => {
    const secret = need(secrets, i);
    const signatures = shares
      .filter((share) => share.part === i)
      .map(({ session: s, nonce, answer }) => aggregateBoth(curve, s, nonce.secret, secret, answer));
    return partVtxos(part, signatures);
  });
}
