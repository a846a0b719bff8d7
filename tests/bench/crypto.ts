// Curve and coin figures: our adaptor, noble and scure called directly, and native ark-lib on the same bytes.
import { schnorr } from '@noble/curves/secp256k1.js';
import { hexToBytes, randomBytes } from '@noble/hashes/utils.js';
import * as musig from '@scure/btc-signer/musig2.js';

import { decodeVtxo } from '../../src/ark/vtxo.ts';
import { validateVtxo } from '../../src/ark/validate.ts';
import type { Curve } from '../../src/crypto/curve.ts';
import { medianMicros, type Row } from './measure.ts';
import type { NativePeer } from './native.ts';

export function schnorrVerify(curve: Curve, native: NativePeer): Row {
  const secret = randomBytes(32);
  const message = randomBytes(32);
  const key = curve.publicKey(secret).slice(1);
  const signature = curve.schnorrSign(message, secret, randomBytes(32));
  return {
    what: 'schnorr verify',
    value: medianMicros(() => curve.schnorrVerify(signature, message, key), 100),
    unit: 'µs',
    peers: [
      { name: 'noble', value: medianMicros(() => schnorr.verify(signature, message, key), 100) },
      { name: 'native', value: native.schnorrVerify },
    ],
  };
}

/** What one signer of two does: nonce, check of the other's part, own part, aggregate, final check. */
export function cosign(curve: Curve): Row {
  const ours = randomBytes(32);
  const theirs = randomBytes(32);
  const [us, them] = [curve.publicKey(ours), curve.publicKey(theirs)];
  const keys = [us, them];
  const tweak = randomBytes(32);
  const message = randomBytes(32);
  const aggregate = curve.aggregateKeys(keys);
  const tweaked = curve.tweakXOnly(aggregate.xonly, tweak).xonly;

  const withPort = () => {
    const nonce = curve.generateNonce({ random: randomBytes(32), publicKey: us, secretKey: ours, message });
    const other = curve.generateNonce({
      random: randomBytes(32),
      publicKey: them,
      secretKey: theirs,
      message,
    });
    const aggregateNonce = curve.aggregateNonces([nonce.public, other.public]);
    const session = { keys, aggregateNonce, message, tweak };
    const part = curve.partialSign(session, other.secret, theirs);
    return { nonce, other, session, part };
  };
  const prepared = Array.from({ length: 200 }, withPort);
  let next = 0;
  const value = medianMicros(() => {
    const { other, part } = prepared[next++ % prepared.length]!;
    const nonce = curve.generateNonce({ random: randomBytes(32), publicKey: us, secretKey: ours, message });
    const session = {
      keys,
      aggregateNonce: curve.aggregateNonces([nonce.public, other.public]),
      message,
      tweak,
    };
    curve.partialVerify(session, part, other.public, them);
    const mine = curve.partialSign(session, nonce.secret, ours);
    return curve.schnorrVerify(curve.aggregatePartials(session, [mine, part]), message, tweaked);
  }, 10);

  const sorted = musig.sortKeys(keys);
  const index = sorted.findIndex((k) => k === them);
  const scure = medianMicros(() => {
    const nonce = musig.nonceGen(us, ours, tweaked, message, undefined, randomBytes(32));
    const other = musig.nonceGen(them, theirs, tweaked, message, undefined, randomBytes(32));
    const session = new musig.Session(
      musig.nonceAggregate([nonce.public, other.public]),
      sorted,
      message,
      [tweak],
      [true],
    );
    const part = session.sign(other.secret, theirs, true);
    const nonces = index === 0 ? [other.public, nonce.public] : [nonce.public, other.public];
    session.partialSigVerify(part, nonces, index);
    const mine = session.sign(nonce.secret, ours, true);
    return schnorr.verify(session.partialSigAgg([mine, part]), message, tweaked);
  }, 3);
  return {
    what: 'MuSig2 cosign of one input, peer checked',
    value,
    unit: 'µs',
    peers: [{ name: 'scure (both signers)', value: scure }],
  };
}

/** Decode and validate the native peer's coins. Nothing is remembered between runs but aggregated keys, as in the wallet. */
export function coins(curve: Curve, native: NativePeer): Row[] {
  const funding = hexToBytes(native.funding);
  return Object.entries(native.coins).map(([transitions, { vtxo, decodeValidate }]) => {
    const bytes = hexToBytes(vtxo);
    return {
      what: `VTXO decode + validate, ${transitions} transitions`,
      value: medianMicros(
        () => validateVtxo(curve, decodeVtxo(curve, bytes, 'full'), funding),
        Number(transitions) > 20 ? 2 : 8,
      ),
      unit: 'µs' as const,
      peers: [{ name: 'native ark-lib', value: decodeValidate }],
    };
  });
}
