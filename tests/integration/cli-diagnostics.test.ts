// `diagnostics`, as a process: a report over a folder with a payment under way, from which nobody learns whose it is.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openSqlite } from '../../cli/store-sqlite.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { phraseToSeed } from '../../src/vault/phrase.ts';
import { createWallet } from '../../src/wallet/create.ts';
import { keyRing } from '../../src/wallet/key-ring.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';
import { fixture } from '../unit/store/stored-database.ts';

const WORDS = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const NOWHERE = 'http://127.0.0.1:9/';
const datadir = mkdtempSync(join(tmpdir(), 'skiff-diagnostics-'));
afterAll(() => rmSync(datadir, { recursive: true, force: true }));

/** Every text of a row that has a digit or a sign in it, and every number of four digits and more. */
function telling(value: unknown): string[] {
  if (value instanceof Uint8Array) return value.length < 4 ? [] : [toHex(value)];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(telling);
  const text = String(value);
  if (typeof value === 'string')
    return text.length > 3 && /[^a-z-]/.test(text) && !/^bark\.\w+$/.test(text) ? [text] : [];
  return text.length >= 4 && typeof value !== 'boolean' ? [text] : [];
}

test('the report of the command line holds no word, address, key, hash or amount of the wallet', async () => {
  const seed = await phraseToSeed(WORDS);
  writeFileSync(join(datadir, 'mnemonic'), WORDS);
  writeFileSync(
    join(datadir, 'config.toml'),
    `server_address = "${NOWHERE}"\nesplora_address = "${NOWHERE}"\n`,
  );
  const db = openSqlite(join(datadir, 'skiff.sqlite'));
  const ports = {
    db,
    keys: { unlocked: () => keyRing(seed, 'regtest') },
    now: Date.now,
    locks: { hold: (_name: string, body: () => Promise<unknown>) => body() },
    server: async () => ({ info: async () => undefined }),
  } as unknown as WalletPorts;
  await createWallet(ports, { network: 'regtest' });
  const { stores } = fixture('10');
  const tables = Object.keys(stores).filter((table) => table !== 'meta');
  await db.write(tables, async (tx) => {
    for (const table of tables) for (const row of stores[table]!.rows) await tx.put(table, row);
  });
  const rows = await db.read(Object.keys(stores), async (tx) =>
    Promise.all(Object.keys(stores).map((table) => tx.query(table))),
  );
  db.close();

  const { status, stdout, stderr } = spawnSync(
    join(process.cwd(), 'node_modules/.bin/node'),
    ['cli/main.ts', '-q', '--datadir', datadir, 'diagnostics'],
    { encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    report: 'skiff diagnostics 1',
    from: 'cli',
    skiff: 'skiff 0.1.0',
    network: 'regtest',
    actions: [{ kind: 'lightning-send', step: 'initiated' }],
  });
  const secrets = [...new Set(telling(rows)), WORDS, toHex(seed), NOWHERE, datadir];
  expect(secrets.length).toBeGreaterThan(60);
  const numbers = new Set(stdout.match(/\d+/g));
  expect(secrets.filter((s) => (/^\d+$/.test(s) ? numbers.has(s) : stdout.includes(s)))).toEqual([]);
  for (const word of new Set(WORDS.split(' '))) expect(stdout).not.toMatch(new RegExp(`\\b${word}\\b`));
});
