// A database as it lies in the browser, below Dexie: taken out whole, put in whole. What older versions of Skiff left
// behind is kept as such in tests/fixtures/stored-databases: written by the code of that time, a payment under way in it.
import { readdirSync, readFileSync } from 'node:fs';
import { IDBFactory } from 'fake-indexeddb';

export interface StoredTable {
  key: string;
  auto: boolean;
  indexes: { name: string; field: string; unique: boolean }[];
  rows: unknown[];
}

export interface StoredDatabase {
  /** As IndexedDB counts: ten times Dexie's. */
  version: number;
  stores: Record<string, StoredTable>;
}

/** One of tests/fixtures/stored-databases. */
export interface Fixture extends StoredDatabase {
  /** What the wallet of that time showed. */
  balance: { spendable: bigint; pendingLightningSend: bigint; total: bigint };
  /** Hash of the invoice whose payment is under way. */
  held: string;
}

const folder = new URL('../../fixtures/stored-databases/', import.meta.url);
const revive = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if ('$bigint' in value) return BigInt(value.$bigint as string);
  return '$bytes' in value ? new Uint8Array(Buffer.from(value.$bytes as string, 'base64')) : value;
};

/** Names of the fixtures, oldest first. */
export const fixtureNames = (): string[] =>
  readdirSync(folder)
    .map((file) => file.replace('.json', ''))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
export const fixture = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'), revive) as Fixture;

const ended = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
  });

/** The database of this name, byte by byte as rows. No connection stays open. */
export async function takeOut(factory: IDBFactory, name: string): Promise<StoredDatabase> {
  const db = await ended(factory.open(name));
  const stores: Record<string, StoredTable> = {};
  for (const table of db.objectStoreNames) {
    const store = db.transaction(table).objectStore(table);
    stores[table] = {
      key: store.keyPath as string,
      auto: store.autoIncrement,
      indexes: [...store.indexNames].map((index) => {
        const { keyPath, unique } = store.index(index);
        return { name: index, field: keyPath as string, unique };
      }),
      rows: await ended(store.getAll()),
    };
  }
  const { version } = db;
  db.close();
  return { version, stores };
}

/** A browser that holds this database. */
export async function putIn(name: string, { version, stores }: StoredDatabase): Promise<IDBFactory> {
  const factory = new IDBFactory();
  const opening = factory.open(name, version);
  opening.onupgradeneeded = () => {
    for (const [table, { key, auto, indexes, rows }] of Object.entries(stores)) {
      const store = opening.result.createObjectStore(table, { keyPath: key, autoIncrement: auto });
      for (const index of indexes) store.createIndex(index.name, index.field, { unique: index.unique });
      for (const row of rows) store.put(row);
    }
  };
  (await ended(opening)).close();
  return factory;
}
