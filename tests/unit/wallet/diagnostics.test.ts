// The report can be pasted in public: whatever a wallet holds, nothing of it but counts, states and codes comes out.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import type { Db } from '../../../src/store/port.ts';
import { SCHEMA_VERSION, tablesAt } from '../../../src/store/schema.ts';
import { diagnostics } from '../../../src/wallet/diagnostics.ts';
import { fixture, fixtureNames, putIn } from '../store/stored-database.ts';

const NAME = 'skiff';
const NOW = Date.UTC(2026, 10, 21, 12, 30, 59);
const facts = { version: '0.1.0', now: NOW, from: 'cli' } as const;
const report = async (db: Db): Promise<string> => JSON.stringify(await diagnostics(db, facts), undefined, 2);

/** Every text, number, amount and run of bytes in a row, however deep. */
function leaves(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [value];
  return Object.values(value).flatMap(leaves);
}
/** How a leaf might be written. */
function written(leaf: unknown): string[] {
  if (leaf instanceof Uint8Array) {
    const bytes = Buffer.from(leaf);
    return leaf.length < 4 ? [] : [bytes.toString('hex'), bytes.toString('base64')];
  }
  if (typeof leaf === 'bigint' || typeof leaf === 'number') {
    const digits = String(leaf).replace('-', '');
    return digits.length < 4 ? [] : [digits];
  }
  // Words of ours have no digits, nothing of the protocol but its subsystems has a point in it.
  return typeof leaf === 'string' && leaf.length > 3 && /[^A-Za-z-]/.test(leaf) && !/^bark\.\w+$/.test(leaf)
    ? [leaf]
    : [];
}

test.each(fixtureNames())(
  'of a wallet of version %s, in the middle of a payment, it tells no value of any row',
  async (name) => {
    const was = fixture(name);
    const db = await openDexie(NAME, { indexedDB: await putIn(NAME, was), IDBKeyRange });
    const text = await report(db);
    db.close();
    const all = Object.values(was.stores).flatMap(({ rows }) => leaves(rows));
    const secrets = [...new Set(all.flatMap(written))];
    expect(secrets.length).toBeGreaterThan(60);
    const tokens = new Set(text.match(/\d+/g));
    // The report's own numbers: its schema, its date.
    const own = [String(SCHEMA_VERSION), '2026'];
    const told = secrets.filter((s) =>
      /^\d+$/.test(s) ? tokens.has(s) && !own.includes(s) : text.includes(s),
    );
    expect(told).toEqual([]);
    expect(JSON.parse(text)).toMatchObject({
      report: 'skiff diagnostics 1',
      schema: SCHEMA_VERSION,
      made: '2026-11-21T12:30',
      network: 'regtest',
      actions: [{ kind: 'lightning-send', step: 'initiated' }],
      rows: { movements: 3, paidInvoices: 1 },
      history: { 'bark.board board successful': 1, 'bark.lightning_send send successful': 1 },
    });
  },
);

test('of rows that are filled with secrets in every field, words included, it tells none', async () => {
  const db = await openDexie(NAME, { indexedDB: new IDBFactory(), IDBKeyRange });
  const secrets: string[] = [];
  const secret = (): string => {
    const text = `bcrt1q${'x'.repeat(10)}${secrets.length}secret`;
    secrets.push(text);
    return text;
  };
  const PLACES = 'status state kind step name code say method network backend policyType purpose'.split(' ');
  for (const [table, spec] of Object.entries(tablesAt())) {
    const row: Record<string, unknown> = Object.fromEntries(PLACES.map((place) => [place, secret()]));
    row['subsystem'] = { name: secret(), kind: secret() };
    row['metadata'] = { failure: { code: secret(), say: secret() }, [secret()]: secret() };
    row['state'] = table === 'actions' ? { step: secret(), [secret()]: secret() } : secret();
    row['lastError'] = row['failure'] = row['error'] = { code: secret(), say: secret() };
    row['createdAt'] = row['expiryHeight'] = row['exitDepth'] = 1;
    row['value'] = secret();
    for (const { field } of spec.indexes) row[field] ??= secret();
    if (!spec.auto && !(table === 'meta' || table === 'settings')) row[spec.key] = secret();
    await db.write([table], (tx) => tx.put(table, row));
  }
  const names = ['wallet', 'recovery', 'unlockTries', 'vault'];
  await db.write(['meta'], async (tx) => {
    for (const name of names) {
      const value = { network: secret(), state: secret(), failed: secret(), fingerprint: secret() };
      await tx.put('meta', { name, value });
    }
  });
  const text = await report(db);
  db.close();
  expect(secrets.filter((s) => text.includes(s))).toEqual([]);
  expect(text).not.toContain('secret');
  expect(text).toContain('other');
});

test('of an empty database it is made, too', async () => {
  const db = await openDexie(NAME, { indexedDB: new IDBFactory(), IDBKeyRange });
  expect(await diagnostics(db, facts)).toMatchObject({ wrongPasswords: 0, coins: {}, actions: [] });
  db.close();
});
