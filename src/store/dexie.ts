// The IndexedDB backend of the store port, through Dexie. Strict durability: a resolved write is on disk.
// A second context that wants to upgrade is never blocked: we close, and later calls say STORE_BUSY until reopened.
import { Dexie, type Collection, type Table, type Transaction } from 'dexie';
import { SkiffError, isSkiffError } from '../errors.ts';
import type { Db, Key, Range, ReadTx, WriteTx } from './port.ts';
import { migrations as ours, scopeOf, type Migration, type TableSpec } from './schema.ts';

export interface DexieOptions {
  /** A fresh in-memory implementation in tests; the global one by default. */
  indexedDB?: IDBFactory;
  IDBKeyRange?: typeof IDBKeyRange;
  /** Another schema than this build's: tests play an older or a newer Skiff. */
  migrations?: readonly Migration[];
  /** The database was taken from us, by an upgrade or because it is deleted: every later call fails with this, too. */
  gone?: (error: SkiffError) => void;
}

const declaration = (spec: TableSpec): string =>
  [
    (spec.auto ? '++' : '') + spec.key,
    ...spec.indexes.map((index) => (index.unique ? '&' : '') + index.field),
  ].join(',');

const busy = (cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'STORE_BUSY',
    say: 'Another Skiff window is using or updating the wallet data. Close it and try again; nothing was changed.',
    retry: 'later',
    cause,
  });

const replaced = (): SkiffError =>
  new SkiffError({
    code: 'STORE_BUSY',
    say: 'Skiff was updated, or the wallet was removed, while this window was open. Close it and open Skiff again.',
    retry: 'later',
  });

const fromTheFuture = (found: number, known: number): SkiffError =>
  new SkiffError({
    code: 'STORE_FROM_THE_FUTURE',
    say: 'This wallet was last used by a newer Skiff. Update Skiff to open it; your money is safe.',
    details: { found, known },
  });

const name = (e: unknown): string => (e instanceof Error ? e.name : '');

function translate(e: unknown): unknown {
  if (isSkiffError(e)) return e;
  const inner = (e as { inner?: unknown } | null)?.inner;
  switch (name(e)) {
    case 'ConstraintError':
      return new SkiffError({
        code: 'STORE_CONFLICT',
        say: 'A record with the same key exists already.',
        cause: e,
      });
    case 'DatabaseClosedError':
      return busy(e);
    case 'VersionError':
      return fromTheFuture(0, 0);
    case 'AbortError':
      if (isSkiffError(inner)) return inner;
      return failed(e);
    case 'QuotaExceededError':
    case 'OpenFailedError':
    case 'UnknownError':
    case 'TimeoutError':
    case 'MissingAPIError':
    case 'InvalidStateError':
      return failed(e);
    default:
      return e;
  }
}

const failed = (cause: unknown): SkiffError =>
  new SkiffError({
    code: 'STORE_FAILED',
    say: 'The browser could not write the wallet data. Check the free disk space; nothing was changed.',
    retry: 'later',
    details: { reason: name(cause) },
    cause,
  });

type AnyRow = Record<string, unknown>;

function select(table: Table<AnyRow, Key>, index = ':id', range: Range = {}): Collection<AnyRow, Key> {
  const where = () => table.where(index);
  const { equals, anyOf, from, to } = range;
  let rows: Collection<AnyRow, Key>;
  if (equals !== undefined) rows = where().equals(equals);
  else if (anyOf !== undefined) rows = where().anyOf([...anyOf]);
  else if (from !== undefined && to !== undefined) rows = where().between(from, to, true, true);
  else if (from !== undefined) rows = where().aboveOrEqual(from);
  else if (to !== undefined) rows = where().belowOrEqual(to);
  else rows = table.orderBy(index);
  if (range.reverse) rows = rows.reverse();
  if (range.limit !== undefined) rows = rows.limit(range.limit);
  return rows;
}

function view(tx: Transaction): WriteTx {
  const table = (t: string) => tx.table<AnyRow, Key>(t);
  return {
    get: async <Row>(t: string, key: Key) => (await table(t).get(key)) as Row | undefined,
    query: async <Row>(t: string, index?: string, range?: Range) =>
      (await select(table(t), index, range).toArray()) as Row[],
    count: async (t, index, range) => await select(table(t), index, range).count(),
    add: async (t, row) => {
      try {
        return await table(t).add({ ...(row as AnyRow) });
      } catch (e) {
        throw translate(e);
      }
    },
    put: async (t, row) => {
      try {
        await table(t).put({ ...(row as AnyRow) });
      } catch (e) {
        throw translate(e);
      }
    },
    delete: async (t, key) => {
      await table(t).delete(key);
    },
  };
}

/**
 * Version of the database that is there, 0 for none. Opened and closed again: that takes a few milliseconds, asking the
 * browser for the list of all databases takes tens of them, which a person waits for at each popup.
 */
const versionThere = (name: string, factory: IDBFactory): Promise<number> =>
  new Promise((resolve) => {
    const opening = factory.open(name);
    opening.onupgradeneeded = () => opening.transaction?.abort(); // there was none, and there shall be none yet
    opening.onerror = (event) => {
      event.preventDefault();
      resolve(0); // whatever is wrong, opening it for good will say so
    };
    opening.onsuccess = () => {
      const { version } = opening.result;
      opening.result.close();
      resolve(version);
    };
  });

/** Dexie would patch the schema of a newer database while opening it, so we look at its version before that. */
async function refuseTheFuture(name: string, known: number, factory?: IDBFactory): Promise<void> {
  if (!factory) return; // opening will say so
  const version = Math.floor((await versionThere(name, factory)) / 10);
  if (version > known) throw fromTheFuture(version, known);
}

/**
 * Opens (and creates or migrates) the database `name`.
 * @throws SkiffError STORE_BUSY, STORE_FROM_THE_FUTURE, STORE_FAILED
 */
export async function openDexie(name: string, options: DexieOptions = {}): Promise<Db> {
  const migrations = options.migrations ?? ours;
  const known = Math.max(...migrations.map(({ version }) => version));
  await refuseTheFuture(name, known, options.indexedDB ?? globalThis.indexedDB);
  const dexie = new Dexie(name, { ...options, chromeTransactionDurability: 'strict', cache: 'disabled' });
  for (const step of migrations)
    dexie
      .version(step.version)
      .stores(Object.fromEntries(Object.entries(step.tables).map(([t, s]) => [t, declaration(s)])));

  let gone: SkiffError | undefined;
  dexie.on('versionchange', () => {
    gone = replaced();
    dexie.close({ disableAutoOpen: true });
    options.gone?.(gone);
    return false; // instead of Dexie's own handler, which would reopen by itself
  });
  await new Promise<void>((resolve, reject) => {
    dexie.on('blocked', () => {
      gone = busy();
      reject(gone);
      return false;
    });
    dexie.open().then(
      () => {
        const found = Math.floor(dexie.backendDB().version / 10);
        if (gone) dexie.close();
        else if (found > known) {
          dexie.close();
          reject(fromTheFuture(found, known));
        } else resolve();
      },
      (e: unknown) => reject(translate(e)),
    );
  });

  const run = async <T>(
    mode: 'r' | 'rw',
    tables: readonly string[],
    body: (tx: WriteTx) => Promise<T>,
  ): Promise<T> => {
    if (gone) throw gone;
    try {
      return await dexie.transaction(mode, scopeOf(tables), (tx) => body(view(tx)));
    } catch (e) {
      throw translate(e);
    }
  };

  return {
    read: (tables, body) => run('r', tables, body as (tx: ReadTx) => ReturnType<typeof body>),
    write: (tables, body) => run('rw', tables, body),
    watch: (tables, changed) => {
      const prefixes = tables.map((t) => `idb://${name}/${t}/`);
      const listener = (parts: object) => {
        if (Object.keys(parts).some((part) => prefixes.some((prefix) => part.startsWith(prefix)))) changed();
      };
      Dexie.on('storagemutated', listener);
      return () => Dexie.on.storagemutated.unsubscribe(listener);
    },
    close: () => {
      gone ??= busy();
      dexie.close({ disableAutoOpen: true });
    },
  };
}

/** Deletes the database for good. Only for tests and for "remove this wallet". @throws SkiffError */
export async function deleteDexie(name: string, options: DexieOptions = {}): Promise<void> {
  await new Dexie(name, options).delete().catch((e: unknown) => {
    throw translate(e);
  });
}
