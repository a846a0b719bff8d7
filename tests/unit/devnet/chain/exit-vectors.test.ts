// Exit transactions that ark-lib signed: MuSig key paths and hash-locked script paths, checked by the chain's own machine.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ScriptError } from '../../../../devnet/chain/script/error.ts';
import { verifyInput } from '../../../../devnet/chain/script/verify.ts';
import { readTx, type TxOutput } from '../../../../devnet/chain/tx.ts';
import { parseTx } from '../../../../src/ark/tx.ts';
import { fromHex } from '../../../../src/crypto/bytes.ts';

interface Raw {
  txid: string;
  hex: string;
}
interface Vector {
  name: string;
  anchor_tx: Raw;
  exit_txs: Raw[];
  has_all_witnesses: boolean;
  validation: { validate_error: string | null };
}
const { vtxos } = JSON.parse(
  readFileSync(`${process.env.VECTORS_DIR ?? 'tests/vectors'}/vtxos.json`, 'utf8'),
) as { vtxos: Vector[] };
const valid = vtxos.filter((v) => v.has_all_witnesses && v.validation.validate_error === null);

function spends({ anchor_tx: anchor, exit_txs: exits }: Vector) {
  // some anchors are made-up transactions without inputs, which no chain takes
  const known = new Map([[anchor.txid, [...parseTx(fromHex(anchor.hex)).outputs] as TxOutput[]]]);
  return exits.map(({ hex }) => {
    const tx = readTx(hex);
    known.set(tx.txid, [...tx.outputs]);
    const spent = tx.inputs.map(({ txid, vout }) => {
      const output = known.get(txid)?.[vout];
      if (!output) throw new Error(`unknown output ${txid}:${vout}`);
      return output;
    });
    return { tx, spent, index: 0 };
  });
}

describe('exit chains of ark-lib', () => {
  it.each(valid.map((v) => [v.name, v] as const))('%s verifies', (_, vector) => {
    for (const spend of spends(vector)) expect(() => verifyInput(spend)).not.toThrow();
  });

  it('contain script paths with preimages, and fail with another preimage', () => {
    const leaves = valid.flatMap(spends).filter(({ tx }) => (tx.inputs[0]?.witness.length ?? 0) > 1);
    expect(leaves.length).toBeGreaterThan(0);
    for (const { tx, spent } of leaves) {
      const [input] = tx.inputs;
      const witness = input?.witness.map((item, i) => (i === 1 ? item.map((byte) => byte ^ 1) : item)) ?? [];
      const other = { ...tx, inputs: tx.inputs.map((one) => ({ ...one, witness })) };
      expect(() => verifyInput({ tx: other, spent, index: 0 })).toThrow(ScriptError);
    }
  });
});
