import fc from 'fast-check';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import {
  budgetLeft,
  budgetState,
  reserveBudget,
  setBudget,
  settleBudget,
  silentMaximum,
} from '../../../src/store/budgets.ts';
import type { BudgetTerms } from '../../../src/store/budgets.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import type { WriteTx } from '../../../src/store/port.ts';
import type { SiteRef, SiteRow } from '../../../src/store/rows.ts';
import { blockSite, enableSite, forgetSite, isBlocked, site, sites } from '../../../src/store/sites.ts';
import { sats } from '../../../src/units.ts';

const SHOP: SiteRef = { topOrigin: 'https://shop', frameOrigin: 'https://shop' };
const FRAMED: SiteRef = { topOrigin: 'https://news', frameOrigin: 'https://shop' };
const DAY = 1000;

let count = 0;
/** A database with one site that has this budget since 0. */
async function granted(limit: bigint, over: Partial<BudgetTerms> = {}) {
  const db = await openDexie(`budgets-${++count}`, { indexedDB: new IDBFactory(), IDBKeyRange });
  const write = <T>(body: (tx: WriteTx) => Promise<T>) => db.write(['sites'], body);
  await write(async (tx) => {
    await enableSite(tx, SHOP, 0);
    await setBudget(tx, SHOP, { limit: sats(limit), periodMs: DAY, ...over }, 0);
  });
  const row = (): Promise<SiteRow | undefined> => db.read(['sites'], (tx) => site(tx, SHOP));
  return {
    db,
    write,
    row,
    reserve: (id: string, amount: bigint, now: number, ref = SHOP) =>
      write((tx) => reserveBudget(tx, ref, id, sats(amount), now)),
    settle: (id: string, cost: bigint, now: number) =>
      write((tx) => settleBudget(tx, SHOP, id, sats(cost), now)),
    left: async (now: number) => budgetLeft(await row(), now),
  };
}

describe('the edges of a budget', () => {
  it('the last satoshi fits, one more does not', async () => {
    const b = await granted(100n);
    expect(await b.reserve('over', 101n, 1)).toBe(false);
    expect(await b.reserve('all', 100n, 1)).toBe(true);
    expect(await b.reserve('one', 1n, 1)).toBe(false);
    expect(await b.left(1)).toBe(0n);
  });

  it('a payment may cost the cap of one payment and no more, however much is left', async () => {
    const b = await granted(100n, { perPayment: sats(40n) });
    expect(await b.reserve('over', 41n, 1)).toBe(false);
    expect(await b.reserve('a', 40n, 1)).toBe(true);
    expect(silentMaximum(await b.row(), 1)).toBe(40n);
    expect(await b.reserve('b', 40n, 1)).toBe(true);
    expect(silentMaximum(await b.row(), 1)).toBe(20n);
    expect(await b.reserve('c', 21n, 1)).toBe(false);
    expect(await b.reserve('c', 20n, 1)).toBe(true);
  });

  it('a cap of one payment above the limit changes nothing', async () => {
    const b = await granted(100n, { perPayment: sats(1000n) });
    expect(silentMaximum(await b.row(), 1)).toBe(100n);
    expect(await b.reserve('over', 101n, 1)).toBe(false);
  });

  it('nothing, and less than nothing, is never reserved', async () => {
    const b = await granted(100n);
    expect(await b.reserve('zero', 0n, 1)).toBe(false);
    const row = (await b.row())!;
    expect(row.budget!.reserved).toEqual({});
  });

  it('terms that make no sense are refused', async () => {
    const b = await granted(100n);
    for (const terms of [
      { limit: sats(0n), periodMs: DAY },
      { limit: sats(1n), perPayment: sats(0n), periodMs: DAY },
      { limit: sats(1n), periodMs: 0 },
      { limit: sats(1n), periodMs: Number.NaN },
    ])
      await expect(b.write((tx) => setBudget(tx, SHOP, terms, 1))).rejects.toThrow(/INVALID_ARGUMENT/);
  });
});

describe('a reservation', () => {
  it('is made once for a request, whoever repeats it', async () => {
    const b = await granted(100n);
    expect(await b.reserve('r', 60n, 1)).toBe(true);
    expect(await b.reserve('r', 60n, 2)).toBe(true);
    expect(await b.left(2)).toBe(40n);
  });

  it('of two tabs at the same time, only those that fit together are made', async () => {
    const b = await granted(100n);
    const made = await Promise.all(Array.from({ length: 10 }, (_, i) => b.reserve(`tab-${i}`, 30n, 1)));
    expect(made.filter(Boolean)).toHaveLength(3);
    expect(await b.left(1)).toBe(10n);
  });

  it('is booked at the real cost, and what was too much is free again', async () => {
    const b = await granted(100n);
    await b.reserve('r', 60n, 1);
    await b.settle('r', 55n, 2);
    await b.settle('r', 55n, 3);
    expect(await b.left(3)).toBe(45n);
    expect((await b.row())!.budget).toMatchObject({ spent: 55n, reserved: {} });
  });

  it('of a payment that failed is free again, but for what the failure cost', async () => {
    const b = await granted(100n);
    await b.reserve('free', 60n, 1);
    await b.settle('free', 0n, 2);
    expect(await b.left(2)).toBe(100n);
    await b.reserve('dear', 60n, 3);
    await b.settle('dear', 2n, 4);
    expect(await b.left(4)).toBe(98n);
  });

  it('stays as long as the end is not known, also into the next periods', async () => {
    const b = await granted(100n);
    await b.reserve('slow', 70n, 1);
    expect(await b.left(DAY - 1)).toBe(30n);
    expect(await b.left(5 * DAY)).toBe(30n);
    expect(await b.reserve('next', 31n, 5 * DAY)).toBe(false);
    await b.settle('slow', 70n, 5 * DAY);
    expect(await b.left(5 * DAY)).toBe(30n);
    expect(await b.left(6 * DAY)).toBe(100n);
  });
});

describe('periods', () => {
  it('roll over at their very end, and not a millisecond before', async () => {
    const b = await granted(100n);
    await b.reserve('r', 100n, 0);
    await b.settle('r', 100n, 0);
    expect(await b.left(DAY - 1)).toBe(0n);
    expect(await b.reserve('early', 1n, DAY - 1)).toBe(false);
    expect(await b.left(DAY)).toBe(100n);
    expect(await b.reserve('next', 100n, DAY)).toBe(true);
  });

  it('follow each other without a gap, however long nobody came', async () => {
    const b = await granted(100n);
    await b.reserve('r', 40n, 7 * DAY + 900);
    await b.settle('r', 40n, 7 * DAY + 950);
    const { budget } = (await b.row())!;
    expect(budgetState(budget!, 7 * DAY + 950)).toEqual({
      used: 40n,
      reserved: 0n,
      left: 60n,
      renewsAt: 8 * DAY,
    });
    expect(await b.left(8 * DAY)).toBe(100n);
  });

  it('a clock that is set back refills nothing', async () => {
    const b = await granted(100n);
    await b.reserve('r', 100n, 5 * DAY);
    await b.settle('r', 100n, 5 * DAY);
    for (const now of [0, 4 * DAY, 5 * DAY, 6 * DAY - 1]) expect(await b.left(now)).toBe(0n);
  });
});

describe('changing a budget', () => {
  it('keeps what is spent and set aside', async () => {
    const b = await granted(100n);
    await b.reserve('open', 30n, 1);
    await b.reserve('r', 50n, 1);
    await b.settle('r', 50n, 2);
    await b.write((tx) => setBudget(tx, SHOP, { limit: sats(200n), periodMs: DAY }, 3));
    expect(await b.left(3)).toBe(120n);
    await b.write((tx) => setBudget(tx, SHOP, { limit: sats(60n), periodMs: DAY }, 4));
    expect(await b.left(4)).toBe(0n);
    await b.settle('open', 0n, 5);
    expect(await b.left(5)).toBe(10n);
  });

  it('a longer period takes over what belongs to the present one only', async () => {
    const b = await granted(100n);
    await b.reserve('r', 90n, 1);
    await b.settle('r', 90n, 2);
    await b.write((tx) => setBudget(tx, SHOP, { limit: sats(100n), periodMs: 30 * DAY }, 3 * DAY + 5));
    expect(await b.left(3 * DAY + 5)).toBe(100n);
  });

  it('taken back, nothing is paid silently, and a payment under way ends in peace', async () => {
    const b = await granted(100n);
    await b.reserve('r', 50n, 1);
    await b.write((tx) => setBudget(tx, SHOP, undefined, 2));
    expect(await b.reserve('s', 1n, 3)).toBe(false);
    await b.settle('r', 50n, 4);
    expect(await b.row()).not.toHaveProperty('budget');
    await b.write((tx) => forgetSite(tx, SHOP));
    await b.settle('r', 50n, 5);
    expect(await b.db.read(['sites'], (tx) => sites(tx))).toEqual([]);
  });
});

describe('frames and blocks', () => {
  it('a frame of another origin never has a budget, also when its row says so', async () => {
    const b = await granted(100n);
    await b.write((tx) => enableSite(tx, FRAMED, 0));
    const terms = { limit: sats(100n), periodMs: DAY };
    await expect(b.write((tx) => setBudget(tx, FRAMED, terms, 1))).rejects.toThrow(/INVALID_ARGUMENT/);
    const { budget } = (await b.row())!;
    await b.write(async (tx) => tx.put('sites', { ...(await site(tx, FRAMED))!, budget }));
    expect(await b.reserve('r', 1n, 1, FRAMED)).toBe(false);
  });

  it('a blocked site has no permission, no budget, and no way around through frames', async () => {
    const b = await granted(100n);
    await b.write((tx) => blockSite(tx, SHOP, 1));
    expect(await b.row()).toBeUndefined();
    expect(await b.reserve('r', 1n, 2)).toBe(false);
    const blocked = (ref: SiteRef) => b.db.read(['sites'], (tx) => isBlocked(tx, ref));
    expect(await blocked(SHOP)).toBe(true);
    expect(await blocked(FRAMED)).toBe(true);
    expect(await blocked({ topOrigin: 'https://shop', frameOrigin: 'https://other' })).toBe(true);
    expect(await blocked({ topOrigin: 'https://news', frameOrigin: 'https://news' })).toBe(false);
    await b.write((tx) => forgetSite(tx, SHOP));
    expect(await blocked(FRAMED)).toBe(false);
  });
});

// What a person may rely on, told by a ledger that knows nothing of rows: in no period is more paid than the limit.
describe('any interleaving', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('reserve' as const), id: fc.nat(9), amount: fc.bigInt(1n, 60n) }),
    fc.record({ do: fc.constant('settle' as const), id: fc.nat(9), share: fc.nat(100) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(700) }),
  );

  it('never spends more than the limit in a period', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const limit = 100n;
        const b = await granted(limit, { perPayment: sats(50n) });
        let now = 0;
        const open = new Map<string, bigint>();
        const done = new Set<string>();
        const ended = new Map<number, bigint>();
        for (const s of steps) {
          if (s.do === 'wait') now += s.ms;
          else if (s.do === 'settle') {
            const id = String(s.id);
            const held = open.get(id);
            if (held === undefined) continue;
            const cost = (held * BigInt(s.share)) / 100n;
            await b.settle(id, cost, now);
            open.delete(id);
            done.add(id);
            const period = Math.floor(now / DAY);
            ended.set(period, (ended.get(period) ?? 0n) + cost);
          } else {
            const id = String(s.id);
            if (open.has(id) || done.has(id)) continue;
            const before = await b.left(now);
            const fits = await b.reserve(id, s.amount, now);
            expect(fits).toBe(s.amount <= before && s.amount <= 50n);
            if (!fits) continue;
            open.set(id, s.amount);
          }
          const period = Math.floor(now / DAY);
          const pending = [...open.values()].reduce((a, x) => a + x, 0n);
          expect((ended.get(period) ?? 0n) + pending).toBeLessThanOrEqual(limit);
          expect(await b.left(now)).toBe(limit - (ended.get(period) ?? 0n) - pending);
        }
        for (const book of [ended])
          for (const total of book.values()) expect(total).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 60 },
    );
  });
});
