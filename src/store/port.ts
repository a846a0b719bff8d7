// The storage port: tables of plain rows, read and written in transactions. Two backends pass one conformance suite:
// IndexedDB through Dexie (extension) and SQLite through node:sqlite (cli). Repositories are written once, on `Tx`.
// Rows are structured-cloneable values; bigint and Uint8Array may be fields, but keys and indexed fields are
// strings or numbers (IndexedDB cannot index bigint), and compound keys are strings.

export type Key = string | number;

export interface Range {
  /** Exact value of the indexed field. */
  equals?: Key;
  anyOf?: readonly Key[];
  /** Inclusive bounds. */
  from?: Key;
  to?: Key;
  reverse?: boolean;
  limit?: number;
}

/** A read-only view inside one transaction. Nothing but awaited calls on it may happen inside the transaction. */
export interface ReadTx {
  get<Row>(table: string, key: Key): Promise<Row | undefined>;
  /** Rows in order of the index (default: primary key). Rows that lack the indexed field are not in the index. */
  query<Row>(table: string, index?: string, range?: Range): Promise<Row[]>;
  count(table: string, index?: string, range?: Range): Promise<number>;
}

export interface WriteTx extends ReadTx {
  /**
   * Inserts and resolves with the key (handed out when the table is `auto` and the row has none).
   * Rejects with SkiffError STORE_CONFLICT when the key or a unique index is taken; if the body catches that, the
   * transaction goes on as if the call had not been made.
   */
  add<Row>(table: string, row: Row): Promise<Key>;
  /** Inserts or replaces by key. Rejects with STORE_CONFLICT when a unique index belongs to another row. */
  put<Row>(table: string, row: Row): Promise<void>;
  /** Removes; no such key is fine. */
  delete(table: string, key: Key): Promise<void>;
}

/**
 * Errors of all calls: STORE_BUSY (another context holds or upgrades the database: try again), STORE_FROM_THE_FUTURE
 * (a newer Skiff wrote it), STORE_FAILED (disk full, input/output). What a body throws comes out unchanged.
 */
export interface Db {
  read<T>(tables: readonly string[], body: (tx: ReadTx) => Promise<T>): Promise<T>;
  /**
   * One atomic, strictly durable read-write transaction: when the promise resolves everything is on disk,
   * when it rejects nothing is. `body` must not await anything but `tx` (IndexedDB would commit early).
   */
  write<T>(tables: readonly string[], body: (tx: WriteTx) => Promise<T>): Promise<T>;
  /** Calls back after commits that touched one of the tables, from any context. Returns the unsubscriber. */
  watch(tables: readonly string[], changed: () => void): () => void;
  close(): void;
}
