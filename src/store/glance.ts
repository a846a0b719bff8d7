// A first look into the database, read-only and without Dexie: the popup paints what is there before it loads the
// hundred kilobytes that writing and watching need. Same rows, same `ReadTx`, so every repository works on it.
// It never creates or upgrades anything: a database that is missing or of another version is left to dexie.ts.
import type { Db, Key, Range, ReadTx } from './port.ts';
import { SCHEMA_VERSION, scopeOf } from './schema.ts';

export type Glance = Pick<Db, 'read' | 'close'>;

/** Dexie keeps its version numbers tenfold. */
const NATIVE_VERSION = SCHEMA_VERSION * 10;

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
  });

/** Row by row from the end; `getAll` knows no direction. */
const backwards = (
  source: IDBObjectStore | IDBIndex,
  keys: IDBKeyRange | undefined,
  limit: number,
): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    const rows: unknown[] = [];
    const request = source.openCursor(keys, 'prev');
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor || rows.length >= limit) return resolve(rows);
      rows.push(cursor.value);
      cursor.continue();
    };
  });

function keysOf(keyRange: typeof IDBKeyRange, { equals, from, to }: Range): IDBKeyRange | undefined {
  if (equals !== undefined) return keyRange.only(equals);
  if (from !== undefined && to !== undefined) return keyRange.bound(from, to);
  if (from !== undefined) return keyRange.lowerBound(from);
  return to === undefined ? undefined : keyRange.upperBound(to);
}

function view(tx: IDBTransaction, keyRange: typeof IDBKeyRange, compare: IDBFactory['cmp']): ReadTx {
  const source = (table: string, index?: string): IDBObjectStore | IDBIndex =>
    index === undefined ? tx.objectStore(table) : tx.objectStore(table).index(index);
  async function query(table: string, index?: string, range: Range = {}): Promise<unknown[]> {
    const { anyOf, reverse = false, limit } = range;
    const from = source(table, index);
    if (anyOf) {
      const rows: unknown[] = [];
      for (const key of [...new Set<Key>(anyOf)].sort(compare))
        rows.push(...(await answer(from.getAll(key))));
      return (reverse ? rows.reverse() : rows).slice(0, limit);
    }
    const keys = keysOf(keyRange, range);
    return reverse ? backwards(from, keys, limit ?? Infinity) : answer(from.getAll(keys, limit));
  }
  return {
    get: (table, key) => answer(tx.objectStore(table).get(key)),
    query: query as ReadTx['query'],
    count: async (table, index, range) => (await query(table, index, range)).length,
  };
}

/** The database `name` as it stands, or undefined when it has to be made, upgraded or refused first. */
export async function glance(
  name: string,
  factory: IDBFactory = globalThis.indexedDB,
  keyRange: typeof IDBKeyRange = globalThis.IDBKeyRange,
): Promise<Glance | undefined> {
  const opening = factory.open(name);
  opening.onupgradeneeded = () => opening.transaction?.abort();
  const db = await answer(opening).catch(() => undefined);
  if (!db) return undefined;
  db.onversionchange = () => db.close();
  if (db.version !== NATIVE_VERSION) {
    db.close();
    return undefined;
  }
  return {
    read: async (tables, body) =>
      body(view(db.transaction(scopeOf(tables), 'readonly'), keyRange, factory.cmp.bind(factory))),
    close: () => db.close(),
  };
}
