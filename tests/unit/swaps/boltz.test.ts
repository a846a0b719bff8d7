// The taproot output of a Boltz reverse swap and every way of spending it, against boltz-core itself.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Transaction } from '@scure/btc-signer';
import { constructClaimTransaction, Musig, OutputType, reverseSwapTree, TaprootUtils } from 'boltz-core';
import { constructRefundTransaction, SwapTreeSerializer } from 'boltz-core';
import { toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { serializeTx, txWeight, type Tx } from '../../../src/ark/tx.ts';
import { txidText } from '../../../src/ark/vtxo-id.ts';
import { p2trScript } from '../../../src/ark/script.ts';
import {
  claimByLeaf,
  finishJoint,
  jointNonce,
  jointSession,
  keyPathDigest,
  leafClaimFee,
  refundByLeaf,
} from '../../../src/swaps/boltz/spend.ts';
import { reverseOutput } from '../../../src/swaps/boltz/tree.ts';
import { spendTx } from '../../../src/swaps/spend.ts';
import { sats } from '../../../src/units.ts';
import { bytes, secret } from '../crypto/arbitraries.ts';

const RUNS = { numRuns: 15 };

const swap = fc
  .record({
    preimage: bytes(32),
    claimSecret: secret,
    refundSecret: secret,
    timeout: fc.integer({ min: 1, max: 2_000_000 }),
    txid: bytes(32),
    vout: fc.integer({ min: 0, max: 5 }),
    value: fc.bigInt({ min: 5_000n, max: 10_000_000n }),
    to: secret.map((s) => p2trScript(curve.publicKey(s).subarray(1))),
    aux: bytes(32),
  })
  .filter(({ claimSecret, refundSecret }) => toHex(claimSecret) !== toHex(refundSecret))
  .map((s) => {
    const claimKey = curve.publicKey(s.claimSecret);
    const refundKey = curve.publicKey(s.refundSecret);
    const terms = { hash: sha256(s.preimage), claimKey, refundKey, timeout: s.timeout };
    const output = reverseOutput(curve, terms);
    const locked = { point: { txid: s.txid, vout: s.vout }, value: sats(s.value), script: output.script };
    const tree = reverseSwapTree(false, terms.hash, claimKey, refundKey, s.timeout);
    const musig = TaprootUtils.tweakMusig(Musig.create(s.refundSecret, [refundKey, claimKey]), tree.tree);
    return { ...s, ...terms, output, locked, tree, musig };
  });
type Swap = typeof swap extends fc.Arbitrary<infer T> ? T : never;

const theirInput = (s: Swap, privateKey: Uint8Array) => ({
  type: OutputType.Taproot as const,
  transactionId: txidText(s.txid),
  vout: s.vout,
  script: s.output.script,
  amount: s.value,
  privateKey,
  preimage: s.preimage,
  swapTree: s.tree,
  internalKey: s.output.internal,
});

/** Everything but the signature, which is salted in both libraries. */
const parts = (unsigned: Uint8Array, witness: readonly Uint8Array[] | undefined) => ({
  unsigned: toHex(unsigned),
  witness: witness?.slice(1).map(toHex),
});
const ourParts = (tx: Tx) =>
  parts(serializeTx({ ...tx, inputs: tx.inputs.map((i) => ({ ...i, witness: [] })) }), tx.inputs[0]?.witness);
const theirParts = (tx: Transaction) => parts(tx.unsignedTx, tx.getInput(0).finalScriptWitness);

describe('a reverse swap agrees with boltz-core', () => {
  test('leaves, internal key, tweaked key and output', () => {
    fc.assert(
      fc.property(swap, (s) => {
        const theirs = SwapTreeSerializer.serializeSwapTree(s.tree);
        expect(toHex(s.output.claimLeaf)).toBe(theirs.claimLeaf.output);
        expect(toHex(s.output.refundLeaf)).toBe(theirs.refundLeaf.output);
        expect(s.tree.claimLeaf.version).toBe(0xc0);
        expect(toHex(s.output.internal)).toBe(toHex(s.musig.internalKey));
        expect(toHex(s.output.outputKey)).toBe(toHex(s.musig.aggPubkey));
        const control = (leaf: typeof s.tree.claimLeaf) =>
          TaprootUtils.createControlBlock(TaprootUtils.taprootHashTree(s.tree.tree), leaf, s.output.internal);
        expect(toHex(s.output.claimControl)).toBe(toHex(control(s.tree.claimLeaf)));
        expect(toHex(s.output.refundControl)).toBe(toHex(control(s.tree.refundLeaf)));
      }),
      RUNS,
    );
  });

  test('the keys are aggregated as they stand, the service first: sorting them would be another output', () => {
    fc.assert(
      fc.property(swap, (s) => {
        const sorted = curve.aggregateKeys(s.output.keys).xonly;
        const inOrder = toHex(s.refundKey) < toHex(s.claimKey);
        expect(toHex(sorted) === toHex(s.output.internal)).toBe(inOrder);
      }),
      RUNS,
    );
  });

  test('a claim by the leaf: same transaction, same witness but for the salted signature', () => {
    fc.assert(
      fc.property(swap, (s) => {
        const fee = leafClaimFee(2, s.to, s.output);
        const plan = { locked: s.locked, to: s.to, fee };
        const signer = { secret: s.claimSecret, preimage: s.preimage, aux: s.aux };
        const ours = claimByLeaf(curve, plan, s.output, signer);
        const theirs = constructClaimTransaction([theirInput(s, s.claimSecret)], s.to, fee, true);
        expect(ourParts(ours)).toEqual(theirParts(theirs));
        expect(Number(fee)).toBe(2 * Math.ceil(txWeight(ours) / 4));
      }),
      RUNS,
    );
  });

  test('a refund by the leaf', () => {
    fc.assert(
      fc.property(swap, (s) => {
        const plan = { locked: s.locked, to: s.to, fee: sats(500), lockTime: s.timeout };
        const ours = refundByLeaf(curve, plan, s.output, { secret: s.refundSecret, aux: s.aux });
        const input = theirInput(s, s.refundSecret);
        const theirs = constructRefundTransaction([input], s.to, s.timeout, 500n, true);
        expect(ourParts(ours)).toEqual(theirParts(theirs));
      }),
      RUNS,
    );
  });

  test('a claim together: their share finishes our signature, ours theirs, and a wrong share is found', () => {
    fc.assert(
      fc.property(swap, bytes(32), (s, random) => {
        const plan = { locked: s.locked, to: s.to, fee: sats(300) };
        const tx = spendTx(plan);
        const message = keyPathDigest(tx, s.locked);
        const nonce = () => jointNonce(curve, s.output, message, s.claimSecret, random);
        const own = nonce();
        const theirs = s.musig
          .message(message)
          .generateNonce()
          .aggregateNonces([[s.claimKey, own.public]])
          .initializeSession();
        const signed = theirs.signPartial();
        const share = {
          publicKey: s.refundKey,
          publicNonce: theirs.publicNonce,
          partial: signed.ourPartialSignature,
        };
        const bad = { ...share, partial: share.partial.map((b, i) => (i === 31 ? b ^ 1 : b)) };
        expect(() =>
          finishJoint(curve, tx, s.locked, s.output, { secret: s.claimSecret, nonce: nonce() }, bad),
        ).toThrow('not good');

        const session = jointSession(curve, s.output, message, [own.public, theirs.publicNonce]);
        const final = finishJoint(
          curve,
          tx,
          s.locked,
          s.output,
          { secret: s.claimSecret, nonce: own },
          share,
        );
        expect(curve.schnorrVerify(final.inputs[0]!.witness![0]!, message, s.output.outputKey)).toBe(true);
        const again = curve.partialSign(session, nonce().secret, s.claimSecret);
        expect(theirs.verifyPartial(s.claimKey, again)).toBe(true);
        const joint = signed.addPartial(s.claimKey, again).aggregatePartials();
        expect(toHex(joint)).toBe(toHex(final.inputs[0]!.witness![0]!));
      }),
      RUNS,
    );
  });
});
