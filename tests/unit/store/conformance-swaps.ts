// The rules of src/store/swaps.ts, checked on whatever backend is given.
import type { Db } from '../../../src/store/port.ts';
import { addSwap, allSwaps, openSwaps, swapAt, swapOf, updateSwap } from '../../../src/store/swaps.ts';
import { sats } from '../../../src/units.ts';
import { fails, same } from './assert.ts';

type WithDb = (title: string, body: (db: Db) => Promise<void>) => void;

const swap = (hash: string, second: number) => ({
  hash,
  second,
  backend: 'boltz' as const,
  service: 'http://127.0.0.1:1008/v2',
  status: 'created' as const,
  actionId: `loop_out.${hash}`,
  address: 'bcrt1q',
  amount: sats(50_000),
  lockup: sats(50_400),
  invoiceAmount: sats(51_500),
  createdAt: second * 1000,
});

export function swapConformance(withDb: WithDb): void {
  withDb('swaps: a hash is used once, and no two share a second', async (db) => {
    const write = <T>(body: Parameters<typeof db.write<T>>[1]) => db.write(['swaps'], body);
    await write((tx) => addSwap(tx, swap('a', 5)));
    await fails(
      write((tx) => addSwap(tx, swap('a', 6))),
      'STORE_CONFLICT',
    );
    same((await db.read(['swaps'], (tx) => swapAt(tx, 5)))?.hash, 'a');
    same(await db.read(['swaps'], (tx) => swapAt(tx, 6)), undefined);
  });

  withDb('swaps: what is over is not open any more, and stays', async (db) => {
    const write = <T>(body: Parameters<typeof db.write<T>>[1]) => db.write(['swaps'], body);
    await write(async (tx) => {
      await addSwap(tx, swap('b', 2));
      await addSwap(tx, swap('a', 1));
    });
    same((await db.read(['swaps'], openSwaps)).length, 2);
    await write((tx) => updateSwap(tx, 'a', { status: 'done', received: sats(50_001) }, 9_000));
    same(
      (await db.read(['swaps'], openSwaps)).map((row) => row.hash),
      ['b'],
    );
    same(
      (await db.read(['swaps'], allSwaps)).map((row) => row.hash),
      ['a', 'b'],
    );
    const done = await db.read(['swaps'], (tx) => swapOf(tx, 'a'));
    same([done?.received, done?.updatedAt, done?.open], [sats(50_001), 9_000, undefined]);
    await fails(
      write((tx) => updateSwap(tx, 'none', {}, 1)),
      'INTERNAL',
    );
  });
}
