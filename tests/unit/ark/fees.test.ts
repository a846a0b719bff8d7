// The fee schedule: what holds for any schedule, any inputs and any amount.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blocksToExpiry,
  boardFee,
  expiryTableFee,
  lightningReceiveFee,
  lightningSendFee,
  offboardFee,
  offboardWeightFee,
  ppmFee,
  refreshFee,
  subtractFee,
  subtractFeeAboveDust,
  unsortedEntry,
  type FeeInput,
  type PpmExpiryFeeEntry,
} from '../../../src/ark/fees.ts';
import { sats } from '../../../src/units.ts';

const RUNS = { numRuns: 500 };
const amount = fc.bigInt({ min: 0n, max: 21n * 10n ** 14n }).map(sats);
const ppm = fc.bigInt({ min: 0n, max: 1_000_000n });
const blocks = fc.integer({ min: 0, max: 20_000 });
const input: fc.Arbitrary<FeeInput> = fc.record({ amount, blocksToExpiry: blocks });
const inputs = fc.array(input, { maxLength: 6 });
const ascending = (values: number[]) => [...values].sort((a, b) => a - b);
/** A table as a sound server publishes it. */
const table: fc.Arbitrary<PpmExpiryFeeEntry[]> = fc
  .array(fc.tuple(blocks, fc.integer({ min: 0, max: 1_000_000 })), { maxLength: 5 })
  .map((rows) => {
    const thresholds = ascending(rows.map((r) => r[0]));
    const rates = ascending(rows.map((r) => r[1]));
    return thresholds.map((expiryBlocksThreshold, i) => ({
      expiryBlocksThreshold,
      ppm: BigInt(rates[i] as number),
    }));
  });

const sumOf = (list: readonly FeeInput[]) => sats(list.reduce((total, i) => total + i.amount, 0n));

describe('parts per million', () => {
  test('round up, never by a whole satoshi', () => {
    fc.assert(
      fc.property(amount, ppm, (a, p) => {
        const fee = ppmFee(a, p) * 1_000_000n;
        expect(fee).toBeGreaterThanOrEqual(a * p);
        expect(fee - a * p).toBeLessThan(1_000_000n);
      }),
      RUNS,
    );
  });

  test('a fee that does not fit 64 bits is refused', () => {
    const huge = sats(2n ** 64n - 1n);
    expect(() => ppmFee(huge, 1_000_001n)).toThrow(expect.objectContaining({ code: 'AMOUNT_OUT_OF_RANGE' }));
    expect(ppmFee(huge, 1_000_000n)).toBe(huge);
    const fees = { minFee: sats(0), baseFee: sats(1), ppm: 1_000_000n };
    expect(() => boardFee(fees, huge)).toThrow(expect.objectContaining({ code: 'AMOUNT_OUT_OF_RANGE' }));
    expect(() => offboardWeightFee(offboardOf([], 2n ** 63n), 34, 1000n)).toThrow(
      expect.objectContaining({ code: 'AMOUNT_OUT_OF_RANGE' }),
    );
  });
});

const offboardOf = (ppmExpiryTable: PpmExpiryFeeEntry[], fixedAdditionalVb = 100n) => ({
  baseFee: sats(7),
  fixedAdditionalVb,
  ppmExpiryTable,
});

describe('fees by remaining life', () => {
  test('the order of the inputs has no effect', () => {
    fc.assert(
      fc.property(table, inputs, amount, (t, list, a) => {
        const backwards = [...list].reverse();
        expect(expiryTableFee(t, list, a)).toBe(expiryTableFee(t, backwards, a));
        expect(expiryTableFee(t, list)).toBe(expiryTableFee(t, backwards));
      }),
      RUNS,
    );
  });

  test('grow with the amount and stop at all of the inputs', () => {
    fc.assert(
      fc.property(table, inputs, amount, amount, (t, list, a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(expiryTableFee(t, list, less)).toBeLessThanOrEqual(expiryTableFee(t, list, more));
        expect(expiryTableFee(t, list, more)).toBeLessThanOrEqual(expiryTableFee(t, list));
        expect(expiryTableFee(t, list, sumOf(list))).toBe(expiryTableFee(t, list));
      }),
      RUNS,
    );
  });

  test('fall as expiry comes nearer', () => {
    fc.assert(
      fc.property(table, inputs, fc.nat(5000), (t, list, passed) => {
        const later = list.map((i) => ({ ...i, blocksToExpiry: Math.max(0, i.blocksToExpiry - passed) }));
        expect(expiryTableFee(t, later)).toBeLessThanOrEqual(expiryTableFee(t, list));
      }),
      RUNS,
    );
  });

  test('a table of one entry from block 0 is a plain rate', () => {
    fc.assert(
      fc.property(ppm, inputs, (p, list) => {
        const flat = [{ expiryBlocksThreshold: 0, ppm: p }];
        expect(expiryTableFee(flat, list)).toBe(ppmFee(sumOf(list), p));
      }),
      RUNS,
    );
  });

  test('cheapest value is used first', () => {
    const t = [
      { expiryBlocksThreshold: 10, ppm: 1_000n },
      { expiryBlocksThreshold: 100, ppm: 10_000n },
    ];
    const list = [
      { amount: sats(1_000_000), blocksToExpiry: 500 },
      { amount: sats(1_000_000), blocksToExpiry: 50 },
      { amount: sats(1_000_000), blocksToExpiry: 5 },
    ];
    expect(expiryTableFee(t, list, sats(1_000_000))).toBe(0n);
    expect(expiryTableFee(t, list, sats(2_000_000))).toBe(1_000n);
    expect(expiryTableFee(t, list, sats(3_000_000))).toBe(11_000n);
  });
});

describe('the five fees', () => {
  test('have their base, and those with a minimum their minimum', () => {
    fc.assert(
      fc.property(table, inputs, amount, amount, amount, ppm, (t, list, a, minFee, baseFee, p) => {
        const flat = { minFee, baseFee, ppm: p };
        const plain = baseFee + ppmFee(a, p);
        expect(boardFee(flat, a)).toBe(plain > minFee ? plain : minFee);
        expect(lightningReceiveFee(flat, a)).toBe(plain);
        const send = lightningSendFee({ minFee, baseFee, ppmExpiryTable: t }, a, list);
        expect(send).toBeGreaterThanOrEqual(minFee);
        expect(send).toBeGreaterThanOrEqual(baseFee);
        expect(refreshFee({ baseFee, ppmExpiryTable: t }, list)).toBe(baseFee + expiryTableFee(t, list));
      }),
      RUNS,
    );
  });

  test('an offboard pays for the weight of its output, rounded up', () => {
    expect(offboardWeightFee(offboardOf([]), 34, 250n)).toBe(134n);
    expect(offboardWeightFee(offboardOf([]), 34, 251n)).toBe(135n);
    expect(offboardFee(offboardOf([]), sats(5000), [], { scriptLength: 34, feeRateKwu: 250n })).toBe(141n);
  });
});

describe('around the fees', () => {
  test('subtracting leaves something, or at least dust', () => {
    expect(subtractFee(sats(100), sats(99))).toBe(1n);
    expect(subtractFee(sats(100), sats(100))).toBeUndefined();
    expect(subtractFee(sats(100), sats(101))).toBeUndefined();
    expect(subtractFeeAboveDust(sats(430), sats(100))).toBe(330n);
    expect(subtractFeeAboveDust(sats(429), sats(100))).toBeUndefined();
  });

  test('blocks to expiry end at zero', () => {
    expect(blocksToExpiry(110, 100)).toBe(10);
    expect(blocksToExpiry(100, 110)).toBe(0);
  });

  test('a table that falls in a column is found out', () => {
    fc.assert(
      fc.property(table, (t) => {
        expect(unsortedEntry(t)).toBeUndefined();
        const falling = [...t].reverse();
        const sound = falling.every((e, i) => {
          const before = falling[i - 1] ?? e;
          return before.expiryBlocksThreshold <= e.expiryBlocksThreshold && before.ppm <= e.ppm;
        });
        expect(unsortedEntry(falling) === undefined).toBe(sound);
      }),
      RUNS,
    );
  });
});
