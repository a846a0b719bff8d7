// Re-creating a cosigning from given nonces: what arkoor.json and board.json have in common.
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import type { MusigSession } from '../../src/crypto/curve.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { secretNonceForTests } from '../../src/crypto/noble-musig.ts';
import type { Check } from './check.ts';

export interface Key {
  secret: string;
  public: string;
}

export interface NonceVector {
  nonce_gen: {
    random_draw: string;
    rand_prime: string;
    extra_in: string;
    sk_used: boolean;
    msg: string | null;
    aggpk_xonly: string | null;
  };
  secnonce_bip327: string;
  pubnonce: string;
}

export interface Signing {
  user_nonce: NonceVector;
  server_nonce: NonceVector;
  agg_nonce: string;
  server_partial_sig: string;
  user_partial_sig: string;
  final_sig: string;
}

/** How bark makes a session secret of 32 random bytes and the key, before BIP-327 NonceGen mixes the key in again. */
export const sessionSecret = (draw: Uint8Array, secret: Uint8Array): Uint8Array =>
  taggedHash('MuSig/aux', draw).map((v, i) => v ^ (secret[i] as number));

/** The nonce made again from its draws. `about` is what it may have been bound to. */
export function checkNonce(
  n: NonceVector,
  key: Key,
  about: { sighash?: string; signer?: string },
  check: Check,
  label: string,
) {
  const { random_draw, rand_prime, extra_in, sk_used, msg, aggpk_xonly } = n.nonce_gen;
  const draw = fromHex(random_draw);
  const secret = fromHex(key.secret);
  check(sk_used ? sessionSecret(draw, secret) : draw, rand_prime, `${label} session secret`);
  if (msg !== null) check(msg, about.sighash, `${label} message`);
  if (aggpk_xonly !== null) check(aggpk_xonly, about.signer, `${label} aggregate key`);
  const made = curve.generateNonce({
    random: fromHex(rand_prime),
    extra: fromHex(extra_in),
    publicKey: fromHex(key.public),
    secretKey: sk_used ? secret : undefined,
    aggregateKey: aggpk_xonly === null ? undefined : fromHex(aggpk_xonly),
    message: msg === null ? undefined : fromHex(msg),
  });
  check(made.public, n.pubnonce, `${label} public nonce`);
  const halves = [n.secnonce_bip327.slice(0, 64), n.secnonce_bip327.slice(64, 128)];
  const points = halves.map((half) => toHex(curve.publicKey(fromHex(half)))).join('');
  check(points + key.public, n.pubnonce + n.secnonce_bip327.slice(128), `${label} secret nonce`);
}

/** Compares every value of one signature; returns the final signature that the code made. */
export function checkSigning(
  s: Signing,
  keys: { user: Key; server: Key },
  about: {
    sighash: Uint8Array;
    tweak?: Uint8Array;
    signer: Uint8Array;
    sighashHex: string;
    signerHex: string;
  },
  check: Check,
  label: string,
): Uint8Array {
  const text = { sighash: about.sighashHex, signer: about.signerHex };
  checkNonce(s.user_nonce, keys.user, text, check, `${label} user nonce`);
  checkNonce(s.server_nonce, keys.server, text, check, `${label} server nonce`);
  const nonces = [fromHex(s.user_nonce.pubnonce), fromHex(s.server_nonce.pubnonce)];
  const aggregateNonce = curve.aggregateNonces(nonces);
  check(aggregateNonce, s.agg_nonce, `${label} aggregate nonce`);
  const session: MusigSession = {
    keys: [fromHex(keys.user.public), fromHex(keys.server.public)],
    aggregateNonce,
    message: about.sighash,
    tweak: about.tweak,
  };
  const sign = (n: NonceVector, key: Key) =>
    curve.partialSign(session, secretNonceForTests(fromHex(n.secnonce_bip327)), fromHex(key.secret));
  const server = sign(s.server_nonce, keys.server);
  const user = sign(s.user_nonce, keys.user);
  check(server, s.server_partial_sig, `${label} server partial`);
  check(user, s.user_partial_sig, `${label} user partial`);
  const valid = curve.partialVerify(
    session,
    server,
    fromHex(s.server_nonce.pubnonce),
    fromHex(keys.server.public),
  );
  check(valid, true, `${label} server partial verifies`);
  const signature = curve.aggregatePartials(session, [user, server]);
  check(signature, s.final_sig, `${label} signature`);
  check(curve.schnorrVerify(signature, about.sighash, about.signer), true, `${label} signature verifies`);
  return signature;
}

/** A source of randomness that gives these, one for each draw. */
export function drawing(...draws: Uint8Array[]): () => Uint8Array {
  return () => draws.shift() as Uint8Array;
}

/** The randomness of a nonce, for the function that makes it. */
export const drawsOf = ({ nonce_gen }: NonceVector): (() => Uint8Array) =>
  drawing(fromHex(nonce_gen.rand_prime), fromHex(nonce_gen.extra_in));
