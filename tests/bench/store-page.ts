// The page side of store.ts: fills a database, and reads it as the popup (balance) and a payment (selection) do.
import '../unit/store/in-browser.ts';
import { liveCoins } from '../../src/store/coins.ts';
import { openDexie } from '../../src/store/dexie.ts';
import { glance } from '../../src/store/glance.ts';
import { sats } from '../../src/units.ts';
import { BALANCE_TABLES, readBalance } from '../../src/wallet/coins/balance.ts';
import { selectCoins } from '../../src/wallet/coins/select.ts';

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}

const bench = {
  /** Total of the live coins, as text, and what it took from a closed database on. */
  balance: (name: string) =>
    timed(async () => {
      const db = await glance(name);
      if (!db) throw new Error('the database is not there');
      const { total } = await db.read(BALANCE_TABLES, readBalance);
      db.close();
      return `${total}`;
    }),
  /** Number of coins that pay `amount`, and what it took from a closed database on. */
  selection: (name: string, amount: number) =>
    timed(async () => {
      const db = await openDexie(name);
      const coins = await db.read(['coins'], liveCoins);
      const { inputs } = selectCoins(coins, sats(amount), { maxExitDepth: 100 });
      db.close();
      return inputs.length;
    }),
};
export type BenchPage = typeof bench;
Object.assign(window, { bench });
