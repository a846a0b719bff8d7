// What the wallet has written down, read from its database by a page of the extension that loads no script: so that a
// case can say "nothing moved" and mean it.
import type { Bench } from './bench.ts';
import { equal } from './bench.ts';

export interface Books {
  /** `id state holder` of every coin there ever was. */
  coins: string[];
  /** But for invoices of ours that wait for somebody to pay them. */
  actions: number;
  movements: number;
  paid: number;
}

export async function readBooks({ driver }: Bench): Promise<Books> {
  const page = await driver.context.newPage();
  try {
    await page.goto(`${driver.root}/icon/16.png`);
    return await page.evaluate(async () => {
      type Row = { id: string; state: string; holder?: string };
      const ended = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error ?? new Error('unreadable'));
        });
      const db = await ended(indexedDB.open('skiff'));
      const tx = db.transaction(['coins', 'actions', 'movements', 'paidInvoices']);
      const [coins, actions, movements, paid] = await Promise.all([
        ended<Row[]>(tx.objectStore('coins').getAll()),
        ended<Row[]>(tx.objectStore('actions').getAll()),
        ended(tx.objectStore('movements').count()),
        ended(tx.objectStore('paidInvoices').count()),
      ]);
      db.close();
      return {
        coins: coins.map((c) => `${c.id} ${c.state} ${c.holder ?? ''}`).sort(),
        actions: actions.filter(({ id }) => !id.startsWith('ln_recv.')).length,
        movements,
        paid,
      };
    });
  } finally {
    await page.close();
  }
}

/** Runs `work`. @throws Error when a coin, an action or a line of the history is not as before */
export async function nothingMoves<T>(bench: Bench, work: () => Promise<T>): Promise<T> {
  const before = await readBooks(bench);
  const result = await work();
  equal(await readBooks(bench), before, 'the books');
  return result;
}
