// The page side of tests/integration/store-in-chromium.test.ts: the conformance suite as callable pieces.
import { deleteDexie, openDexie } from '../../../src/store/dexie.ts';
import { liveCoins, storeCoin, markSpent, coinTables } from '../../../src/store/coins.ts';
import { sats } from '../../../src/units.ts';
import { storeConformance } from './conformance.ts';

const bodies = new Map<string, () => Promise<void>>();
let opened = 0;
storeConformance(
  { test: (title, body) => bodies.set(title, body) },
  {
    fresh: async () => {
      const name = `conformance-${opened++}`;
      await deleteDexie(name);
      return { db: await openDexie(name), reopen: () => openDexie(name) };
    },
  },
);

const page = {
  titles: () => [...bodies.keys()],
  run: (title: string) => bodies.get(title)!(),
  /** Resolves once another context has committed to `meta`. */
  hear: async (name: string): Promise<void> => {
    const db = await openDexie(name);
    await new Promise<void>((resolve) => {
      db.watch(['meta'], resolve);
      document.title = 'listening';
    });
    db.close();
  },
  write: async (name: string): Promise<void> => {
    const db = await openDexie(name);
    await db.write(['meta'], (tx) => tx.put('meta', { name: 'x', value: 1 }));
    db.close();
  },
  /** Fills a database with `live` live and as many spent coins. */
  fill: async (name: string, live: number): Promise<void> => {
    const db = await openDexie(name);
    await db.write(coinTables, async (tx) => {
      for (let i = 0; i < 2 * live; i++) {
        const id = `${i.toString(16).padStart(64, '0')}:0`;
        await storeCoin(tx, {
          id,
          state: 'spendable',
          kind: 'arkoor',
          amount: sats(1000 + i),
          expiryHeight: 1000 + (i % 500),
          exitDepth: i % 5,
          policyType: 'pubkey',
          keyIndex: i,
          anchorTxid: 'ab'.repeat(32),
          createdAt: i,
          bytes: new Uint8Array(700),
          registered: true,
        });
        if (i % 2) await markSpent(tx, [id]);
      }
    });
    db.close();
  },
  /** Opens the database and sums the live coins; ms for each of the two. */
  balance: async (name: string): Promise<{ coins: number; sum: string; openMs: number; readMs: number }> => {
    const start = performance.now();
    const db = await openDexie(name);
    const ready = performance.now();
    const coins = await db.read(['coins'], liveCoins);
    const sum = coins.reduce((a, c) => a + c.amount, 0n);
    const done = performance.now();
    db.close();
    return { coins: coins.length, sum: `${sum}`, openMs: ready - start, readMs: done - ready };
  },
};
export type StorePage = typeof page;
Object.assign(window, { store: page });
