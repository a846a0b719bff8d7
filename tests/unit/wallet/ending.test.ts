// Coins near their end are never silent: what is told when, from the store alone.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import { startAction } from '../../../src/store/actions.ts';
import { storeCoin } from '../../../src/store/coins.ts';
import { setMeta } from '../../../src/store/meta.ts';
import type { CoinRow } from '../../../src/store/rows.ts';
import { changeSettings } from '../../../src/store/settings.ts';
import { sats } from '../../../src/units.ts';
import { ENDING_TABLES, endingOf, readEnding, renewBefore } from '../../../src/wallet/maintenance/ending.ts';

const T = renewBefore('mainnet');
const TIP = { height: 900_000, at: 1_700_000_000_000 };
const coin = (left: number, over: Partial<CoinRow> = {}): CoinRow => ({
  id: `${String(left + 5000).padStart(64, '0')}:0`,
  state: 'spendable',
  kind: 'arkoor',
  amount: sats(10_000n),
  expiryHeight: TIP.height + left,
  exitDepth: 1,
  policyType: 'pubkey',
  keyIndex: 0,
  anchorTxid: '0'.repeat(64),
  createdAt: 0,
  ...over,
});
const level = (coins: CoinRow[], underWay: string[] = []) => endingOf(coins, new Set(underWay), TIP, T).level;

describe('a coin that nobody renews', () => {
  test('is quiet, then worth a mark two days ahead, then a notification within a day, then over', () => {
    expect([2 * T + 1, 2 * T, T + 1, T, 1, 0, -5].map((left) => level([coin(left)]))).toEqual([
      ...['quiet', 'soon', 'soon', 'urgent', 'urgent', 'over', 'over'],
    ]);
  });

  test('says when the first of them ends, how many there are and what they are worth', () => {
    expect(endingOf([coin(100), coin(30), coin(4000)], new Set(), TIP, T)).toEqual({
      level: 'urgent',
      count: 2,
      amount: 20_000n,
      renewing: false,
      height: TIP.height + 30,
      at: TIP.at + 30 * 600_000,
    });
  });

  test('that is part of a payment or no plain coin is another matter', () => {
    expect(level([coin(5, { state: 'locked', holder: 'ln_pay.x' })])).toBe('quiet');
    expect(level([coin(5, { policyType: 'server-htlc-send' })])).toBe('quiet');
  });
});

describe('a coin that is being renewed', () => {
  test('worries nobody until half a day before its end, locked or not', () => {
    for (const over of [{}, { state: 'locked' as const, holder: 'round.x' }]) {
      const at = (left: number) => level([coin(left, over)], [coin(left).id]);
      expect([T, T / 2 + 1, T / 2, 0].map(at)).toEqual(['quiet', 'quiet', 'urgent', 'over']);
    }
    expect(endingOf([coin(10)], new Set([coin(10).id]), TIP, T).renewing).toBe(true);
    expect(endingOf([coin(10), coin(11)], new Set([coin(10).id]), TIP, T).renewing).toBe(false);
  });
});

test('the nearer the end, the louder, whatever else there is', () => {
  const loud = ['quiet', 'soon', 'urgent', 'over'];
  const some = fc.array(fc.integer({ min: -100, max: 5000 }), { maxLength: 8 });
  fc.assert(
    fc.property(some, some, fc.integer({ min: -50, max: 400 }), (lefts, renewing, passed) => {
      const coins = [...lefts, ...renewing].map((left, i) => coin(left, { id: `${i}` }));
      const under = new Set(renewing.map((_, i) => String(lefts.length + i)));
      const before = endingOf(coins, under, TIP, T).level;
      const later = endingOf(coins, under, { ...TIP, height: TIP.height + Math.max(0, passed) }, T).level;
      expect(loud.indexOf(later)).toBeGreaterThanOrEqual(loud.indexOf(before));
      const alone = coins.map((c) => loud.indexOf(endingOf([c], under, TIP, T).level));
      expect(loud.indexOf(before)).toBe(Math.max(0, ...alone));
    }),
  );
});

describe('read from the store', () => {
  async function store(left: number) {
    const db = await openDexie('ending', { indexedDB: new IDBFactory(), IDBKeyRange });
    await db.write(['coins', 'coinBodies', 'meta', 'settings'], async (tx) => {
      const { page: _page, ...row } = coin(left);
      await storeCoin(tx, { ...row, bytes: new Uint8Array([1]), registered: true });
      await setMeta(tx, 'tip', { ...TIP, hash: '0'.repeat(64) });
      await changeSettings(tx, { network: 'mainnet' });
    });
    const look = (now = TIP.at) => db.read(ENDING_TABLES, (tx) => readEnding(tx, now));
    return { db, look };
  }

  test('blocks that nobody tells of are counted on, so that a locked wallet warns in time', async () => {
    const { look } = await store(500);
    expect((await look()).level).toBe('quiet');
    expect((await look(TIP.at + 2 * 86_400_000)).level).toBe('soon');
    expect((await look(TIP.at + 3 * 86_400_000)).level).toBe('urgent');
    expect((await look(TIP.at + 4 * 86_400_000)).level).toBe('over');
  });

  test('the threshold is the person’s, and a renewal under way counts', async () => {
    const { db, look } = await store(500);
    await db.write(['settings'], (tx) => changeSettings(tx, { renewBlocks: 600 }));
    expect((await look()).level).toBe('urgent');
    await db.write(['actions'], (tx) =>
      startAction(
        tx,
        {
          id: 'round.x',
          kind: 'refresh',
          state: { step: 'submitted', inputs: [coin(500).id], amount: 1n, fee: 0n, key: 1, locked: false },
        },
        TIP.at,
      ),
    );
    expect(await look()).toMatchObject({ level: 'quiet', count: 0 });
  });

  test('before the first contact with the chain nothing is said', async () => {
    const db = await openDexie('new', { indexedDB: new IDBFactory(), IDBKeyRange });
    expect(await db.read(ENDING_TABLES, (tx) => readEnding(tx, 1))).toMatchObject({ level: 'quiet' });
  });
});
