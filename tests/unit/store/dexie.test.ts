import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';
import { describe, expect, test } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import { migrations, tablesAt } from '../../../src/store/schema.ts';
import { fails } from './assert.ts';
import { storeConformance } from './conformance.ts';

const environment = () => ({ indexedDB: new IDBFactory(), IDBKeyRange });

describe('store conformance on fake-indexeddb', () => {
  storeConformance(
    { test },
    {
      fresh: async () => {
        const env = environment();
        return { db: await openDexie('wallet', env), reopen: () => openDexie('wallet', env) };
      },
    },
  );
});

describe('the Dexie backend', () => {
  test('a database of a newer version is not touched', async () => {
    const env = environment();
    const newer = new Dexie('wallet', env);
    newer.version(99).stores({ meta: 'name', unheard: 'id' });
    await newer.open();
    await newer.table('meta').put({ name: 'a', value: 1 });
    newer.close();
    await fails(openDexie('wallet', env), 'STORE_FROM_THE_FUTURE');
    const databases = await env.indexedDB.databases();
    expect(databases).toEqual([{ name: 'wallet', version: 990 }]);
  });

  test('an upgrade by another context closes us at once, and we say so', async () => {
    const env = environment();
    const db = await openDexie('wallet', env);
    const newer = new Dexie('wallet', env);
    newer.version(99).stores({ meta: 'name' });
    await newer.open();
    await fails(
      db.read(['meta'], (tx) => tx.count('meta')),
      'STORE_BUSY',
    );
    newer.close();
  });

  test('an upgrade that another context blocks is reported, not waited for', async () => {
    const env = environment();
    const old = env.indexedDB.open('wallet', 1);
    await new Promise((r) => (old.onsuccess = r));
    await fails(openDexie('wallet', env), 'STORE_BUSY'); // the old connection never closes
    old.result.close();
  });

  test('two connections to one database hear each other', async () => {
    const env = environment();
    const [a, b] = [await openDexie('wallet', env), await openDexie('wallet', env)];
    let heard = 0;
    b.watch(['meta'], () => heard++);
    await a.write(['meta'], (tx) => tx.put('meta', { name: 'x', value: 1 }));
    expect(heard).toBeGreaterThan(0);
    a.close();
    b.close();
  });

  test('migrations are numbered upwards and every table has a key', () => {
    const numbers = migrations.map((m) => m.version);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    for (const spec of Object.values(tablesAt())) expect(spec.key).not.toBe('');
  });
});
