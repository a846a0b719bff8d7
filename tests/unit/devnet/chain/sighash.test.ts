// The digests against @scure/btc-signer, every hash type.
import { Transaction } from '@scure/btc-signer';
import { RawTx } from '@scure/btc-signer/script.js';
import { tapLeafHash } from '@scure/btc-signer/payment.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { legacyDigest, taprootDigest, witnessV0Digest } from '../../../../devnet/chain/script/sighash.ts';
import { readTx } from '../../../../devnet/chain/tx.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';

const TYPES = [0, 1, 2, 3, 0x81, 0x82, 0x83];
const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const output = fc.record({
  amount: fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }),
  script: bytes(1, 40),
});
const cases = fc.record({
  version: fc.constantFrom(1, 2, 3),
  lockTime: u32,
  inputs: fc.array(fc.record({ txid: bytes(32, 32), index: u32, sequence: u32 }), {
    minLength: 1,
    maxLength: 4,
  }),
  outputs: fc.array(output, { minLength: 1, maxLength: 4 }),
  spent: fc.array(output, { minLength: 4, maxLength: 4 }),
  type: fc.constantFrom(...TYPES),
  pick: fc.nat(3),
  script: bytes(1, 60),
});

it('signs what @scure/btc-signer signs, for every script version and hash type', () => {
  fc.assert(
    fc.property(cases, ({ version, lockTime, inputs, outputs, spent, type, pick, script }) => {
      const raw = RawTx.encode({
        version,
        lockTime,
        segwitFlag: false,
        inputs: inputs.map((input) => ({ ...input, finalScriptSig: new Uint8Array(0) })),
        outputs,
        witnesses: undefined,
      });
      const theirs = Transaction.fromRaw(raw, { allowUnknownOutputs: true, disableScriptCheck: true });
      const index = pick % inputs.length;
      const prevouts = spent.slice(0, inputs.length);
      const ours = {
        tx: readTx(raw),
        index,
        spent: prevouts.map((one) => ({ value: one.amount, script: one.script })),
      };
      const amounts = prevouts.map(({ amount }) => amount);
      const scripts = prevouts.map((one) => one.script);
      const v1 = (leaf?: Uint8Array) => {
        try {
          return toHex(theirs.preimageWitnessV1(index, scripts, type, amounts, undefined, leaf));
        } catch {
          return undefined; // SINGLE without its output
        }
      };
      const hex = (digest: Uint8Array | undefined) => digest && toHex(digest);
      expect(hex(taprootDigest(ours, type))).toBe(v1());
      expect(hex(taprootDigest(ours, type, tapLeafHash(script)))).toBe(v1(script));
      expect(hex(witnessV0Digest(ours, script, type))).toBe(
        hex(theirs.preimageWitnessV0(index, script, type, amounts[index] as bigint)),
      );
      const plain = script.filter((byte) => byte !== 0xab); // their code strips OP_CODESEPARATOR first
      const legacy = theirs as unknown as {
        preimageLegacy(i: number, s: Uint8Array, t: number): Uint8Array;
      };
      const unpushed = plain.map((byte) => (byte < 0x4f ? 0x51 : byte));
      expect(hex(legacyDigest(ours, unpushed, type))).toBe(hex(legacy.preimageLegacy(index, unpushed, type)));
    }),
  );
});

it('knows no taproot digest for hash types outside of BIP 341', () => {
  const tx = readTx(
    RawTx.encode({
      version: 2,
      lockTime: 0,
      segwitFlag: false,
      inputs: [
        { txid: new Uint8Array(32).fill(1), index: 0, finalScriptSig: new Uint8Array(0), sequence: 0 },
      ],
      outputs: [{ amount: 1n, script: Uint8Array.of(0x51) }],
      witnesses: undefined,
    }),
  );
  const spend = { tx, index: 0, spent: [{ value: 1n, script: Uint8Array.of(0x51) }] };
  for (const type of [4, 0x80, 0x84, 0x43, 0xff]) expect(taprootDigest(spend, type)).toBeUndefined();
});
