import { describe, expect, test } from 'vitest';
import { p2tr, Transaction } from '@scure/btc-signer';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { signDraft } from '../../../src/wallet/onchain/sign.ts';
import { draftPayment } from '../../../src/wallet/onchain/transaction.ts';
import type { OnchainUtxoRow } from '../../../src/store/rows.ts';
import { sats } from '../../../src/units.ts';

const utxo = (n: number, value: number, height?: number): OnchainUtxoRow => ({
  id: `${n.toString(16).padStart(64, '0')}:${n}`,
  value: sats(value),
  scriptIndex: 0,
  live: 1,
  ...(height !== undefined && { height }),
});
const secret = () => new Uint8Array(32).fill(7);
const internal = nobleCurve.publicKey(secret()).slice(1);
const { script } = p2tr(internal);

describe('spending on-chain outputs', () => {
  test('the fee of what is signed is never below the rate asked for', () => {
    for (const [inputs, amount] of [
      [1, 10_000],
      [3, 120_000],
    ] as const) {
      const draft = draftPayment(
        [utxo(1, 50_000, 1), utxo(2, 50_000, 1), utxo(3, 50_000, 1)],
        script,
        sats(amount),
        2,
      );
      expect(draft.inputs).toHaveLength(inputs);
      const { raw } = signDraft(
        nobleCurve,
        draft,
        { changeScript: script, tip: 0 },
        () => ({ internal, script, secret: secret() }),
        () => new Uint8Array(32),
      );
      const tx = Transaction.fromRaw(raw, { allowUnknownOutputs: true });
      const spent = draft.inputs.reduce((s, u) => s + u.value, 0n);
      const paid = Array.from({ length: tx.outputsLength }, (_, i) => tx.getOutput(i).amount ?? 0n).reduce(
        (a, b) => a + b,
      );
      expect(spent - paid).toBe(draft.fee);
      expect(Number(draft.fee)).toBeGreaterThanOrEqual(2 * tx.vsize);
      expect(Number(draft.fee)).toBeLessThanOrEqual(2 * tx.vsize + 8);
    }
  });

  test('a remainder too small to keep goes to the miner', () => {
    const draft = draftPayment([utxo(1, 10_000, 1)], script, sats(9_700), 1);
    expect(draft.change).toBeUndefined();
    expect(draft.fee).toBe(300n);
  });

  test('all means all: no change, the fee comes out of the amount', () => {
    const draft = draftPayment([utxo(1, 10_000), utxo(2, 5_000, 1)], script, 'all', 1);
    expect(draft.payments[0]!.value + draft.fee).toBe(15_000n);
  });

  test('outputs held by another action are not touched', () => {
    const held = { ...utxo(1, 10_000, 1), holder: 'board.x' };
    expect(() => draftPayment([held], script, sats(1000), 1)).toThrow(/INSUFFICIENT_FUNDS/);
  });

  test('dust is refused', () => {
    expect(() => draftPayment([utxo(1, 10_000, 1)], script, sats(329), 1)).toThrow(/DUST/);
  });
});
