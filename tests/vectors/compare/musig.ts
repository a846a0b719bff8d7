// MuSig2: key aggregation with tweaks, nonces, complete sessions re-signed from given secret nonces (BIP-327).
import { fromHex } from '../../../src/crypto/bytes.ts';
import type { MusigSession } from '../../../src/crypto/curve.ts';
import { taggedHash } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { secretNonceForTests } from '../../../src/crypto/noble-musig.ts';
import { tapTweak } from '../../../src/ark/taproot.ts';
import type { Check } from '../check.ts';

interface Signer {
  key: { secret: string; public: string };
  nonce: {
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
  };
  partial_sig: string;
}

interface Data {
  key_agg: {
    pubkeys: string[];
    agg_pubkey: string;
    tweaks: { tweak: string; is_taptweak_of_root?: string; tweaked_pubkey: string }[];
  }[];
  sessions: {
    signers: Signer[];
    msg: string;
    xonly_tweak: string | null;
    agg_pubkey: string;
    verify_key_xonly: string;
    agg_nonce: string;
    final_sig: string;
    partial_verify: { partial_of: number; as_signer: number; valid: boolean }[];
    corrupted_partial_of_0: { partial_sig: string; valid: boolean };
  }[];
  nonce_agg: { note: string; pubnonces: string[]; agg_nonce: string }[];
}

const optional = (hex: string | null) => (hex === null ? undefined : fromHex(hex));
const xor = (a: Uint8Array, b: Uint8Array) => a.map((v, i) => v ^ (b[i] as number));

export function compare(data: Data, check: Check): void {
  for (const [i, entry] of data.key_agg.entries()) {
    const aggregate = curve.aggregateKeys(entry.pubkeys.map(fromHex));
    check(aggregate.point, entry.agg_pubkey, `key_agg ${i}`);
    for (const t of entry.tweaks) {
      if (t.is_taptweak_of_root !== undefined) {
        check(tapTweak(aggregate.xonly, fromHex(t.is_taptweak_of_root)), t.tweak, `key_agg ${i} taptweak`);
      }
      const tweaked = curve.tweakXOnly(aggregate.xonly, fromHex(t.tweak));
      check(Uint8Array.of(2 + tweaked.parity, ...tweaked.xonly), t.tweaked_pubkey, `key_agg ${i} tweaked`);
    }
  }

  for (const [i, s] of data.sessions.entries()) {
    const label = `session ${i}`;
    const keys = s.signers.map((signer) => curve.publicKey(fromHex(signer.key.secret)));
    const nonces = s.signers.map((signer, k) => {
      const gen = signer.nonce.nonce_gen;
      const secret = fromHex(signer.key.secret);
      check(keys[k], signer.key.public, `${label} key ${k}`);
      const draw = fromHex(gen.random_draw);
      const random = fromHex(gen.rand_prime);
      const aux = taggedHash('MuSig/aux', draw);
      check(gen.sk_used ? xor(aux, secret) : draw, gen.rand_prime, `${label} session secret ${k}`);
      return curve.generateNonce({
        random,
        publicKey: keys[k] as Uint8Array,
        secretKey: gen.sk_used ? secret : undefined,
        aggregateKey: optional(gen.aggpk_xonly),
        message: optional(gen.msg),
        extra: fromHex(gen.extra_in),
      });
    });
    nonces.forEach((n, k) => check(n.public, s.signers[k]?.nonce.pubnonce, `${label} pubnonce ${k}`));
    const aggregateNonce = curve.aggregateNonces(nonces.map((n) => n.public));
    check(aggregateNonce, s.agg_nonce, `${label} agg_nonce`);
    const message = fromHex(s.msg);
    const session: MusigSession = { keys, aggregateNonce, message, tweak: optional(s.xonly_tweak) };
    const aggregate = curve.aggregateKeys(keys);
    check(aggregate.point, s.agg_pubkey, `${label} agg_pubkey`);
    const verifyKey = session.tweak
      ? curve.tweakXOnly(aggregate.xonly, session.tweak).xonly
      : aggregate.xonly;
    check(verifyKey, s.verify_key_xonly, `${label} verify key`);
    const partials = s.signers.map((signer, k) => {
      const secret = fromHex(signer.key.secret);
      const given = secretNonceForTests(fromHex(signer.nonce.secnonce_bip327));
      const partial = curve.partialSign(session, given, secret);
      check(partial, signer.partial_sig, `${label} partial ${k} from the given secnonce`);
      const generated = curve.partialSign(session, (nonces[k] as (typeof nonces)[0]).secret, secret);
      check(generated, signer.partial_sig, `${label} partial ${k} from the generated nonce`);
      check.refuses(() => curve.partialSign(session, given, secret), `${label} second use of nonce ${k}`);
      return partial;
    });
    const signature = curve.aggregatePartials(session, partials);
    check(signature, s.final_sig, `${label} final_sig`);
    check(curve.schnorrVerify(signature, message, verifyKey), true, `${label} verifies`);
    const verify = (partial: Uint8Array, signer: number) =>
      curve.partialVerify(
        session,
        partial,
        fromHex((s.signers[signer] as Signer).nonce.pubnonce),
        keys[signer] as Uint8Array,
      );
    for (const v of s.partial_verify) {
      const valid = verify(partials[v.partial_of] as Uint8Array, v.as_signer);
      check(valid, v.valid, `${label} partial ${v.partial_of} as signer ${v.as_signer}`);
    }
    const corrupted = s.corrupted_partial_of_0;
    check(verify(fromHex(corrupted.partial_sig), 0), corrupted.valid, `${label} corrupted partial`);
  }
  for (const n of data.nonce_agg) {
    check.informative(n.note);
    check(curve.aggregateNonces(n.pubnonces.map(fromHex)), n.agg_nonce, `nonce_agg ${n.note}`);
  }
}
