import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { openSqlite } from '../../../cli/store-sqlite.ts';
import type { WriteTx } from '../../../src/store/port.ts';
import { fails } from '../store/assert.ts';
import { storeConformance } from '../store/conformance.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-sqlite-'));
let files = 0;
const newFile = () => join(folder, `${files++}.sqlite`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('store conformance on SQLite', () => {
  storeConformance(
    { test },
    {
      fresh: async () => {
        const path = newFile();
        return { db: openSqlite(path), reopen: async () => openSqlite(path) };
      },
    },
  );
});

describe('the SQLite backend', () => {
  test('a database of a newer version is refused and left alone', () => {
    const path = newFile();
    openSqlite(path).close();
    const sql = new DatabaseSync(path);
    sql.exec('PRAGMA user_version = 99');
    sql.close();
    expect(() => openSqlite(path)).toThrow('STORE_FROM_THE_FUTURE');
  });

  test('the journal is a write-ahead log', () => {
    const path = newFile();
    const db = openSqlite(path);
    const sql = new DatabaseSync(path);
    expect(sql.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    sql.close();
    db.close();
  });

  test('a body that strays from its tables, or writes while reading, is stopped and undone', async () => {
    const db = openSqlite(newFile());
    await fails(
      db.write(['meta'], (tx) => tx.put('settings', { name: 'a', value: 1 })),
      'INTERNAL',
    );
    await fails(
      db.read(['meta'], (tx) => (tx as WriteTx).put('meta', { name: 'a' })),
      'INTERNAL',
    );
    db.close();
  });

  test('another process sees a commit as soon as it is there', async () => {
    const path = newFile();
    const [a, b] = [openSqlite(path), openSqlite(path)];
    await a.write(['meta'], (tx) => tx.put('meta', { name: 'n', value: 7n }));
    expect(await b.read(['meta'], (tx) => tx.get('meta', 'n'))).toEqual({ name: 'n', value: 7n });
    a.close();
    b.close();
  });
});
