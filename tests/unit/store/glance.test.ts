// The glance reads what Dexie wrote, by the same suite, and touches nothing that is not of its version.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';
import { describe, expect, test } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import { glance } from '../../../src/store/glance.ts';
import type { Db } from '../../../src/store/port.ts';
import { storeConformance } from './conformance.ts';

const NAME = 'wallet';

/** Written through Dexie, read through a glance as long as there is one to be had. */
async function glancing(env: { indexedDB: IDBFactory; IDBKeyRange: typeof IDBKeyRange }): Promise<Db> {
  const db = await openDexie(NAME, env);
  let seen = await glance(NAME, env.indexedDB, env.IDBKeyRange);
  return {
    ...db,
    read: (tables, body) => (seen ?? db).read(tables, body),
    close: () => {
      seen?.close();
      seen = undefined;
      db.close();
    },
  };
}

describe('store conformance of reads through a glance', () => {
  storeConformance(
    { test },
    {
      fresh: async () => {
        const env = { indexedDB: new IDBFactory(), IDBKeyRange };
        return { db: await glancing(env), reopen: () => glancing(env) };
      },
    },
  );
});

describe('a glance', () => {
  test('makes no database where there is none', async () => {
    const factory = new IDBFactory();
    expect(await glance(NAME, factory, IDBKeyRange)).toBeUndefined();
    expect(await factory.databases()).toEqual([]);
  });

  test.each([
    ['older', 0.1],
    ['newer', 99],
  ])('leaves a database of an %s version alone', async (_name, version) => {
    const env = { indexedDB: new IDBFactory(), IDBKeyRange };
    const other = new Dexie(NAME, env);
    other.version(version).stores({ meta: 'name' });
    await other.open();
    other.close();
    expect(await glance(NAME, env.indexedDB, IDBKeyRange)).toBeUndefined();
    expect(await env.indexedDB.databases()).toEqual([{ name: NAME, version: version * 10 }]);
  });

  test('makes room for an upgrade by another context', async () => {
    const env = { indexedDB: new IDBFactory(), IDBKeyRange };
    (await openDexie(NAME, env)).close();
    await glance(NAME, env.indexedDB, IDBKeyRange);
    const newer = new Dexie(NAME, env);
    newer.version(99).stores({ meta: 'name' });
    await newer.open();
    expect(newer.verno).toBe(99);
    newer.close();
  });
});
