// `backup export` and `backup import`, as processes: what the words do not bring back comes from the file.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqlite } from '../../cli/store-sqlite.ts';
import { createWallet } from '../../src/wallet/create.ts';
import { keyRing } from '../../src/wallet/key-ring.ts';
import { phraseToSeed } from '../../src/vault/phrase.ts';
import { finishMovement, openMovement } from '../../src/store/movements.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';

const WORDS = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const root = mkdtempSync(join(tmpdir(), 'skiff-backup-'));

/** A wallet's folder without a server anywhere: the backup needs none. */
async function folder(name: string, words: string): Promise<string> {
  const datadir = mkdtempSync(join(root, name));
  writeFileSync(join(datadir, 'mnemonic'), words);
  const nowhere = 'http://127.0.0.1:9/';
  writeFileSync(
    join(datadir, 'config.toml'),
    `server_address = "${nowhere}"\nesplora_address = "${nowhere}"\n`,
  );
  const db = openSqlite(join(datadir, 'skiff.sqlite'));
  const keys = keyRing(await phraseToSeed(words), 'regtest');
  const ports = {
    db,
    keys: { unlocked: () => keys },
    now: Date.now,
    locks: { hold: (_name: string, body: () => Promise<unknown>) => body() },
    server: () => Promise.reject(new Error('there is none')),
  } as unknown as WalletPorts;
  await db.write(['movements'], async (tx) => {
    const init = { actionId: 'arkoor.x', subsystem: { name: 'bark.arkoor', kind: 'send' }, intended: -700n };
    const { id } = await openMovement(tx, init, {}, 1_700_000_000_000);
    await finishMovement(tx, id, 'successful', { effective: -700n }, 1_700_000_000_500);
  });
  await createWallet(
    { ...ports, server: async () => ({ info: async () => undefined }) as never },
    { network: 'regtest' },
  );
  db.close();
  return datadir;
}
const cli = (datadir: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    join(process.cwd(), 'node_modules/.bin/node'),
    ['cli/main.ts', '-q', '--datadir', datadir, ...args],
    { encoding: 'utf8', env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'compiled') } },
  );
  return { code: status, json: stdout === '' ? undefined : (JSON.parse(stdout) as unknown), stderr };
};
/** The same words on another disk, on which nothing has happened. */
async function emptied(datadir: string): Promise<string> {
  const again = await folder('again', readFileSync(join(datadir, 'mnemonic'), 'utf8'));
  const db = openSqlite(join(again, 'skiff.sqlite'));
  await db.write(['movements'], (tx) => tx.delete('movements', 1));
  db.close();
  return again;
}

let first: string;
beforeAll(async () => {
  first = await folder('first', WORDS);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a backup goes from one folder to another, and only to one of the same words', async () => {
  const file = join(root, 'backup.json');
  expect(cli(first, 'backup', 'export', file)).toMatchObject({ code: 0, json: { file } });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(cli(first, 'backup', 'export', file)).toMatchObject({ code: 1 });

  const again = await emptied(first);
  expect(cli(again, 'backup', 'import', file)).toMatchObject({
    code: 0,
    json: { history: 1, receipts: 0, invoices: 0, sites: 0 },
  });
  expect(cli(again, 'history', '--no-sync')).toMatchObject({
    code: 0,
    json: [{ status: 'successful', effective_balance_sat: -700 }],
  });
  expect(cli(again, 'backup', 'import', file)).toMatchObject({ json: { history: 0 } });

  const other = await folder('other', `${'abandon '.repeat(11)}about`);
  const refused = cli(other, 'backup', 'import', file);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('BACKUP_FOREIGN') as unknown]);
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -40));
  expect(cli(again, 'backup', 'import', file).stderr).toContain('BACKUP_DAMAGED');
});
