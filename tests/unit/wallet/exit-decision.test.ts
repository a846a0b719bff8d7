// When stuck coins leave by the chain.
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { sats } from '../../../src/units.ts';
import { decideExit, isNear, lastSafeHeight, type ExitFacts } from '../../../src/wallet/exits/decide.ts';

const coin = (expiryHeight: number, more = {}) => ({
  amount: sats(50_000n),
  expiryHeight,
  exitDepth: 4,
  exitDelta: 144,
  ...more,
});
const rich = { needed: sats(1_000n), available: sats(5_000n) };
const facts = (more: Partial<ExitFacts> = {}): ExitFacts => ({
  tip: 100,
  coins: [coin(4_000)],
  margin: 12,
  since: 100,
  byItself: true,
  asked: false,
  cost: rich,
  ...more,
});
/** expiry − exit delta − one block for each transaction − margin. */
const SAFE = 4_000 - 144 - 4 - 12;

describe('the last safe height', () => {
  test('is the expiry less the blocks of the exit and the margin; of several coins the first', () => {
    expect(lastSafeHeight([coin(4_000)], 12)).toBe(SAFE);
    expect(lastSafeHeight([coin(4_000), coin(3_000), coin(4_000, { exitDepth: 9 })], 12)).toBe(SAFE - 1_000);
  });
});

describe('the decision', () => {
  test('nothing is said while it is far away, and nobody has to know the cost', () => {
    expect(isNear(facts({ tip: SAFE - 289 }))).toBe(false);
    expect(decideExit(facts({ tip: SAFE - 289 }))).toEqual({ then: 'wait', dueHeight: SAFE });
    expect(decideExit(facts({ tip: SAFE, cost: undefined }))).toMatchObject({ then: 'wait' });
  });

  test('two days before it is announced, and missing money for fees is asked for', () => {
    const poor = { needed: sats(1_000n), available: sats(400n) };
    expect(decideExit(facts({ tip: SAFE - 288, cost: poor }))).toEqual({
      then: 'warn',
      dueHeight: SAFE,
      tooDear: false,
      missing: 600n,
    });
    expect(decideExit(facts({ tip: SAFE - 288 }))).toMatchObject({ then: 'warn', missing: 0n });
  });

  test('at the last safe height the coins leave by themselves', () => {
    expect(decideExit(facts({ tip: SAFE - 1 }))).toMatchObject({ then: 'warn' });
    expect(decideExit(facts({ tip: SAFE }))).toEqual({ then: 'exit', dueHeight: SAFE });
  });

  test('without money nothing leaves: the server goes on being asked, the person too', () => {
    const poor = { needed: sats(1_000n), available: sats(999n) };
    expect(decideExit(facts({ tip: SAFE + 50, cost: poor }))).toMatchObject({ then: 'warn', missing: 1n });
  });

  test('switched off, it is only announced', () => {
    expect(decideExit(facts({ tip: SAFE + 50, byItself: false }))).toMatchObject({ then: 'warn' });
  });

  test('what would cost more than it saves does not leave by itself', () => {
    const dear = { needed: sats(50_000n), available: sats(90_000n) };
    expect(decideExit(facts({ tip: SAFE, cost: dear }))).toMatchObject({ then: 'warn', tooDear: true });
    expect(decideExit(facts({ tip: SAFE, cost: dear, asked: true }))).toMatchObject({ then: 'exit' });
  });

  test('asked for, it happens at once, and only earlier, never later', () => {
    expect(decideExit(facts({ tip: 100, asked: true }))).toMatchObject({ then: 'exit' });
    expect(decideExit(facts({ tip: 100, asked: true, byItself: false }))).toMatchObject({ then: 'exit' });
  });

  test('a coin that was late when it got stuck is given an hour, less than the margin', () => {
    const late = { tip: SAFE + 3, since: SAFE + 3 };
    expect(decideExit(facts(late))).toMatchObject({ then: 'warn', dueHeight: SAFE + 9 });
    expect(decideExit(facts({ ...late, tip: SAFE + 9 }))).toMatchObject({ then: 'exit' });
  });

  test('asking never delays, more blocks never turn an exit back into waiting', () => {
    const any = fc.record({
      tip: fc.integer({ min: 0, max: 5_000 }),
      since: fc.integer({ min: 0, max: 5_000 }),
      byItself: fc.boolean(),
      asked: fc.boolean(),
      coins: fc.array(
        fc.record({
          amount: fc.bigInt({ min: 330n, max: 100_000n }).map(sats),
          expiryHeight: fc.integer({ min: 300, max: 5_000 }),
          exitDepth: fc.integer({ min: 1, max: 30 }),
          exitDelta: fc.constant(144),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 500 }), (random, more) => {
        const now = facts(random);
        if (decideExit(now).then !== 'exit') return;
        expect(decideExit({ ...now, tip: now.tip + more }).then).toBe('exit');
        expect(decideExit({ ...now, asked: true }).then).toBe('exit');
      }),
    );
  });
});
