// Two-party MuSig2 (ark-lib musig.rs). For arkoor, boards and round leaves the user chooses a nonce first, the server
// answers with its nonce and its share of the signature, the user checks that share before adding its own. For forfeits
// the server's nonce comes first, and the user's share is all that the server needs.
import type { Bytes, Curve, MusigSession, SecretNonce } from '../crypto/curve.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';

/** One side's half of a signature. */
export interface Answer {
  /** 66 bytes. */
  readonly publicNonce: Bytes;
  /** 32 bytes. */
  readonly partial: Bytes;
}

/** Two points, neither at infinity? */
export const isNonce = (curve: Curve, nonce: Bytes): boolean =>
  nonce.length === 66 && curve.isPoint(nonce.subarray(0, 33)) && curve.isPoint(nonce.subarray(33));

/** The keys of both sides, 33 bytes each. */
interface Keys {
  readonly userPubkey: Bytes;
  readonly serverPubkey: Bytes;
}

/** The signing session with the server's nonce, or undefined when that is none. Its share is not looked at. */
export function openSession(
  curve: Curve,
  keys: Keys,
  { message, tweak }: { message: Bytes; tweak?: Bytes },
  userNonce: Bytes,
  publicNonce: Bytes,
): MusigSession | undefined {
  if (!isNonce(curve, publicNonce)) return undefined;
  return {
    keys: [keys.userPubkey, keys.serverPubkey],
    aggregateNonce: curve.aggregateNonces([userNonce, publicNonce]),
    message,
    tweak,
  };
}

/** The signing session, or undefined when the server's share does not hold. */
export function cosignSession(
  curve: Curve,
  keys: Keys,
  signed: { message: Bytes; tweak?: Bytes },
  userNonce: Bytes,
  { publicNonce, partial }: Answer,
): MusigSession | undefined {
  const session = openSession(curve, keys, signed, userNonce, publicNonce);
  return session && curve.partialVerify(session, partial, publicNonce, keys.serverPubkey)
    ? session
    : undefined;
}

/** Adds the user's share: the 64-byte signature. Uses up the nonce. */
export const aggregateBoth = (
  curve: Curve,
  session: MusigSession,
  nonce: SecretNonce,
  secret: Bytes,
  { partial }: Answer,
): Bytes => curve.aggregatePartials(session, [curve.partialSign(session, nonce, secret), partial]);

/** What a share signs: both keys, the digest, the taproot tweak of the key path. */
export interface ShareTarget {
  readonly userPubkey: Bytes;
  readonly serverPubkey: Bytes;
  readonly sighash: Bytes;
  readonly tweak: Bytes;
  /** x-only key that the signature verifies under, mixed into the nonce where it is given. */
  readonly outputKey?: Bytes;
}

/**
 * The user's share when the server's nonce is known. Our nonce is made, used and wiped in here.
 * @param random the CSPRNG; two draws
 * @throws SkiffError SERVER_MISBEHAVED for a nonce that is none, INTERNAL when the secret is another key's
 */
export function signShare(
  curve: Curve,
  { userPubkey, serverPubkey, sighash, tweak, outputKey }: ShareTarget,
  serverNonce: Bytes,
  secret: Bytes,
  random: (length: number) => Bytes,
): Answer {
  if (!isNonce(curve, serverNonce)) {
    throw new SkiffError({
      code: 'SERVER_MISBEHAVED',
      say: 'The server’s answer cannot be signed with. Nothing was given up.',
      details: { reason: 'InvalidServerNonce' },
    });
  }
  if (!equalBytes(curve.publicKey(secret), userPubkey))
    throw new SkiffError({ code: 'INTERNAL', say: 'A coin was about to be signed with a foreign key.' });
  const nonce = curve.generateNonce({
    random: random(32),
    extra: random(32),
    publicKey: userPubkey,
    secretKey: secret,
    aggregateKey: outputKey,
    message: sighash,
  });
  const session: MusigSession = {
    keys: [userPubkey, serverPubkey],
    aggregateNonce: curve.aggregateNonces([nonce.public, serverNonce]),
    message: sighash,
    tweak,
  };
  return { publicNonce: nonce.public, partial: curve.partialSign(session, nonce.secret, secret) };
}

/** Does the user's share hold against the server's nonce? Never throws. */
export function isShareValid(curve: Curve, target: ShareTarget, share: Answer, serverNonce: Bytes): boolean {
  if (!isNonce(curve, serverNonce) || !isNonce(curve, share.publicNonce)) return false;
  const session: MusigSession = {
    keys: [target.userPubkey, target.serverPubkey],
    aggregateNonce: curve.aggregateNonces([share.publicNonce, serverNonce]),
    message: target.sighash,
    tweak: target.tweak,
  };
  return curve.partialVerify(session, share.partial, share.publicNonce, target.userPubkey);
}
