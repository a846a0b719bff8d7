// The SQLite backend of the store port, on node:sqlite: what the cli uses where the extension has IndexedDB. It passes
// the same conformance suite. Rows are v8-serialised blobs (bigint and bytes survive), indexed fields are side columns.
// Durability: WAL with synchronous=FULL, so that a resolved write is on disk before the next network call.
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';
import { SkiffError, isSkiffError } from '../src/errors.ts';
import type { Db, Key, Range, WriteTx } from '../src/store/port.ts';
import { migrations, scopeOf } from '../src/store/schema.ts';
import type { Migration, TableSpec } from '../src/store/schema.ts';

type AnyRow = Record<string, unknown>;

const SQLITE_CONSTRAINT = 19;

function translate(e: unknown): unknown {
  if (isSkiffError(e) || (e as { code?: unknown } | null)?.code !== 'ERR_SQLITE_ERROR') return e;
  if (((e as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_CONSTRAINT) {
    return new SkiffError({
      code: 'STORE_CONFLICT',
      say: 'A record with the same key exists already.',
      cause: e,
    });
  }
  return new SkiffError({
    code: 'STORE_FAILED',
    say: 'The wallet data could not be read or written. Check the disk and its free space; nothing was changed.',
    retry: 'later',
    details: { reason: (e as Error).message },
    cause: e,
  });
}

const closed = (): SkiffError =>
  new SkiffError({ code: 'STORE_BUSY', say: 'The wallet data is closed.', retry: 'later' });

// Names of tables and fields come from the schema of the program, never from input.
const tableName = (table: string): string => `"t_${table}"`;
const columnName = (field: string): string => `"i_${field}"`;

function createTable(sql: DatabaseSync, table: string, spec: TableSpec): void {
  const key = spec.auto ? 'key INTEGER PRIMARY KEY AUTOINCREMENT' : 'key PRIMARY KEY NOT NULL';
  const columns = spec.indexes.map((i) => `, ${columnName(i.field)}`).join('');
  sql.exec(`CREATE TABLE ${tableName(table)} (${key}, row BLOB NOT NULL${columns})`);
  for (const { field, unique } of spec.indexes) {
    const column = columnName(field);
    sql.exec(
      `CREATE ${unique ? 'UNIQUE ' : ''}INDEX "x_${table}_${field}" ON ${tableName(table)} ` +
        `(${unique ? column : `${column}, key`}) WHERE ${column} IS NOT NULL`,
    );
  }
}

function migrate(sql: DatabaseSync, steps: readonly Migration[]): void {
  const newest = Math.max(...steps.map(({ version }) => version));
  const found = Number((sql.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);
  if (found > newest) {
    throw new SkiffError({
      code: 'STORE_FROM_THE_FUTURE',
      say: 'This wallet was last used by a newer Skiff. Update Skiff to open it; your money is safe.',
      details: { found, known: newest },
    });
  }
  sql.exec('BEGIN IMMEDIATE');
  const there = (table: string): boolean =>
    sql.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(`t_${table}`) !==
    undefined;
  // What is missing of older versions is made, too: numbers have come in between when a higher one was there already.
  for (const step of found < newest ? steps : []) {
    for (const [table, spec] of Object.entries(step.tables)) {
      const old = there(table);
      if (old && step.version <= found) continue;
      const rows = old
        ? (sql.prepare(`SELECT row FROM ${tableName(table)}`).all() as Array<{ row: Uint8Array }>)
        : [];
      if (old) sql.exec(`DROP TABLE ${tableName(table)}`);
      createTable(sql, table, spec);
      for (const { row } of rows) putRow(sql, table, spec, deserialize(row) as AnyRow, 'put');
    }
  }
  sql.exec(`PRAGMA user_version = ${newest}; COMMIT`);
}

function putRow(sql: DatabaseSync, table: string, spec: TableSpec, given: AnyRow, mode: 'add' | 'put'): Key {
  const row = { ...given };
  const indexed = spec.indexes.map((i) => (row[i.field] ?? null) as SQLInputValue);
  const columns = spec.indexes.map((i) => columnName(i.field));
  const insert = (key: SQLInputValue, blob: Uint8Array) =>
    sql
      .prepare(
        `INSERT INTO ${tableName(table)} (${['key', 'row', ...columns].join(', ')}) ` +
          `VALUES (${['key', 'row', ...columns].map(() => '?').join(', ')})` +
          (mode === 'add'
            ? ''
            : ` ON CONFLICT(key) DO UPDATE SET ${['row', ...columns].map((c) => `${c} = excluded.${c}`).join(', ')}`),
      )
      .run(key, blob, ...indexed);
  const key = row[spec.key] as Key | undefined;
  if (key !== undefined) {
    insert(key, serialize(row));
    return key;
  }
  if (!spec.auto) throw new SkiffError({ code: 'INTERNAL', say: 'A record has no key.', details: { table } });
  const made = Number(insert(null, new Uint8Array()).lastInsertRowid);
  sql
    .prepare(`UPDATE ${tableName(table)} SET row = ? WHERE key = ?`)
    .run(serialize({ ...row, [spec.key]: made }), made);
  return made;
}

function where(column: string, range: Range): { text: string; values: SQLInputValue[] } {
  const { equals, anyOf, from, to } = range;
  if (equals !== undefined) return { text: `${column} = ?`, values: [equals] };
  if (anyOf !== undefined)
    return { text: `${column} IN (${anyOf.map(() => '?').join(', ')})`, values: [...anyOf] };
  const text = [`${column} IS NOT NULL`];
  const values: SQLInputValue[] = [];
  if (from !== undefined) {
    text.push(`${column} >= ?`);
    values.push(from);
  }
  if (to !== undefined) {
    text.push(`${column} <= ?`);
    values.push(to);
  }
  return { text: text.join(' AND '), values };
}

function view(
  sql: DatabaseSync,
  tables: readonly string[],
  specs: Record<string, TableSpec>,
  touched?: Set<string>,
): WriteTx {
  const scope = scopeOf(tables);
  const specOf = (table: string, writes: boolean): TableSpec => {
    const spec = scope.includes(table) ? specs[table] : undefined;
    if (spec === undefined || (writes && !touched)) {
      throw new SkiffError({ code: 'INTERNAL', say: 'A transaction left its tables.', details: { table } });
    }
    if (writes) touched?.add(table);
    return spec;
  };
  const select = (table: string, what: string, index: string | undefined, range: Range = {}) => {
    specOf(table, false);
    const column = index === undefined ? 'key' : columnName(index);
    const { text, values } = where(column, range);
    const direction = range.reverse ? 'DESC' : 'ASC';
    const limit = range.limit === undefined ? '' : ` LIMIT ${Math.trunc(range.limit)}`;
    return sql
      .prepare(
        `SELECT ${what} FROM ${tableName(table)} WHERE ${text} ORDER BY ${column} ${direction}, key ${direction}${limit}`,
      )
      .all(...values) as Array<Record<string, unknown>>;
  };
  const put = (table: string, row: unknown, mode: 'add' | 'put'): Key => {
    const spec = specOf(table, true);
    try {
      return putRow(sql, table, spec, row as AnyRow, mode);
    } catch (e) {
      throw translate(e);
    }
  };
  return {
    get: async <Row>(table: string, key: Key) => {
      specOf(table, false);
      const found = sql.prepare(`SELECT row FROM ${tableName(table)} WHERE key = ?`).get(key);
      return found && (deserialize(found.row as Uint8Array) as Row);
    },
    query: async <Row>(table: string, index?: string, range?: Range) =>
      select(table, 'row', index, range).map((r) => deserialize(r.row as Uint8Array) as Row),
    count: async (table, index, range) => select(table, 'key', index, range).length,
    add: async (table, row) => put(table, row, 'add'),
    put: async (table, row) => void put(table, row, 'put'),
    delete: async (table, key) => {
      specOf(table, true);
      sql.prepare(`DELETE FROM ${tableName(table)} WHERE key = ?`).run(key);
    },
  };
}

/**
 * Opens (and creates or migrates) the wallet's database file; `':memory:'` for one that vanishes.
 * @throws SkiffError STORE_FROM_THE_FUTURE or STORE_FAILED.
 */
export function openSqlite(path: string, steps: readonly Migration[] = migrations): Db {
  let sql: DatabaseSync;
  try {
    sql = new DatabaseSync(path);
    sql.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000');
    migrate(sql, steps);
  } catch (e) {
    throw translate(e);
  }
  const specs: Record<string, TableSpec> = Object.assign({}, ...steps.map(({ tables }) => tables));
  const watchers = new Set<{ tables: readonly string[]; changed: () => void }>();
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One transaction at a time on the one connection. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(() => {
      if (isClosed) throw closed();
      return work();
    });
    last = turn.catch(() => undefined);
    return turn;
  };

  const run = async <T>(begin: string, work: () => Promise<T>): Promise<T> => {
    try {
      sql.exec(begin);
      const result = await work();
      if (isClosed) throw closed();
      sql.exec('COMMIT');
      return result;
    } catch (e) {
      if (!isClosed && sql.isTransaction) sql.exec('ROLLBACK');
      throw translate(e);
    }
  };

  return {
    read: (tables, body) => inTurn(() => run('BEGIN', () => body(view(sql, tables, specs)))),
    write: (tables, body) =>
      inTurn(async () => {
        const touched = new Set<string>();
        const result = await run('BEGIN IMMEDIATE', () => body(view(sql, tables, specs, touched)));
        for (const w of watchers) if (w.tables.some((t) => touched.has(t))) w.changed();
        return result;
      }),
    watch: (tables, changed) => {
      const watcher = { tables, changed };
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      sql.close();
    },
  };
}
