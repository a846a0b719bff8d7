// Two-party MuSig2 as arkoor and board use it (ark-lib musig.rs): the user chose a nonce first, the server answers with
// its nonce and its share of the signature, the user checks that share before adding its own.
import type { Bytes, Curve, MusigSession, SecretNonce } from '../crypto/curve.ts';

/** The server's half of one signature. */
export interface Answer {
  /** 66 bytes. */
  readonly publicNonce: Bytes;
  /** 32 bytes. */
  readonly partial: Bytes;
}

const isNonce = (curve: Curve, nonce: Bytes): boolean =>
  nonce.length === 66 && curve.isPoint(nonce.subarray(0, 33)) && curve.isPoint(nonce.subarray(33));

/** The signing session, or undefined when the server's share does not hold. */
export function cosignSession(
  curve: Curve,
  keys: { userPubkey: Bytes; serverPubkey: Bytes },
  { message, tweak }: { message: Bytes; tweak: Bytes },
  userNonce: Bytes,
  { publicNonce, partial }: Answer,
): MusigSession | undefined {
  if (!isNonce(curve, publicNonce)) return undefined;
  const session: MusigSession = {
    keys: [keys.userPubkey, keys.serverPubkey],
    aggregateNonce: curve.aggregateNonces([userNonce, publicNonce]),
    message,
    tweak,
  };
  return curve.partialVerify(session, partial, publicNonce, keys.serverPubkey) ? session : undefined;
}

/** Adds the user's share: the 64-byte signature. Uses up the nonce. */
export const aggregateBoth = (
  curve: Curve,
  session: MusigSession,
  nonce: SecretNonce,
  secret: Bytes,
  { partial }: Answer,
): Bytes => curve.aggregatePartials(session, [curve.partialSign(session, nonce, secret), partial]);
