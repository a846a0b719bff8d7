// The script machine on transactions that a real node mined: the chain the transcripts ran on.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ScriptError } from '../../../../devnet/chain/script/error.ts';
import { scriptKind } from '../../../../devnet/chain/script/kind.ts';
import { verifyInput } from '../../../../devnet/chain/script/verify.ts';
import { readTx, type ChainTx, type TxOutput } from '../../../../devnet/chain/tx.ts';

const file = process.env.TRANSCRIPTS_DIR ?? 'tests/transcripts';
const { blocks } = JSON.parse(readFileSync(`${file}/chain.json`, 'utf8')) as {
  blocks: { height: number; txs: string[] }[];
};
const all = blocks.flatMap(({ txs }) => txs.map(readTx));
const byId = new Map(all.map((tx) => [tx.txid, tx]));
const NOTHING: TxOutput = { value: 0n, script: new Uint8Array(0) };

interface Case {
  tx: ChainTx;
  index: number;
  /** Outputs of all inputs; those of coinbases are not in the file. */
  spent: TxOutput[];
  complete: boolean;
}

const cases: Case[] = all.flatMap((tx) => {
  const spent = tx.inputs.map(({ txid, vout }) => byId.get(txid)?.outputs[vout]);
  return tx.inputs.flatMap((_, index) =>
    spent[index]
      ? [{ tx, index, spent: spent.map((o) => o ?? NOTHING), complete: spent.every(Boolean) }]
      : [],
  );
});
const judged = cases.filter(({ complete }) => complete);

/** The transaction with one byte of one input's witness (or scriptSig) changed. */
function damaged(tx: ChainTx, index: number, item: number, at: number): ChainTx {
  const flip = (bytes: Uint8Array) => {
    const copy = Uint8Array.from(bytes);
    const place = at < 0 ? copy.length + at : at;
    copy[place] = (copy[place] as number) ^ 1;
    return copy;
  };
  return {
    ...tx,
    inputs: tx.inputs.map((input, i) =>
      i !== index
        ? input
        : input.witness.length === 0
          ? { ...input, scriptSig: flip(input.scriptSig) }
          : { ...input, witness: input.witness.map((w, j) => (j === item ? flip(w) : w)) },
    ),
  };
}

describe('inputs of the transcripts’ chain', () => {
  it('are known in number and kind', () => {
    const kinds = judged.map(({ index, spent }) => scriptKind((spent[index] as TxOutput).script));
    expect(all.length).toBeGreaterThan(20);
    expect(judged.length).toBeGreaterThan(20);
    expect(new Set(kinds)).toEqual(new Set(['p2pkh', 'v1_p2tr', ...kinds]));
  });

  it('all verify', () => {
    for (const { tx, index, spent } of judged)
      expect(() => verifyInput({ tx, index, spent }), `${tx.txid}:${index}`).not.toThrow();
  });

  it('fail with one bit of the signature changed', () => {
    for (const { tx, index, spent } of judged) {
      if (scriptKind((spent[index] as TxOutput).script) === 'anchor') continue;
      const bad = damaged(tx, index, 0, 20);
      expect(() => verifyInput({ tx: bad, index, spent }), `${tx.txid}:${index}`).toThrow(ScriptError);
    }
  });

  it('fail when an amount that they sign is another one', () => {
    for (const { tx, index, spent } of judged) {
      const kind = scriptKind((spent[index] as TxOutput).script);
      if (kind === 'anchor' || kind === 'p2pkh') continue;
      const other = spent.map((out, i) => (i === index ? { ...out, value: out.value + 1n } : out));
      expect(() => verifyInput({ tx, index, spent: other }), tx.txid).toThrow(ScriptError);
    }
  });

  it('fail when an output is changed after signing', () => {
    for (const { tx, index, spent } of judged) {
      if (scriptKind((spent[index] as TxOutput).script) === 'anchor') continue;
      const outputs = tx.outputs.map((out, i) => (i === 0 ? { ...out, value: out.value + 1n } : out));
      expect(() => verifyInput({ tx: { ...tx, outputs }, index, spent }), tx.txid).toThrow(ScriptError);
    }
  });
});
