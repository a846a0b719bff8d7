import { describe, expect, test } from 'vitest';
import { p2tr, Transaction } from '@scure/btc-signer';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { parseTx, txWeight } from '../../../src/ark/tx.ts';
import { draftAnchorChild, signAnchorChild } from '../../../src/wallet/onchain/anchor-child.ts';
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

describe('a child for an exit anchor', () => {
  const anchor = { point: { txid: new Uint8Array(32).fill(9), vout: 1 }, value: sats(330) };
  const parent = { anchor, weight: 600 };
  const sign = (draft: ReturnType<typeof draftAnchorChild>) =>
    signAnchorChild(
      nobleCurve,
      parent,
      draft,
      script,
      () => ({ internal, script, secret: secret() }),
      () => new Uint8Array(32),
    );

  test('pays for both, from the smallest confirmed output that suffices; the anchor comes back', () => {
    const utxos = [utxo(1, 900), utxo(2, 2_000, 5), utxo(3, 50_000, 5), utxo(4, 5_000, 5)];
    const draft = draftAnchorChild(parent, utxos, 10);
    expect(draft.inputs.map((u) => u.value)).toEqual([5_000n]);
    expect(draft.change).toBe(5_000n + 330n - draft.fee);
    const tx = parseTx(sign(draft).raw);
    expect(tx).toMatchObject({ version: 3, lockTime: 0 });
    expect(tx.inputs[0]).toMatchObject({ prevout: anchor.point, witness: [] });
    const vbytes = Math.ceil(txWeight(tx) / 4) + parent.weight / 4;
    expect(Number(draft.fee)).toBeGreaterThanOrEqual(10 * vbytes);
    expect(Number(draft.fee)).toBeLessThanOrEqual(10 * (vbytes + 2));
  });

  test('several outputs together when no single one suffices; never one that is unconfirmed or held', () => {
    const small = [utxo(1, 1_500, 5), utxo(2, 1_400, 5), utxo(3, 1_300, 5)];
    const draft = draftAnchorChild(parent, small, 6);
    expect(draft.inputs.map((u) => u.value)).toEqual([1_500n, 1_400n]);
    const useless = [utxo(1, 50_000), { ...utxo(2, 50_000, 5), holder: 'board.x' }];
    expect(() => draftAnchorChild(parent, useless, 6)).toThrow(/INSUFFICIENT_FUNDS/);
  });

  test('in place of another child it pays that one again and the relay on top', () => {
    const utxos = [utxo(1, 50_000, 5)];
    const first = draftAnchorChild(parent, utxos, 10);
    const second = draftAnchorChild(parent, utxos, 10, first.fee);
    expect(second.fee).toBeGreaterThanOrEqual(first.fee + first.fee / 10n);
    expect(draftAnchorChild(parent, utxos, 30, first.fee).fee).toBe(draftAnchorChild(parent, utxos, 30).fee);
  });
});
