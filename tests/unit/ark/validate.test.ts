// Validation and standardness beyond what the vectors mutate.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { SkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import { exitTransactions } from '../../../src/ark/exit-chain.ts';
import { p2trScript } from '../../../src/ark/script.ts';
import { parseTx } from '../../../src/ark/tx.ts';
import {
  isStandard,
  nonStandardVtxo,
  validateVtxo,
  validateVtxoUnsigned,
} from '../../../src/ark/validate.ts';
import { decodeVtxo, hasAllWitnesses, type Vtxo } from '../../../src/ark/vtxo.ts';

const vectors = JSON.parse(readFileSync(new URL('../../vectors/vtxos.json', import.meta.url), 'utf8')) as {
  vtxos: { name: string; hex: string; anchor_tx: { hex: string } }[];
};

function named(name: string): { vtxo: Vtxo; anchor: Uint8Array } {
  const found = vectors.vtxos.find((v) => v.name === name);
  if (!found) throw new Error(`no vector ${name}`);
  return { vtxo: decodeVtxo(curve, fromHex(found.hex), 'full'), anchor: fromHex(found.anchor_tx.hex) };
}

const reason = (run: () => void): string | undefined => {
  try {
    run();
    return undefined;
  } catch (e) {
    if (!(e instanceof SkiffError)) throw e;
    return `${e.details.reason} ${e.details.problem ?? ''}`.trim();
  }
};

describe('validation', () => {
  const { vtxo, anchor } = named('arkoor hop 2 (checkpoint) output 0');

  test('takes the anchor transaction as bytes or parsed', () => {
    validateVtxo(curve, vtxo, anchor);
    validateVtxo(curve, vtxo, parseTx(anchor));
  });

  test('refuses another transaction with the same output', () => {
    const twin = { ...parseTx(anchor), lockTime: 7 };
    expect(reason(() => validateVtxo(curve, vtxo, twin))).toBe('anchor-txid-mismatch');
    expect(reason(() => validateVtxoUnsigned(curve, vtxo, twin))).toBe('anchor-txid-mismatch');
  });

  test('names the link whose signature is missing', () => {
    const genesis = vtxo.genesis.map((item, i) =>
      i === 2 ? { ...item, transition: { ...item.transition, signature: undefined } } : item,
    );
    const unsigned = { ...vtxo, genesis };
    expect(hasAllWitnesses(unsigned)).toBe(false);
    expect(reason(() => validateVtxo(curve, unsigned, anchor))).toBe('transition missing signature');
    validateVtxoUnsigned(curve, unsigned, anchor);
  });

  test('refuses amounts that overflow', () => {
    const huge = { ...vtxo, amount: sats((1n << 64n) - 1n) };
    expect(reason(() => validateVtxo(curve, huge, anchor))).toBe('amount-overflow');
  });

  test('every link spends the one before', () => {
    const steps = exitTransactions(curve, vtxo);
    for (const [i, step] of steps.entries()) {
      const before = steps[i - 1];
      const expected = before
        ? before.tx.outputs[before.item.outputIdx]
        : parseTx(anchor).outputs[vtxo.anchor.vout];
      expect(step.spent).toEqual(expected);
    }
  });
});

describe('standardness', () => {
  const { vtxo } = named('arkoor hop 1 (checkpoint) output 0');
  const withSibling = (value: number, script: Uint8Array): Vtxo => {
    const [first, ...rest] = vtxo.genesis;
    if (!first) throw new Error('no genesis');
    return { ...vtxo, genesis: [{ ...first, otherOutputs: [{ value: sats(value), script }] }, ...rest] };
  };

  test('own output comes first, then siblings in order', () => {
    expect(isStandard(curve, vtxo)).toBe(true);
    expect(nonStandardVtxo(curve, { ...vtxo, amount: sats(329) })).toEqual({ problem: 'dust' });
    const dusty = withSibling(329, p2trScript(new Uint8Array(32)));
    expect(nonStandardVtxo(curve, dusty)).toEqual({ problem: 'dust', sibling: { item: 0, output: 0 } });
    const odd = withSibling(10_000, Uint8Array.of(0xab, 0xcd));
    expect(nonStandardVtxo(curve, odd)).toEqual({ problem: 'script', sibling: { item: 0, output: 0 } });
  });

  test('the limits of each template', () => {
    const templates: [string, number][] = [
      [`76a914${'00'.repeat(20)}88ac`, 546],
      [`a914${'00'.repeat(20)}87`, 540],
      [`0014${'00'.repeat(20)}`, 294],
      [`0020${'00'.repeat(32)}`, 330],
      [`5120${'00'.repeat(32)}`, 330],
    ];
    for (const [script, limit] of templates) {
      expect(isStandard(curve, withSibling(limit, fromHex(script)))).toBe(true);
      expect(isStandard(curve, withSibling(limit - 1, fromHex(script)))).toBe(false);
    }
    expect(isStandard(curve, withSibling(0, fromHex(`6a${'00'.repeat(82)}`)))).toBe(true);
    expect(isStandard(curve, withSibling(0, fromHex(`6a${'00'.repeat(83)}`)))).toBe(false);
  });
});
