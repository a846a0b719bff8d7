// What every backend of the store port must do. Runs on fake-indexeddb, on SQLite and on IndexedDB in Chromium, so it
// takes its test functions as an argument and throws plain errors.
import type { Db, WriteTx } from '../../../src/store/port.ts';
import { fails, same } from './assert.ts';
import { coinConformance } from './conformance-coins.ts';
import { invoiceConformance } from './conformance-invoices.ts';
import { mailboxConformance } from './conformance-mailbox.ts';
import { swapConformance } from './conformance-swaps.ts';
import { repositoryConformance } from './conformance-repositories.ts';

export interface TestApi {
  test(title: string, body: () => Promise<void>): void;
}

export interface OpenDb {
  /** A new, empty database. */
  fresh(): Promise<{ db: Db; reopen(): Promise<Db> }>;
}

const site = (id: string, topOrigin: string) => ({ id, topOrigin, frameOrigin: topOrigin });

export function storeConformance({ test }: TestApi, open: OpenDb): void {
  const withDb = (title: string, body: (db: Db, reopen: () => Promise<Db>) => Promise<void>) =>
    test(title, async () => {
      const { db, reopen } = await open.fresh();
      try {
        await body(db, reopen);
      } finally {
        db.close();
      }
    });

  withDb('a row comes back as it was put: bigint, bytes, nested values', async (db) => {
    const row = {
      name: 'a',
      value: { big: 2n ** 63n, bytes: new Uint8Array([1, 2, 255]), deep: [{ x: null }] },
    };
    await db.write(['meta'], (tx) => tx.put('meta', row));
    const got = await db.read(['meta'], (tx) => tx.get<typeof row>('meta', 'a'));
    same(got, row);
    same(got?.value.bytes instanceof Uint8Array, true);
    same(await db.read(['meta'], (tx) => tx.get('meta', 'b')), undefined);
  });

  withDb('put replaces, delete removes, deleting nothing is fine', async (db) => {
    await db.write(['meta'], async (tx) => {
      await tx.put('meta', { name: 'a', value: 1 });
      await tx.put('meta', { name: 'a', value: 2 });
      await tx.delete('meta', 'never was');
    });
    same(await db.read(['meta'], (tx) => tx.get('meta', 'a')), { name: 'a', value: 2 });
    await db.write(['meta'], (tx) => tx.delete('meta', 'a'));
    same(await db.read(['meta'], (tx) => tx.count('meta')), 0);
  });

  withDb('what is committed is there after the database is opened again', async (db, reopen) => {
    await db.write(['meta', 'sites'], async (tx) => {
      await tx.put('meta', { name: 'a', value: 5n });
      await tx.put('sites', site('s', 'https://a'));
    });
    db.close();
    const again = await reopen();
    same(await again.read(['meta'], (tx) => tx.get('meta', 'a')), { name: 'a', value: 5n });
    same(await again.read(['sites'], (tx) => tx.count('sites')), 1);
    again.close();
  });

  withDb('a write whose body throws leaves nothing, in any table', async (db, reopen) => {
    await db.write(['meta'], (tx) => tx.put('meta', { name: 'kept', value: 1 }));
    const boom = new Error('boom');
    const outcome = await db
      .write(['meta', 'sites', 'movements'], async (tx) => {
        await tx.put('meta', { name: 'kept', value: 2 });
        await tx.put('sites', site('s', 'https://a'));
        await tx.add('movements', { status: 'pending' });
        throw boom;
      })
      .catch((e: unknown) => e);
    same(outcome === boom, true);
    db.close();
    const again = await reopen();
    same(await again.read(['meta'], (tx) => tx.get('meta', 'kept')), { name: 'kept', value: 1 });
    same(await again.read(['sites', 'movements'], (tx) => tx.count('sites')), 0);
    same(await again.read(['sites', 'movements'], (tx) => tx.count('movements')), 0);
    again.close();
  });

  withDb('add refuses a taken key and a taken unique value, and a body may go on after it', async (db) => {
    await db.write(['keys'], (tx) => tx.add('keys', { index: 0, pubkey: 'aa' }));
    await fails(
      db.write(['keys'], (tx) => tx.add('keys', { index: 0, pubkey: 'bb' })),
      'STORE_CONFLICT',
    );
    await fails(
      db.write(['keys'], (tx) => tx.add('keys', { index: 1, pubkey: 'aa' })),
      'STORE_CONFLICT',
    );
    await fails(
      db.write(['keys'], (tx) => tx.put('keys', { index: 1, pubkey: 'aa' })),
      'STORE_CONFLICT',
    );
    await db.write(['keys'], async (tx) => {
      await fails(tx.add('keys', { index: 0, pubkey: 'cc' }), 'STORE_CONFLICT');
      await tx.add('keys', { index: 2, pubkey: 'dd' });
    });
    same(
      (await db.read(['keys'], (tx) => tx.query<{ index: number }>('keys'))).map((r) => r.index),
      [0, 2],
    );
  });

  withDb('a conflict that the body does not catch undoes the whole write', async (db) => {
    await db.write(['keys'], (tx) => tx.add('keys', { index: 0, pubkey: 'aa' }));
    await fails(
      db.write(['keys', 'meta'], async (tx) => {
        await tx.put('meta', { name: 'x', value: 1 });
        await tx.add('keys', { index: 0, pubkey: 'bb' });
      }),
      'STORE_CONFLICT',
    );
    same(await db.read(['meta'], (tx) => tx.count('meta')), 0);
  });

  withDb('an auto key ascends and is not given out again after a delete', async (db) => {
    const add = () => db.write(['movements'], (tx) => tx.add('movements', { status: 'pending' }));
    const first = Number(await add());
    const second = Number(await add());
    same(second, first + 1);
    await db.write(['movements'], (tx) => tx.delete('movements', second));
    same(Number(await add()), second + 1);
    const row = await db.read(['movements'], (tx) => tx.get<{ id: number }>('movements', first));
    same(row?.id, first);
  });

  withDb('rows without a unique field do not collide with one another', async (db) => {
    await db.write(['movements'], async (tx) => {
      await tx.add('movements', { status: 'pending' });
      await tx.add('movements', { status: 'pending' });
      await tx.add('movements', { status: 'pending', actionId: 'a' });
    });
    same(await db.read(['movements'], (tx) => tx.count('movements', 'actionId')), 1);
  });

  const seed = (tx: WriteTx) =>
    Promise.all(
      ['d', 'b', 'a', 'c'].map((id, i) =>
        tx.put('actions', { id, kind: i % 2 ? 'x' : 'y', wakeAt: 40 - i * 10 }),
      ),
    );
  const ids = async (db: Db, index?: string, range?: Parameters<WriteTx['query']>[2]) =>
    (await db.read(['actions'], (tx) => tx.query<{ id: string }>('actions', index, range)))
      .map((r) => r.id)
      .join('');

  withDb('queries by key and by index: order, bounds, reverse, limit', async (db) => {
    await db.write(['actions'], seed);
    await db.write(['actions'], (tx) => tx.put('actions', { id: 'e', kind: 'y' }));
    same(await ids(db), 'abcde');
    same(await ids(db, undefined, { reverse: true, limit: 2 }), 'ed');
    same(await ids(db, undefined, { from: 'b', to: 'd' }), 'bcd');
    same(await ids(db, undefined, { to: 'b', reverse: true }), 'ba');
    same(await ids(db, 'wakeAt'), 'cabd'); // e has no wakeAt and is not in that index
    same(await ids(db, 'wakeAt', { to: 30 }), 'cab');
    same(await ids(db, 'wakeAt', { from: 20 }), 'abd');
    same(await ids(db, 'kind', { equals: 'y' }), 'ade');
    same(await ids(db, 'kind', { equals: 'y', reverse: true }), 'eda');
    same(await ids(db, 'kind', { anyOf: ['y', 'x'], limit: 3 }), 'bca');
    same(await ids(db, undefined, { anyOf: ['e', 'a', 'zz'] }), 'ae');
    same(await ids(db, 'kind', { equals: 'none' }), '');
    same(await db.read(['actions'], (tx) => tx.count('actions', 'kind', { equals: 'x' })), 2);
  });

  withDb('a row leaves an index when it loses the field', async (db) => {
    await db.write(['coins'], (tx) => tx.put('coins', { id: 'c', holder: 'x' }));
    await db.write(['coins'], (tx) => tx.put('coins', { id: 'c', holder: undefined }));
    same(await db.read(['coins'], (tx) => tx.count('coins', 'holder')), 0);
  });

  withDb('a write sees its own rows; concurrent writes come one after the other', async (db) => {
    const grow = () =>
      db.write(['meta'], async (tx) => {
        const row = await tx.get<{ value: number }>('meta', 'n');
        await tx.put('meta', { name: 'n', value: (row?.value ?? 0) + 1 });
        return (await tx.get<{ value: number }>('meta', 'n'))?.value;
      });
    const seen = await Promise.all(Array.from({ length: 20 }, grow));
    same(
      [...seen].sort((a, b) => a! - b!),
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

  withDb('changing a row in hand does not change the stored one', async (db) => {
    const row = { name: 'a', value: { n: 1 } };
    await db.write(['meta'], (tx) => tx.put('meta', row));
    row.value.n = 2;
    same(await db.read(['meta'], (tx) => tx.get('meta', 'a')), { name: 'a', value: { n: 1 } });
  });

  withDb(
    'watch hears commits of its tables only, never of a failed write, until it is stopped',
    async (db) => {
      let heard = 0;
      let heardElse = 0;
      const stop = db.watch(['sites'], () => heard++);
      const stopElse = db.watch(['meta'], () => heardElse++);
      await db.write(['sites'], (tx) => tx.put('sites', site('s', 'https://a')));
      same(heard > 0, true);
      same(heardElse, 0);
      const before = heard;
      await db
        .write(['sites'], async (tx) => {
          await tx.put('sites', site('t', 'https://a'));
          throw new Error('no');
        })
        .catch(() => undefined);
      same(heard, before);
      stop();
      await db.write(['sites'], (tx) => tx.put('sites', site('u', 'https://a')));
      same(heard, before);
      stopElse();
    },
  );

  withDb('a closed database answers STORE_BUSY', async (db) => {
    db.close();
    await fails(
      db.read(['meta'], (tx) => tx.get('meta', 'a')),
      'STORE_BUSY',
    );
  });

  coinConformance(withDb);
  invoiceConformance(withDb);
  mailboxConformance(withDb);
  swapConformance(withDb);
  repositoryConformance(withDb);
}
