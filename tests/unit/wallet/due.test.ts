// When coins are refreshed: what must be, what rides along, what is handed in ahead of its time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CoinRow } from '../../../src/store/rows.ts';
import { sats } from '../../../src/units.ts';
import { planRefresh, type DueFacts } from '../../../src/wallet/maintenance/due.ts';

const coin = (id: string, more: Partial<CoinRow> = {}): CoinRow => ({
  id,
  state: 'spendable',
  kind: 'board',
  amount: sats(50_000),
  expiryHeight: 10_000,
  exitDepth: 2,
  policyType: 'pubkey',
  keyIndex: 0,
  anchorTxid: 'aa',
  createdAt: 0,
  ...more,
});
const facts = (tip: number, more: Partial<DueFacts> = {}): DueFacts => ({
  tip,
  maxExitDepth: 100,
  threshold: 144,
  fees: { baseFee: sats(150), ppmExpiryTable: [] },
  exitCost: () => 0n,
  ...more,
});
const ids = (plan: ReturnType<typeof planRefresh>) => plan?.coins.map((c) => c.id);

describe('a coin must be refreshed', () => {
  test('within the threshold of its expiry, and not a block before', () => {
    expect(ids(planRefresh([coin('a')], facts(10_000 - 143)))).toEqual(['a']);
    expect(planRefresh([coin('a')], facts(10_000 - 144))).toBeUndefined();
    expect(planRefresh([coin('a')], facts(10_000 - 145))?.scheduledHeight).toBe(10_000 - 144);
    expect(planRefresh([coin('a')], facts(10_000 - 3 * 144))).toBeUndefined();
  });

  test('when it has expired', () => {
    expect(ids(planRefresh([coin('a')], facts(10_001)))).toEqual(['a']);
  });

  test('when its chain is as long as the server lets chains get', () => {
    expect(ids(planRefresh([coin('a', { exitDepth: 100 })], facts(1000)))).toEqual(['a']);
  });
});

describe('a coin rides along only with one that must', () => {
  const riders = [
    coin('deep', { exitDepth: 50 }),
    coin('soon', { expiryHeight: 2000 + 144 + 20 }),
    coin('dust', { amount: sats(200) }),
    coin('dear', { amount: sats(900) }),
  ];
  const now = facts(2000, { exitCost: () => 1000n });

  test('deep, soon due, dust, not worth its exit', () => {
    const plan = planRefresh([coin('must', { exitDepth: 100 }), ...riders, coin('fine')], now);
    expect(ids(plan)).toEqual(['must', 'deep', 'soon', 'dust', 'dear']);
    expect(plan?.scheduledHeight).toBeUndefined();
  });

  test('without one, nothing but what is scheduled ahead', () => {
    expect(ids(planRefresh([...riders, coin('fine')], now))).toEqual(['soon']);
  });
});

test('a coin that costs more than it brings does not sink the others', () => {
  const fees = { baseFee: sats(150), ppmExpiryTable: [{ expiryBlocksThreshold: 0, ppm: 1_000_000n }] };
  const plan = planRefresh([coin('a', { exitDepth: 100 })], facts(1000, { fees }));
  expect(plan).toBeUndefined();
});

test('what is handed in ahead is due at its height, lives then, and is always in time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20_000 }),
      fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 5 }),
      (tip, expiries) => {
        const coins = expiries.map((expiryHeight, i) => coin(`${i}`, { expiryHeight }));
        const plan = planRefresh(coins, facts(tip));
        if (plan?.scheduledHeight === undefined) {
          // A coin that a daily visitor would lose is never left out.
          for (const c of coins) if (tip > c.expiryHeight - 144) expect(plan?.coins).toContain(c);
          return;
        }
        expect(plan.scheduledHeight).toBeGreaterThan(tip);
        for (const c of plan.coins) expect(plan.scheduledHeight).toBeLessThanOrEqual(c.expiryHeight - 144);
      },
    ),
  );
});
