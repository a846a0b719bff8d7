// Wallet and devnet derive the transactions of a transfer on their own; they must agree on every byte.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildPart } from '../../../devnet/ark/arkoor-build.ts';
import { buildArkoorPackage, unsignedVtxos } from '../../../src/ark/arkoor-package.ts';
import { encodeVtxo, type Vtxo } from '../../../src/ark/vtxo.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { sats } from '../../../src/units.ts';

const key = (n: number) => curve.publicKey(new Uint8Array(32).fill(n));
const input = (amount: bigint): Vtxo => ({
  amount: sats(amount),
  expiryHeight: 4440,
  serverPubkey: key(1),
  exitDelta: 144,
  anchor: { txid: new Uint8Array(32).fill(4), vout: 1 },
  genesis: [
    {
      transition: { type: 'cosigned', pubkeys: [key(2), key(1)], signature: new Uint8Array(64).fill(5) },
      outputIdx: 0,
      otherOutputs: [],
      feeAmount: sats(330n),
    },
  ],
  policy: { type: 'pubkey', userPubkey: key(2) },
  point: { txid: new Uint8Array(32).fill(6), vout: 0 },
});

test('any split of a coin, dust included, gives the same transactions and the same coins', () => {
  const amount = fc.bigInt({ min: 1n, max: 3_000n });
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 4 }), (amounts) => {
      const coin = input(amounts.reduce((a, b) => a + b));
      const outputs = amounts.map((a, i) => ({
        amount: sats(a),
        policy: { type: 'pubkey' as const, userPubkey: key(10 + i) },
      }));
      const ours = buildArkoorPackage(curve, { inputs: [coin], outputs });
      const part = ours.parts[0]!;
      const theirs = buildPart(curve, coin, part.outputs as typeof outputs, part.isolated as typeof outputs);
      expect(theirs.signables.map(({ sighash, tweak }) => ({ sighash, tweak }))).toEqual(
        part.transactions.map(({ sighash, tweak }) => ({ sighash, tweak })),
      );
      expect(theirs.vtxos.map((v) => encodeVtxo(v, 'full'))).toEqual(
        unsignedVtxos(ours).map((v) => encodeVtxo(v, 'full')),
      );
    }),
    { numRuns: 60 },
  );
});
