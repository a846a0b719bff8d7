// What is left on disk when the browser is closed over a locked wallet, after all other cases: the whole profile, and what
// the browser and our code wrote into its log. No secret is in it, in any common writing.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { base64, base64urlnopad, hex } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { mnemonicToSeedSync } from '@scure/bip39';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../../scripts/driver.ts';
import { check } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

type Area = { get(key: string | null): Promise<{ vault?: { key: string } }> };
type Chrome = { storage: { session: Area; local: Area } };

/** A piece of text as files hold it: one byte a letter, or two. */
const writings = (text: string): Buffer[] => [Buffer.from(text, 'latin1'), Buffer.from(text, 'utf16le')];

/** A secret of bytes in every common writing. */
function writtenBytes(secret: Uint8Array): Buffer[] {
  const inHex = hex.encode(secret);
  const texts = [
    inHex,
    inHex.toUpperCase(),
    // Base64 of the middle, too, as it stands in a longer text.
    ...[0, 1, 2].map((cut) =>
      base64.encode(secret.slice(cut, cut + 3 * Math.floor((secret.length - cut) / 3))),
    ),
    base64urlnopad.encode(secret),
    [...secret].join(','),
    [...secret].join(', '),
  ];
  return [Buffer.from(secret), Buffer.from(secret).reverse(), ...texts.flatMap(writings)];
}

/** Three words in a row tell more than chance would. */
function writtenWords(words: readonly string[]): Buffer[] {
  const threes = words.slice(2).map((_, i) => words.slice(i, i + 3));
  return threes.flatMap((three) =>
    [' ', ',', '","', '\n', ''].flatMap((between) => writings(three.join(between))),
  );
}

async function secrets({ driver, words }: Bench): Promise<Map<string, Buffer[]>> {
  const dataKey = await driver.context
    .serviceWorkers()[0]!
    .evaluate(
      async () =>
        (await (globalThis as unknown as { chrome: Chrome }).chrome.storage.session.get('vault')).vault?.key,
    );
  check(dataKey !== undefined, 'the wallet is not unlocked');
  const seed = mnemonicToSeedSync(words.join(' '));
  const root = HDKey.fromMasterSeed(seed);
  const ark = root.derive("m/350'");
  return new Map([
    ['the twelve words', writtenWords(words)],
    ['the password', writings(PASSWORD)],
    ['the data key', writtenBytes(hex.decode(dataKey))],
    ['the seed', writtenBytes(seed)],
    ['the root key', [...writtenBytes(root.privateKey!), ...writings(root.privateExtendedKey)]],
    ['the Ark key', [...writtenBytes(ark.privateKey!), ...writings(ark.privateExtendedKey)]],
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
    const rows: unknown[] = [await storage.local.get(null), await storage.session.get(null)];
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

type Files = readonly (readonly [name: string, content: Buffer])[];

/** Names of what is found, with the file. */
function found(files: Files, wanted: ReadonlyMap<string, readonly Buffer[]>): string[] {
  return files.flatMap(([file, content]) =>
    [...wanted]
      .filter(([, forms]) => forms.some((form) => content.includes(form)))
      .map(([what]) => `${what} in ${file}`),
  );
}

export const remainsCases: Case[] = [
  {
    name: 'with the browser closed over a locked wallet, nothing secret lies in its profile or its log',
    async run(bench) {
      const { driver, control } = bench;
      // The scan sees what is there: the server's address in the database, a page's word in the log.
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 700 });
      const page = await bench.visit();
      await page.evaluate((word) => console.log(word), bolt11);
      const wanted = await secrets(bench);
      const popup = await driver.popup();
      await popup.getByRole('button', { name: 'Lock now' }).click();
      await popup.getByText('Skiff is locked').waitFor();
      const database = await stored(popup);
      await driver.quit();
      const files: Files = [
        ['the database', Buffer.from(database)],
        ...filesIn(driver.profile).map((path) => [path, readFileSync(path)] as const),
      ];
      const open = new Map([
        ['the log', writings(bolt11)],
        ['the database', writings(bench.devnet.arkUrl)],
      ]);
      const seen = found(files, open).map((line) => line.replace(/ in .*/, ''));
      for (const what of open.keys()) check(seen.includes(what), `the scan does not see ${what}`);
      const leaks = found(files, wanted);
      check(leaks.length === 0, leaks.join('\n'));
    },
  },
];
