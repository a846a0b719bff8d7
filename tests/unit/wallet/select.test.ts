import { describe, expect, test } from 'vitest';
import { selectCoins } from '../../../src/wallet/coins/select.ts';
import { splitChange } from '../../../src/wallet/coins/split.ts';
import type { CoinRow } from '../../../src/store/rows.ts';
import { sats } from '../../../src/units.ts';

let next = 0;
const coin = (amount: number, expiryHeight: number, more: Partial<CoinRow> = {}): CoinRow => ({
  id: `${(next++).toString(16).padStart(64, '0')}:0`,
  state: 'spendable',
  kind: 'arkoor',
  amount: sats(amount),
  expiryHeight,
  exitDepth: 1,
  policyType: 'pubkey',
  keyIndex: 0,
  anchorTxid: '',
  createdAt: 0,
  ...more,
});
const rules = { maxExitDepth: 100 };

describe('choosing coins', () => {
  test('the soonest to expire pay first, among equals the deepest', () => {
    const [late, soonShallow, soonDeep] = [
      coin(1000, 900),
      coin(1000, 500),
      coin(1000, 500, { exitDepth: 7 }),
    ];
    const { inputs } = selectCoins([late, soonShallow, soonDeep], sats(2000), rules);
    expect(inputs).toEqual([soonDeep, soonShallow]);
  });

  test('a small coin near its end is swept along, nothing is trimmed afterwards', () => {
    const small = coin(10, 100);
    const big = coin(10_000, 200);
    const { inputs, change } = selectCoins([big, small], sats(5000), rules);
    expect(inputs).toEqual([small, big]);
    expect(change).toBe(5010n);
  });

  test('the fee grows with the inputs and is covered too', () => {
    const coins = [coin(1000, 1), coin(1000, 2), coin(1000, 3)];
    const { inputs, fee, change } = selectCoins(coins, sats(1900), {
      ...rules,
      fee: (chosen) => sats(chosen.length * 100),
    });
    expect([inputs.length, fee, change]).toEqual([3, 300n, 800n]);
  });

  test('amount and fee may take the whole balance', () => {
    const { change } = selectCoins([coin(1000, 1)], sats(990), { ...rules, fee: () => sats(10) });
    expect(change).toBe(0n);
  });

  test('locked, too deep, hash-locked and (where it matters) expired coins do not pay', () => {
    const coins = [
      coin(1000, 500, { state: 'locked', holder: 'x' }),
      coin(1000, 500, { exitDepth: 100 }),
      coin(1000, 500, { policyType: 'server-htlc-send-v1' }),
      coin(1000, 500),
    ];
    expect(selectCoins(coins, sats(1000), { ...rules, expiresAfter: 499 }).inputs).toEqual([coins[3]]);
    expect(() => selectCoins(coins, sats(1000), { ...rules, expiresAfter: 500 })).toThrow(
      /INSUFFICIENT_FUNDS/,
    );
  });

  test('what is missing is said, fee included', () => {
    const poor = () => selectCoins([coin(1000, 1)], sats(1500), { ...rules, fee: () => sats(20) });
    expect(poor).toThrow(
      expect.objectContaining({
        code: 'INSUFFICIENT_FUNDS',
        details: { needed: '1520', available: '1000', shortBy: '520' },
      }),
    );
  });
});

describe('cutting change', () => {
  const split = (change: number, paid: number, factor = 2) =>
    splitChange(sats(change), sats(paid), factor).map(Number);

  test('no change, no pieces', () => expect(split(0, 10)).toEqual([]));
  test('change up to the payment stays whole', () => expect(split(10_000, 10_000)).toEqual([10_000]));
  test('larger change is cut evenly, the last piece takes the remainder', () => {
    expect(split(10_001, 10_000)).toEqual([5000, 5001]);
    expect(split(100_000, 10_000, 3)).toEqual([33_333, 33_333, 33_334]);
  });
  test('beside a dust payment two pieces at most: its isolation needs two of the four outputs', () => {
    expect(split(100_000, 10, 3)).toEqual([50_000, 50_000]);
  });
  test('a piece never becomes dust by cutting', () => expect(split(600, 400)).toEqual([600]));
});
