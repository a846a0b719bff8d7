// Paying everything: the amount that leaves nothing, whatever the fee schedule; and what is offered for a dear route.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FeeSchedule } from '../../../src/ark/fees.ts';
import type { ArkInfo } from '../../../src/server/ark-info.ts';
import type { CoinRow } from '../../../src/store/rows.ts';
import { sats } from '../../../src/units.ts';
import { allForArkoor } from '../../../src/wallet/actions/arkoor-send/start.ts';
import { allForLightning, selectForLightning } from '../../../src/wallet/actions/lightning-send/start.ts';
import { nextSurplus } from '../../../src/wallet/actions/lightning-send/surplus.ts';

const TIP = 1_000;
const coin = (amount: bigint, expiryHeight: number, i: number, more: Partial<CoinRow> = {}): CoinRow => ({
  id: `${i.toString(16).padStart(64, '0')}:0`,
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
const info = (lightningSend: FeeSchedule['lightningSend']): ArkInfo =>
  ({ maxVtxoExitDepth: 100, fees: { lightningSend } }) as unknown as ArkInfo;

const schedule = fc
  .record({
    minFee: fc.bigInt({ min: 0n, max: 3_000n }).map(sats),
    baseFee: fc.bigInt({ min: 0n, max: 1_000n }).map(sats),
    steps: fc.array(fc.tuple(fc.integer({ min: 0, max: 4_000 }), fc.bigInt({ min: 0n, max: 200_000n })), {
      maxLength: 4,
    }),
  })
  .map(({ minFee, baseFee, steps }) => {
    const thresholds = steps.map(([t]) => t).sort((a, b) => a - b);
    const rates = steps.map(([, ppm]) => ppm).sort((a, b) => (a < b ? -1 : 1));
    const ppmExpiryTable = thresholds.map((expiryBlocksThreshold, i) => ({
      expiryBlocksThreshold,
      ppm: rates[i]!,
    }));
    return { minFee, baseFee, ppmExpiryTable };
  });
const purse = fc
  .array(fc.tuple(fc.bigInt({ min: 1n, max: 3_000_000n }), fc.integer({ min: 900, max: 6_000 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((all) => all.map(([amount, expiry], i) => coin(amount, expiry, i)));

describe('everything over Lightning', () => {
  test('is the largest amount whose total fits, and the payment of it leaves nothing', () => {
    fc.assert(
      fc.property(schedule, purse, fc.bigInt({ min: 0n, max: 2_000n }), (fees, coins, more) => {
        const surplus = sats(more);
        const ark = info(fees);
        const sum = coins.reduce((total, c) => total + c.amount, 0n);
        const amount = allForLightning(coins, ark, TIP, surplus);
        if (amount === 0n) return;
        const chosen = selectForLightning(coins, amount, ark, TIP, { surplus, sweep: true });
        expect([chosen.inputs.length, chosen.change]).toEqual([coins.length, 0n]);
        expect(chosen.amount + chosen.fee).toBe(sum);
        expect(() => selectForLightning(coins, sats(amount + 1n), ark, TIP, { surplus })).toThrow(
          /INSUFFICIENT_FUNDS/,
        );
      }),
      { numRuns: 300 },
    );
  });

  test('leaves out what cannot pay, and is nothing when the fee alone is too much', () => {
    const fees = info({ minFee: sats(500n), baseFee: sats(0n), ppmExpiryTable: [] });
    const locked = coin(9_000n, 5_000, 1, { state: 'locked', holder: 'x' });
    const deep = coin(9_000n, 5_000, 2, { exitDepth: 100 });
    const htlc = coin(9_000n, 5_000, 3, { policyType: 'server-htlc-send-v1' });
    expect(allForLightning([locked, deep, htlc, coin(2_000n, 5_000, 4)], fees, TIP)).toBe(1_500n);
    expect(allForLightning([coin(500n, 5_000, 1)], fees, TIP)).toBe(0n);
    expect(allForLightning([], fees, TIP)).toBe(0n);
  });

  test('without the wish for everything no satoshi goes into the fee', () => {
    const fees = info({ minFee: sats(10n), baseFee: sats(0n), ppmExpiryTable: [] });
    const coins = [coin(1_011n, 5_000, 1)];
    expect(selectForLightning(coins, sats(1_000n), fees, TIP)).toMatchObject({ fee: 10n, change: 1n });
    expect(selectForLightning(coins, sats(1_000n), fees, TIP, { sweep: true })).toMatchObject({
      fee: 11n,
      change: 0n,
    });
  });
});

test('everything to an Ark address: all coins that have not expired', () => {
  const coins = [coin(700n, 5_000, 1), coin(300n, TIP, 2), coin(50n, TIP + 1, 3)];
  expect(allForArkoor(coins, info({ minFee: sats(0n), baseFee: sats(0n), ppmExpiryTable: [] }), TIP)).toBe(
    750n,
  );
});

test('for a dear route half a percent is offered, at least ten satoshi, then twice of what did not do', () => {
  expect(nextSurplus(sats(100n))).toBe(10n);
  expect(nextSurplus(sats(100_001n))).toBe(501n);
  expect(nextSurplus(sats(100_001n), sats(501n))).toBe(1_002n);
});
