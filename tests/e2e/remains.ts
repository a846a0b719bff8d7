// What is left on disk when the browser is closed over a locked wallet, after all other cases: the whole profile, what the
// browser wrote into its log and its error output, what every page and worker said on its console, and the database as it
// reads. No secret is in it, in any common writing.
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hex } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { Page } from 'playwright-core';
import { CONSOLE_LOG, ERROR_LOG, PASSWORD } from '../../scripts/driver.ts';
import { kdfPurpose, open, passwordKey } from '../../src/vault/box.ts';
import type { Box, Kdf } from '../../src/vault/box.ts';
import { check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';
import { scanFor, writings, writtenBytes, writtenText, writtenWords } from './secrets.ts';
import type { Scan, Secrets } from './secrets.ts';

type Area = { get(key: string | null): Promise<{ vault?: { key: string } }> };
type Chrome = { storage: { session: Area; local: Area } };
type Stored = { kdf: Omit<Kdf, 'salt'> & { salt: string }; keys: Record<keyof Box, string> };

/** The box of the two keys, as the vault has it on disk. */
const keyBox = (popup: Page): Promise<Stored> =>
  popup.evaluate(async () => {
    const ended = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('unreadable'));
      });
    const db = await ended(indexedDB.open('skiff'));
    const row = await ended<{ value: { kdf: Kdf; keys: Box } }>(
      db.transaction('meta').objectStore('meta').get('vault'),
    );
    db.close();
    const text = (bytes: Uint8Array): string =>
      [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
    const { kdf, keys } = row.value;
    return { kdf: { ...kdf, salt: text(kdf.salt) }, keys: { iv: text(keys.iv), ct: text(keys.ct) } };
  });

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(hex.decode(text));

async function secretsOf({ driver, words }: Bench, popup: Page): Promise<Secrets> {
  const dataKey = await driver.context
    .serviceWorkers()[0]!
    .evaluate(
      async () =>
        (await (globalThis as unknown as { chrome: Chrome }).chrome.storage.session.get('vault')).vault?.key,
    );
  check(dataKey !== undefined, 'the wallet is not unlocked');
  const stored = await keyBox(popup);
  const kdf: Kdf = { ...stored.kdf, salt: bytes(stored.kdf.salt) };
  const box: Box = { iv: bytes(stored.keys.iv), ct: bytes(stored.keys.ct) };
  const keys = await open(await passwordKey(PASSWORD, kdf), box, kdfPurpose(kdf));
  equal(keys && hex.encode(keys.subarray(0, 32)), dataKey, 'the data key in the session and in the vault');
  const phrase = words.join(' ');
  const seed = mnemonicToSeedSync(phrase);
  const root = HDKey.fromMasterSeed(seed);
  const ark = root.derive("m/350'");
  return new Map([
    ['the twelve words', writtenWords(words)],
    ['the entropy of the words', writtenBytes(mnemonicToEntropy(phrase, wordlist))],
    ['the password', writtenText(PASSWORD)],
    ['the password’s key', writtenBytes(pbkdf2Sync(PASSWORD, kdf.salt, kdf.iterations, 32, 'sha256'))],
    ['the data key', writtenBytes(hex.decode(dataKey))],
    ['the phrase key', writtenBytes(keys!.subarray(32))],
    ['the seed', writtenBytes(seed)],
    ['half of the seed', writtenBytes(seed.subarray(32))],
    ['the root key', [...writtenBytes(root.privateKey!), ...writtenText(root.privateExtendedKey)]],
    ['the Ark key', [...writtenBytes(ark.privateKey!), ...writtenText(ark.privateExtendedKey)]],
    ['the first coin key', writtenBytes(ark.derive("m/0'/0").privateKey!)],
  ]);
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

/** Everything in the extension's database and storage, as text: in the files some of it is compressed. */
const stored = (popup: Page): Promise<string> =>
  popup.evaluate(async () => {
    const ended = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('unreadable'));
      });
    const { storage } = (globalThis as unknown as { chrome: Chrome }).chrome;
    const rows: unknown[] = [
      await storage.local.get(null),
      await storage.session.get(null),
      { ...localStorage },
      { ...sessionStorage },
      await caches.keys(),
    ];
    for (const { name } of await indexedDB.databases()) {
      const db = await ended(indexedDB.open(name!));
      for (const table of db.objectStoreNames)
        rows.push(await ended(db.transaction(table).objectStore(table).getAll()));
      db.close();
    }
    const plain = (_key: string, value: unknown): unknown =>
      value instanceof Uint8Array
        ? [...value].map((byte) => byte.toString(16).padStart(2, '0')).join('')
        : typeof value === 'bigint'
          ? String(value)
          : value;
    return JSON.stringify(rows, plain);
  });

type Files = readonly (readonly [name: string, content: Uint8Array])[];

/** Names of what is found, with the file. */
const found = (files: Files, scan: Scan): string[] =>
  files.flatMap(([file, content]) => scan(content).map((what) => `${what} in ${file}`));

/** Each writing of a secret of our own, alone among noise, is found: else "no hit" would mean nothing. */
function assertScans(): void {
  const words = ['abandon', 'ability', 'able', 'about'];
  for (const [what, forms] of [
    ['bytes', writtenBytes(randomBytes(32))],
    ['text', writtenText('horse battery')],
    ['words', writtenWords(words)],
  ] as const) {
    const scan = scanFor(new Map([[what, forms]]));
    for (const form of forms)
      equal(
        scan(Buffer.concat([randomBytes(1001), form, randomBytes(7)])),
        [what],
        `a planted secret: ${what}`,
      );
    equal(scan(randomBytes(100_000)), [], 'noise');
  }
}

export const remainsCases: Case[] = [
  {
    name: 'with the browser closed over a locked wallet, nothing secret lies in its profile or its log',
    async run(bench) {
      assertScans();
      const { driver, control } = bench;
      // The scan sees what is there: the server's address in the database, the word of a page and of the worker in the logs.
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 700 });
      const said = `worker ${hex.encode(randomBytes(16))}`;
      const page = await bench.visit();
      await page.evaluate((word) => console.log(word), bolt11);
      const popup = await driver.popup();
      await popup.getByTestId('balance').waitFor();
      await driver.context.serviceWorkers()[0]!.evaluate((word) => console.warn(word), said);
      const wanted = await secretsOf(bench, popup);
      await popup.getByRole('button', { name: 'Lock now' }).click();
      await popup.getByText('Skiff is locked').waitFor();
      const database = await stored(popup);
      await driver.quit();
      const files: Files = [
        ['the database', Buffer.from(database)],
        ...filesIn(driver.profile).map((path) => [path, readFileSync(path)] as const),
      ];
      const open = new Map([
        ['a page’s word', writings(bolt11)],
        ['the worker’s word', writings(said)],
        ['the server', writings(bench.devnet.arkUrl)],
      ]);
      const seen = found(files, scanFor(open));
      const named = (what: string, file: string): void =>
        check(
          seen.some((line) => line.startsWith(what) && line.endsWith(file)),
          `the scan does not see ${what} in ${file}`,
        );
      named('the server', 'the database');
      named('a page’s word', 'chrome.log');
      named('the worker’s word', CONSOLE_LOG);
      check(
        files.some(([path]) => path.endsWith(ERROR_LOG)),
        'nobody kept the error output',
      );
      const leaks = found(files, scanFor(wanted));
      check(leaks.length === 0, leaks.join('\n'));
      const [forms, size] = [[...wanted.values()].flat().length, files.reduce((n, [, c]) => n + c.length, 0)];
      console.log(
        `${wanted.size} secrets in ${forms} writings, ${files.length} files, ${Math.round(size / 1e6)} MB`,
      );
    },
  },
];
