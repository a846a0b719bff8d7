// Who pays for what in an arkoor package: value is conserved, order is kept, and what isolation makes obeys the rules.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocateOutputs } from '../../../src/ark/arkoor-allocation.ts';
import { checkPartAmounts, isolateDust } from '../../../src/ark/dust-isolation.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { sats, type Sats } from '../../../src/units.ts';

const RUNS = { numRuns: 2000 };
const DUST = 330n;
const policy = { type: 'pubkey', userPubkey: new Uint8Array(33).fill(2) } as const;
/** `name` tells outputs apart and travels with their pieces. */
const named = (amounts: readonly bigint[]) =>
  amounts.map((amount, name) => ({ amount: sats(amount), policy, name }));
const total = (list: readonly { amount: bigint }[]) => list.reduce((sum, o) => sum + o.amount, 0n);
const isDust = (o: { amount: bigint }) => o.amount < DUST;

/** Small amounts around the limits are likely, large ones happen. */
const amount = fc.oneof(
  fc.bigInt({ min: 1n, max: 1000n }),
  fc.constantFrom(1n, 329n, 330n, 331n, 659n, 660n, 661n),
  fc.bigInt({ min: 1n, max: 10n ** 12n }),
);
const amounts = fc.array(amount, { minLength: 1, maxLength: 6 });

/** Cuts a sum into inputs at the given places. */
function cut(sum: bigint, places: readonly number[]): Sats[] {
  const at = [...new Set(places.map((p) => (sum * BigInt(p)) / 1000n))].sort((a, b) => (a < b ? -1 : 1));
  const edges = [0n, ...at.filter((x) => x > 0n && x < sum), sum];
  return edges.slice(1).map((edge, i) => sats(edge - (edges[i] as bigint)));
}
const order = fc
  .tuple(amounts, fc.array(fc.integer({ min: 1, max: 999 }), { maxLength: 4 }))
  .map(([outputs, places]) => ({
    outputs: named(outputs),
    inputs: cut(
      outputs.reduce((a, b) => a + b, 0n),
      places,
    ),
  }));

const reasonOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    return e.details.reason;
  }
};

describe('allocation', () => {
  test('every input is spent exactly, every output is paid exactly, in order', () => {
    fc.assert(
      fc.property(order, ({ inputs, outputs }) => {
        const dealt = allocateOutputs(inputs, outputs);
        expect(dealt.map(total)).toEqual(inputs);
        const pieces = dealt.flat();
        for (const output of outputs)
          expect(total(pieces.filter((p) => p.name === output.name))).toBe(output.amount);
        expect(pieces.map((p) => p.name)).toEqual(pieces.map((p) => p.name).sort((a, b) => a - b));
        expect(pieces.length).toBeLessThan(inputs.length + outputs.length);
      }),
      RUNS,
    );
  });

  test('a sum that is off by one satoshi is refused', () => {
    fc.assert(
      fc.property(order, fc.boolean(), ({ inputs, outputs }, more) => {
        const changed = inputs.with(0, sats((inputs[0] as bigint) + (more ? 1n : -1n)));
        expect(reasonOf(() => allocateOutputs(changed, outputs))).toBe('Unbalanced');
      }),
      RUNS,
    );
  });

  test('nothing to pay and sums beyond 64 bits are refused', () => {
    expect(reasonOf(() => allocateOutputs([sats(1)], []))).toBe('NoOutputs');
    expect(reasonOf(() => allocateOutputs([], named([0n])))).toBe('NoOutputs');
    expect(reasonOf(() => allocateOutputs([sats(1)], named([2n ** 64n - 1n, 1n])))).toBe('Overflow');
    expect(reasonOf(() => allocateOutputs([sats(2n ** 64n - 1n), sats(1)], named([5n])))).toBe('Overflow');
  });
});

describe('dust isolation', () => {
  const split = amounts.map(named);

  test('conserves value, of the part and of each output', () => {
    fc.assert(
      fc.property(split, (outputs) => {
        const made = isolateDust(outputs);
        const all = [...made.outputs, ...made.isolated];
        for (const o of outputs) expect(total(all.filter((p) => p.name === o.name))).toBe(o.amount);
        expect(all.length - outputs.length).toBeLessThanOrEqual(1);
      }),
      RUNS,
    );
  });

  test('isolated outputs together are standard, and beside them no dust is left', () => {
    fc.assert(
      fc.property(split, (outputs) => {
        const made = isolateDust(outputs);
        if (made.isolated.length === 0) return;
        expect(total(made.isolated)).toBeGreaterThanOrEqual(DUST);
        expect(made.isolated.some(isDust)).toBe(true);
        expect(made.outputs.some(isDust)).toBe(false);
        expect(made.outputs.length).toBeGreaterThan(0);
      }),
      RUNS,
    );
  });

  test('nothing changes where all is dust or nothing is', () => {
    fc.assert(
      fc.property(split, (outputs) => {
        const dust = outputs.filter(isDust);
        fc.pre(dust.length === 0 || dust.length === outputs.length);
        expect(isolateDust(outputs)).toEqual({ outputs, isolated: [] });
      }),
      RUNS,
    );
  });

  test('what it makes passes the rules that the server checks, unless no output could be broken', () => {
    fc.assert(
      fc.property(split, (outputs) => {
        const made = isolateDust(outputs);
        const reason = reasonOf(() => checkPartAmounts(sats(total(outputs)), made.outputs, made.isolated));
        if (reason === undefined) return;
        expect(reason).toBe('Dust');
        expect(made.isolated).toEqual([]);
        const lacking = DUST - total(outputs.filter(isDust));
        expect(outputs.some((o) => !isDust(o) && o.amount - lacking >= DUST)).toBe(false);
      }),
      RUNS,
    );
  });

  test('the rules refuse each break of them', () => {
    const check = (input: number, outputs: bigint[], isolated: bigint[]) =>
      reasonOf(() => checkPartAmounts(sats(input), named(outputs), named(isolated)));
    expect(check(1000, [900n, 99n], [])).toBe('Unbalanced');
    expect(check(400, [], [200n, 200n])).toBe('NoOutputs');
    expect(check(1000, [1000n, 0n], [])).toBe('ZeroValueOutput');
    expect(check(256, Array<bigint>(256).fill(1n), [])).toBe('TooManyOutputs');
    expect(check(1000, [900n], [100n])).toBe('Dust');
    expect(check(1000, [900n, 100n], [])).toBe('Dust');
    expect(check(1000, [340n], [660n])).toBe('IsolationNotNeeded');
    expect(check(1000, [500n], [500n])).toBe('IsolationNotNeeded');
    expect(check(1000, [659n, 341n], [])).toBeUndefined();
  });
});
