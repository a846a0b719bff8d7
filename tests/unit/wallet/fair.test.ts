// What may be paid without asking, and how long coins in a round are waited for.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sats } from '../../../src/units.ts';
import { decideExit, type ExitFacts } from '../../../src/wallet/exits/decide.ts';
import { isFair } from '../../../src/wallet/fair.ts';

test('a fee is fair up to a twentieth, or while it is little and leaves the most of it', () => {
  expect(isFair(5_000n, 100_000n)).toBe(true);
  expect(isFair(5_001n, 100_000n)).toBe(false);
  expect(isFair(150n, 1_000n)).toBe(true);
  expect(isFair(1_000n, 2_000n)).toBe(true);
  expect(isFair(1_001n, 2_002n)).toBe(false);
  expect(isFair(200n, 330n)).toBe(false);
  expect(isFair(0n, 1n)).toBe(true);
});

test('nothing fair takes more than half', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.bigInt(1n, 10n ** 12n), (fee, amount) => {
      if (isFair(fee, amount)) expect(fee * 2n).toBeLessThanOrEqual(amount);
    }),
  );
});

const stuck = (more: Partial<ExitFacts>): ExitFacts => ({
  tip: 10_000,
  coins: [{ amount: sats(50_000n), expiryHeight: 10_144, exitDepth: 3, exitDelta: 144 }],
  margin: 12,
  since: 10_000,
  byItself: true,
  asked: false,
  cost: { needed: sats(1_000n), available: sats(5_000n) },
  ...more,
});

test('coins that wait for a round near their end are given longer than others, but leave while there is time', () => {
  expect(decideExit(stuck({})).dueHeight).toBe(10_006);
  expect(decideExit(stuck({ patience: 36 })).dueHeight).toBe(10_036);
  expect(decideExit(stuck({ patience: 36, tip: 10_036 })).then).toBe('exit');
  // Three transactions and the margin still fit before the end.
  expect(decideExit(stuck({ patience: 200 })).dueHeight).toBe(10_144 - 3 - 12);
});

test('patience never makes an exit earlier than it would be without', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 9_000, max: 12_000 }),
      fc.integer({ min: 10_000, max: 16_000 }),
      (patience, since, expiryHeight) => {
        const coins = [{ amount: sats(50_000n), expiryHeight, exitDepth: 5, exitDelta: 144 }];
        const plain = decideExit(stuck({ since, coins })).dueHeight;
        expect(decideExit(stuck({ since, coins, patience })).dueHeight).toBeGreaterThanOrEqual(plain);
      },
    ),
  );
});
