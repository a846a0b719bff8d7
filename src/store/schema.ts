// The tables of the wallet's database, as data: both backends (Dexie in the browser, SQLite in the cli) build from it.
// A version that shipped is never edited: a change is a new entry of `migrations` with a higher number.
// Indexed fields are strings or numbers; a row that leaves an indexed field undefined is not in that index, which is
// how unspent outputs stay cheap to read among thousands of spent ones.

interface IndexSpec {
  /** Name of the index and of the field it covers. */
  field: string;
  unique?: boolean;
}

export interface TableSpec {
  /** Field that holds the primary key. */
  key: string;
  /** The backend hands out ascending numbers as keys (never reused). */
  auto?: boolean;
  indexes: readonly IndexSpec[];
  /** A table derived from this one: it is part of every transaction on this one. */
  companion?: string;
}

export interface Migration {
  version: number;
  /** Tables that this version adds or whose indexes it changes (the full new spec). */
  tables: Readonly<Record<string, TableSpec>>;
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    tables: {
      coins: {
        key: 'id',
        indexes: [{ field: 'holder' }, { field: 'unregistered' }],
        companion: 'coinPages',
      },
      coinPages: { key: 'page', indexes: [] },
      coinBodies: { key: 'id', indexes: [] },
      actions: { key: 'id', indexes: [{ field: 'wakeAt' }, { field: 'kind' }] },
      movements: {
        key: 'id',
        auto: true,
        indexes: [{ field: 'actionId', unique: true }, { field: 'status' }],
      },
      paidInvoices: { key: 'hash', indexes: [{ field: 'actionId' }] },
      mailbox: { key: 'id', indexes: [] },
      inbox: { key: 'id', indexes: [{ field: 'wakeAt' }] },
      keys: { key: 'index', indexes: [{ field: 'pubkey', unique: true }] },
      onchain: { key: 'index', indexes: [{ field: 'script', unique: true }] },
      onchainUtxos: { key: 'id', indexes: [{ field: 'live' }, { field: 'holder' }] },
      sites: { key: 'id', indexes: [{ field: 'topOrigin' }] },
      requests: { key: 'id', indexes: [{ field: 'status' }, { field: 'actionId' }] },
      settings: { key: 'name', indexes: [] },
      meta: { key: 'name', indexes: [] },
    },
  },
  { version: 2, tables: { exits: { key: 'id', indexes: [{ field: 'live' }] } } },
  {
    version: 3,
    tables: {
      invoices: { key: 'hash', indexes: [{ field: 'open' }, { field: 'createdAt' }] },
    },
  },
  { version: 4, tables: { rounds: { key: 'unlockHash', indexes: [{ field: 'heardAt' }] } } },
  {
    version: 7,
    tables: {
      anchors: { key: 'txid', indexes: [{ field: 'height' }] },
      onchainTxs: { key: 'txid', indexes: [{ field: 'open' }] },
    },
  },
  { version: 8, tables: { bolt12Payments: { key: 'id', indexes: [{ field: 'open' }] } } },
  { version: 9, tables: { swaps: { key: 'hash', indexes: [{ field: 'open' }, { field: 'second' }] } } },
  { version: 10, tables: { offers: { key: 'id', indexes: [] } } },
];

/** The newest version this build knows. */
export const SCHEMA_VERSION = migrations[migrations.length - 1]!.version;

/** All tables as of `version` (default: newest). */
export function tablesAt(version = SCHEMA_VERSION): Record<string, TableSpec> {
  const all: Record<string, TableSpec> = {};
  for (const step of migrations) if (step.version <= version) Object.assign(all, step.tables);
  return all;
}

const companions = new Map(
  Object.entries(tablesAt()).flatMap(([name, { companion }]) => (companion ? [[name, companion]] : [])),
);

/** The tables of a transaction on `tables`: these and their companions. */
export const scopeOf = (tables: readonly string[]): string[] => [
  ...new Set([...tables, ...tables.flatMap((name) => companions.get(name) ?? [])]),
];
