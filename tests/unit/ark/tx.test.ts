// Our transaction bytes, txids and BIP-341 digests against @scure/btc-signer's.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RawTx, Script } from '@scure/btc-signer/script.js';
import { SigHash, Transaction } from '@scure/btc-signer';
import { toHex } from '../../../src/crypto/bytes.ts';
import { p2trScript, pushNumber } from '../../../src/ark/script.ts';
import { tapLeafHash } from '../../../src/ark/taproot.ts';
import { parseTx, serializeTx, taprootSighash, txid, type Tx } from '../../../src/ark/tx.ts';
import { txidText } from '../../../src/ark/vtxo-id.ts';
import { bytes } from '../crypto/arbitraries.ts';
import { outPoint, txOut } from './arbitraries.ts';

const tx: fc.Arbitrary<Tx> = fc.record({
  version: fc.constantFrom(1, 2, 3),
  inputs: fc.array(
    fc.record({
      prevout: outPoint,
      sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
      witness: fc.constant([]),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  outputs: fc.array(
    txOut.map((o) => ({ ...o, script: p2trScript(new Uint8Array(32).fill(o.script.length)) })),
    { minLength: 1, maxLength: 3 },
  ),
  lockTime: fc.integer({ min: 0, max: 0xffff_ffff }),
});

const RUNS = { numRuns: 60 };

test('serialised transactions are read by scure with the same txid', () => {
  fc.assert(
    fc.property(tx, (t) => {
      const theirs = RawTx.decode(serializeTx(t));
      expect(theirs.version).toBe(t.version);
      expect(theirs.lockTime).toBe(t.lockTime);
      expect(theirs.outputs).toEqual(t.outputs.map((o) => ({ amount: o.value, script: o.script })));
      expect(txidText(txid(t))).toBe(
        Transaction.fromRaw(serializeTx(t), {
          allowUnknownOutputs: true,
          disableScriptCheck: true,
          allowUnknownVersion: true,
        }).id,
      );
    }),
    RUNS,
  );
});

test('witnesses survive, and do not change the txid', () => {
  fc.assert(
    fc.property(
      tx,
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
      (t, witness) => {
        const signed = { ...t, inputs: t.inputs.map((i) => ({ ...i, witness })) };
        const read = parseTx(serializeTx(signed));
        expect(read.inputs.map((i) => i.witness)).toEqual(t.inputs.map(() => witness));
        expect(txid(read)).toEqual(txid(t));
      },
    ),
    RUNS,
  );
});

test('key-path and script-path digests', () => {
  fc.assert(
    fc.property(
      tx,
      fc.array(bytes(32), { minLength: 3, maxLength: 3 }),
      fc.uint8Array({ maxLength: 60 }),
      (t, keys, leaf) => {
        const spent = t.inputs.map((_, i) => ({
          value: t.outputs[0]?.value as never,
          script: p2trScript(keys[i] as Uint8Array),
        }));
        const theirs = Transaction.fromRaw(serializeTx(t), {
          allowUnknownOutputs: true,
          disableScriptCheck: true,
          allowUnknownVersion: true,
        });
        const scripts = spent.map((o) => o.script);
        const amounts = spent.map((o) => o.value as bigint);
        for (const i of t.inputs.keys()) {
          const key = theirs.preimageWitnessV1(i, scripts, SigHash.DEFAULT, amounts);
          expect(toHex(taprootSighash(t, i, spent))).toBe(toHex(key));
          const path = theirs.preimageWitnessV1(i, scripts, SigHash.DEFAULT, amounts, undefined, leaf);
          expect(toHex(taprootSighash(t, i, spent, tapLeafHash(leaf)))).toBe(toHex(path));
        }
      },
    ),
    RUNS,
  );
});

test('numbers are pushed as Bitcoin scripts want them', () => {
  for (const n of [0, 1, 16, 17, 127, 128, 255, 256, 32767, 32768, 65535, 499_934_467, 0xffff_ffff]) {
    expect(toHex(pushNumber(n))).toBe(toHex(Script.encode([n])));
  }
});
