// Every database that a version of Skiff has ever left behind is opened by this one, with everything in it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterAll, describe, expect, test } from 'vitest';
import { openSqlite } from '../../../cli/store-sqlite.ts';
import { actions } from '../../../src/store/actions.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import { glance } from '../../../src/store/glance.ts';
import { history } from '../../../src/store/movements.ts';
import { paidInvoice } from '../../../src/store/paid-invoices.ts';
import type { Db, ReadTx } from '../../../src/store/port.ts';
import type { CoinRow } from '../../../src/store/rows.ts';
import { migrations, SCHEMA_VERSION, tablesAt, type TableSpec } from '../../../src/store/schema.ts';
import { BALANCE_TABLES, readBalance } from '../../../src/wallet/coins/balance.ts';
import { fails } from './assert.ts';
import { fixture, fixtureNames, putIn, takeOut, type Fixture, type StoredTable } from './stored-database.ts';

const NAME = 'skiff';
const folder = mkdtempSync(join(tmpdir(), 'skiff-migrations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (indexedDB: IDBFactory, steps = migrations): Promise<Db> =>
  openDexie(NAME, { indexedDB, IDBKeyRange, migrations: steps });
const upTo = (version: number) => migrations.filter((step) => step.version <= version);
const shapeOf = ({ key, auto = false, indexes }: TableSpec): Omit<StoredTable, 'rows'> => ({
  key,
  auto,
  indexes: indexes
    .map(({ field, unique = false }) => ({ name: field, field, unique }))
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
});
const shapes = (tables: Record<string, TableSpec>) =>
  Object.fromEntries(Object.entries(tables).map(([name, spec]) => [name, shapeOf(spec)]));
const found = (stores: Record<string, StoredTable>) =>
  Object.fromEntries(
    Object.entries(stores).map(([name, { key, auto, indexes }]) => [name, { key, auto, indexes }]),
  );

/** What a wallet finds in it, through the repositories of today. */
async function reads(db: Db, was: Fixture): Promise<void> {
  const balance = await db.read(BALANCE_TABLES, (tx: ReadTx) => readBalance(tx, Date.now()));
  expect(balance).toMatchObject(was.balance);
  await db.read(['actions', 'movements', 'paidInvoices', 'coins'], async (tx) => {
    expect(await actions(tx)).toMatchObject([
      { kind: 'lightning-send', state: { step: 'initiated', hash: was.held } },
    ]);
    expect((await history(tx, { limit: 10 })).map(({ status }) => status)).toEqual([
      'pending',
      'successful',
      'successful',
    ]);
    const [paid] = was.stores['paidInvoices']!.rows as { hash: string }[];
    expect(await paidInvoice(tx, paid!.hash)).toMatchObject(paid!);
    expect(await paidInvoice(tx, was.held)).toBeUndefined();
    const coins = await tx.query<CoinRow>('coins');
    expect(coins.filter(({ state }) => state === 'locked').length).toBeGreaterThan(0);
  });
  for (const table of Object.keys(tablesAt()))
    expect(await db.read([table], (tx) => tx.count(table))).toBe(was.stores[table]?.rows.length ?? 0);
}

describe.each(fixtureNames())('a database of version %s', (name) => {
  const was = fixture(name);
  const declared = was.version / 10;

  test('is as its version is declared today: a version that shipped is never edited', () => {
    const { rounds, ...others } = shapes(tablesAt(declared));
    // Version 4 came to main after version 7: what was made in between has no rounds.
    expect(found(was.stores)).toEqual(
      name === '7-before-4' ? others : { ...others, ...(rounds && { rounds }) },
    );
  });

  test('is opened with every row as it was, every table and index of today, and read', async () => {
    const factory = await putIn(NAME, was);
    const db = await open(factory);
    await reads(db, was);
    db.close();
    const now = await takeOut(factory, NAME);
    expect(now.version).toBe(SCHEMA_VERSION * 10);
    expect(found(now.stores)).toEqual(shapes(tablesAt()));
    for (const [table, { rows }] of Object.entries(was.stores)) expect(now.stores[table]!.rows).toEqual(rows);
    const seen = await glance(NAME, factory, IDBKeyRange);
    expect(await seen?.read(['movements'], (tx) => tx.count('movements'))).toBe(3);
    seen?.close();
  });

  test('is whole when the upgrade dies in its middle, and is upgraded by the next start', async () => {
    if (declared === SCHEMA_VERSION) return; // nothing to upgrade
    const factory = await putIn(NAME, was);
    // Two coins have the same state, so IndexedDB takes everything of the upgrade back when it comes to this index.
    const broken = {
      version: 11,
      tables: { coins: { key: 'id', indexes: [{ field: 'state', unique: true }] } },
    };
    await expect(open(factory, [...migrations, broken])).rejects.toThrow();
    expect(await takeOut(factory, NAME)).toEqual({ version: was.version, stores: was.stores });
    const db = await open(factory);
    await reads(db, was);
    db.close();
  });

  test('of the cli is opened with every row as it was', async () => {
    const path = join(folder, `${name}.sqlite`);
    const steps = upTo(declared).filter(({ version }) => name !== '7-before-4' || version !== 4);
    const old = openSqlite(path, steps);
    const tables = Object.keys(was.stores);
    await old.write(tables, async (tx) => {
      for (const table of tables) for (const row of was.stores[table]!.rows) await tx.put(table, row);
    });
    old.close();
    const db = openSqlite(path);
    await reads(db, was);
    for (const table of tables)
      expect(await db.read([table], (tx) => tx.query(table))).toEqual(was.stores[table]!.rows);
    db.close();
  });
});

test('there is a stored database of every version that was the newest of its time', () => {
  const newest = [...new Set(fixtureNames().map((name) => fixture(name).version / 10))];
  expect(newest).toEqual([1, 7, 8, 9, 10]);
  // 2, 3 and 4 came to main below 7 and were never the newest; each is opened below all the same.
  expect(migrations.map(({ version }) => version)).toEqual([1, 2, 3, 4, 7, 8, 9, 10]);
});

test.each(migrations.map(({ version }) => version))(
  'from version %i as it is declared, everything is there after the upgrade',
  async (version) => {
    const { stores } = fixture('10');
    const tables = Object.keys(tablesAt(version));
    const factory = new IDBFactory();
    const old = await open(factory, upTo(version));
    await old.write(tables, async (tx) => {
      for (const table of tables) for (const row of stores[table]!.rows) await tx.put(table, row);
    });
    old.close();
    const db = await open(factory);
    for (const table of Object.keys(tablesAt()))
      expect(await db.read([table], (tx) => tx.query(table))).toEqual(
        tables.includes(table) ? stores[table]!.rows : [],
      );
    db.close();
  },
);

describe('a database of the future', () => {
  const newer = [...migrations, { version: 99, tables: { unheard: { key: 'id', indexes: [] } } }];

  test('is refused and not changed by one byte; the newer Skiff opens it again', async () => {
    const was = fixture('10');
    const factory = await putIn(NAME, was);
    const theirs = await open(factory, newer);
    await theirs.write(['meta'], (tx) => tx.put('meta', { name: 'unheard', value: 1n }));
    theirs.close();
    const before = await takeOut(factory, NAME);
    for (let i = 0; i < 3; i++) {
      await fails(open(factory), 'STORE_FROM_THE_FUTURE');
      expect(await glance(NAME, factory, IDBKeyRange)).toBeUndefined();
    }
    expect(await takeOut(factory, NAME)).toEqual(before);
    const again = await open(factory, newer);
    expect(await again.read(['meta'], (tx) => tx.get('meta', 'unheard'))).toMatchObject({ value: 1n });
    again.close();
  });

  test('that comes while ours is open takes it from us: we let go, say so, and write nothing more', async () => {
    const factory = await putIn(NAME, fixture('10'));
    const told: string[] = [];
    const ours = await openDexie(NAME, {
      indexedDB: factory,
      IDBKeyRange,
      gone: (e) => void told.push(`${e.code} ${e.say}`),
    });
    const theirs = await open(factory, newer);
    expect(told).toEqual([expect.stringMatching(/^STORE_BUSY Skiff was updated/)]);
    await fails(
      ours.write(['meta'], (tx) => tx.put('meta', { name: 'late', value: 1 })),
      'STORE_BUSY',
    );
    expect(await theirs.read(['meta'], (tx) => tx.get('meta', 'late'))).toBeUndefined();
    theirs.close();
  });
});
