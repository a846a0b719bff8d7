// The tutorial's own bytes: everything its log prints of one swap is built again and held against it.
import { describe, expect, test } from 'vitest';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { parseTx, txid, txWeight } from '../../../src/ark/tx.ts';
import { parseTxid, txidText } from '../../../src/ark/vtxo-id.ts';
import { addressToScript } from '../../../src/bitcoin/address.ts';
import { ecdsaWitness, segwitV0Sighash } from '../../../src/bitcoin/segwit-v0.ts';
import { decodeBolt11 } from '../../../src/lightning/bolt11.ts';
import { preimageFromWitness } from '../../../src/lightning/preimage.ts';
import {
  claimWitness,
  htlcOutput,
  htlcScript,
  keyHash,
  keyHashOf,
  SEED_DELAY,
} from '../../../src/swaps/htlc.ts';
import { claimHtlc, htlcClaimFee } from '../../../src/swaps/htlc-spend.ts';
import { sats } from '../../../src/units.ts';
import * as log from './seed-log.ts';

const terms = {
  hash: fromHex(log.HASH),
  claim: keyHashOf(log.CLAIM_ADDRESS, 'regtest'),
  refund: keyHashOf(log.REFUND_ADDRESS, 'regtest'),
  delay: SEED_DELAY,
  sized: false,
};
const script = htlcScript(terms);
const claim = parseTx(fromHex(log.CLAIM_TX));
const htlc = parseTx(fromHex(log.HTLC_TX));

describe("the tutorial's swap", () => {
  test('the preimage hashes to the hash of the request, the HTLC and the invoice', () => {
    expect(toHex(sha256(fromHex(log.PREIMAGE)))).toBe(log.HASH);
    const invoice = decodeBolt11(curve, log.PAYMENT_REQUEST);
    expect(toHex(invoice.paymentHash)).toBe(log.HASH);
    expect(invoice.amount).toBe((log.LOOP_OUT_SATS + log.SERVICE_FEE) * 1000n);
  });

  test('script, script hash and output are rebuilt from hash and addresses', () => {
    expect(toHex(script)).toBe(log.SCRIPT);
    expect(script).toHaveLength(90);
    expect(toHex(htlcOutput(script))).toBe(log.SCRIPT_PUBKEY);
  });

  test('the HTLC transaction pays the agreed amount there, in its first output', () => {
    expect(txidText(txid(htlc))).toBe(log.HTLC_TXID);
    expect(htlc.outputs[0]).toEqual({ value: log.LOOP_OUT_SATS, script: htlcOutput(script) });
  });

  test('the claim has the txid of the log, pays the claim key and leaves a fee of 141 sat', () => {
    expect(txidText(txid(claim))).toBe(log.CLAIM_TXID);
    expect(claim.inputs[0]?.prevout).toEqual({ txid: parseTxid(log.HTLC_TXID), vout: 0 });
    expect(claim.outputs).toEqual([
      { value: log.LOOP_OUT_SATS - log.CLAIM_FEE, script: addressToScript(log.CLAIM_ADDRESS, 'regtest') },
    ]);
    expect(claim.version).toBe(2);
    // Not a lock time at all: ignored only because the sequence is final.
    expect(claim.lockTime).toBe(0xffff_ffff);
  });

  test('its witness is signature, key, preimage, script, and the signature is good for the BIP 143 digest', () => {
    const [signature, publicKey, preimage, last] = claim.inputs[0]!.witness!;
    expect(toHex(preimage!)).toBe(log.PREIMAGE);
    expect(toHex(last!)).toBe(log.SCRIPT);
    expect(keyHash(publicKey!)).toEqual(terms.claim);
    expect(claimWitness(signature!, publicKey!, preimage!, last!)).toEqual(claim.inputs[0]!.witness);
    const digest = segwitV0Sighash(claim, 0, script, sats(log.LOOP_OUT_SATS));
    const compact = secp256k1.Signature.fromBytes(signature!.subarray(0, -1), 'der').toBytes('compact');
    expect(curve.ecdsaVerify(compact, digest, publicKey!)).toBe(true);
    expect(
      curve.ecdsaVerify(
        compact,
        digest.map((b) => b ^ 1),
        publicKey!,
      ),
    ).toBe(false);
    expect(toHex(ecdsaWitness(compact))).toBe(toHex(signature!));
  });

  test('the preimage is found in it wherever it stands, and only if it opens the hash', () => {
    const witness = claim.inputs[0]!.witness!;
    expect(toHex(preimageFromWitness(witness, terms.hash)!)).toBe(log.PREIMAGE);
    expect(preimageFromWitness([...witness].reverse(), terms.hash)).toBeDefined();
    expect(preimageFromWitness(witness, sha256(terms.hash))).toBeUndefined();
  });

  test("our own claim of the same output differs where the tutorial's is careless, and costs what a real fee costs", () => {
    const secret = new Uint8Array(32).fill(7);
    const own = htlcScript({ ...terms, claim: keyHash(curve.publicKey(secret)) });
    const to = addressToScript(log.CLAIM_ADDRESS, 'regtest');
    const fee = htlcClaimFee(1, to, own);
    const locked = {
      point: { txid: parseTxid(log.HTLC_TXID), vout: 0 },
      value: sats(log.LOOP_OUT_SATS),
      script: htlcOutput(own),
    };
    const tx = claimHtlc(
      curve,
      { locked, to, fee },
      { script: own, preimage: fromHex(log.PREIMAGE), secret },
    );
    expect([tx.version, tx.lockTime, tx.inputs[0]!.sequence]).toEqual([2, 0, 0xffff_fffd]);
    const vbytes = Math.ceil(txWeight(tx) / 4);
    expect(Number(fee) - vbytes).toBeGreaterThanOrEqual(0);
    expect(Number(fee) - vbytes).toBeLessThanOrEqual(1);
    expect(tx.outputs[0]!.value).toBe(log.LOOP_OUT_SATS - fee);
  });
});

describe('what is no such swap', () => {
  test.each([
    [
      'a taproot address',
      'bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6',
      'INVALID_ADDRESS',
    ],
    [
      'an address for a script',
      'bcrt1q6v5udqy8344ua5pvr9mm0y5s09swsd6pcz504ecdn68p6yryjhyqt0ezcc',
      undefined,
    ],
    ['an address of another network', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'WRONG_NETWORK'],
    ['no address at all', 'hello', 'INVALID_ADDRESS'],
  ])('%s', (_, address, code) => {
    expect(() => keyHashOf(address, 'regtest')).toThrow(
      expect.objectContaining(code ? { code } : { name: 'SkiffError' }) as Error,
    );
  });

  test.each([0, -1, 1.5, 0x1_0000])('a delay of %s blocks', (delay) => {
    expect(() => htlcScript({ ...terms, delay })).toThrow('not the terms');
  });

  test('a claim that would pay dust', () => {
    const locked = {
      point: { txid: parseTxid(log.HTLC_TXID), vout: 0 },
      value: sats(400),
      script: htlcOutput(script),
    };
    const to = addressToScript(log.CLAIM_ADDRESS, 'regtest');
    const key = { script, preimage: fromHex(log.PREIMAGE), secret: new Uint8Array(32).fill(7) };
    expect(() => claimHtlc(curve, { locked, to, fee: sats(141) }, key)).toThrow(
      expect.objectContaining({ code: 'DUST' }) as Error,
    );
  });
});
