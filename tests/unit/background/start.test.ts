// The background put together, over a browser that is made up: what the vault's part of it does on its own.
import { Dexie } from 'dexie';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ExtensionApi } from '../../../src/background/browser.ts';
import { startBackground } from '../../../src/background/start.ts';
import { DATABASE } from '../../../src/store/database.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import { vaultInDb } from '../../../src/vault/record.ts';
import { sessionInStorage } from '../../../src/vault/session.ts';
import { createVault } from '../../../src/vault/vault.ts';

const PASSWORD = 'correct horse';

/** A browser: what it was told to listen for can be made to happen. */
function madeUp() {
  const items = new Map<string, unknown>();
  const alarms = new Map<string, { when?: number }>();
  const listeners = new Map<string, (...args: never[]) => unknown>();
  const event = (name: string) => ({
    addListener: (f: (...args: never[]) => unknown) => listeners.set(name, f),
  });
  const done: string[] = [];
  const session = {
    get: async (k: string) => (items.has(k) ? { [k]: structuredClone(items.get(k)) } : {}),
    set: async (o: Record<string, unknown>) => Object.entries(o).forEach(([k, v]) => items.set(k, v)),
    remove: async (k: string) => void items.delete(k),
  };
  const api = {
    runtime: {
      id: 'abc',
      getURL: (path: string) => `chrome-extension://abc/${path}`,
      getManifest: () => ({ version: '0.1.0' }),
      getPlatformInfo: async () => undefined,
      reload: () => void done.push('reload'),
      onMessage: event('message'),
      onConnect: event('connect'),
      onInstalled: event('installed'),
    },
    commands: { onCommand: event('command') },
    offscreen: {
      createDocument: async ({ url }: { url: string }) => void done.push(`open ${url}`),
      closeDocument: async () => void done.push('close'),
    },
    alarms: {
      create: (name: string, when: object) => void alarms.set(name, when),
      clear: async (name: string) => alarms.delete(name),
      get: async (name: string) => alarms.get(name),
      onAlarm: event('alarm'),
    },
    storage: { session, local: {} },
    i18n: { getMessage: (name: string) => name },
    notifications: {
      create: async () => undefined,
      clear: async () => undefined,
      onClicked: event('clicked'),
    },
    windows: { create: async () => undefined, update: async () => undefined, onRemoved: event('removed') },
    tabs: { query: async () => [], sendMessage: async () => undefined, create: async () => undefined },
    action: { setBadgeText: async () => undefined, setBadgeBackgroundColor: async () => undefined },
  };
  const happens = (name: string, ...args: unknown[]): unknown => listeners.get(name)!(...(args as never[]));
  const send = (
    command: string,
    request: object = {},
  ): Promise<{ ok?: Record<string, unknown>; error?: { code: string } }> =>
    new Promise((resolve) =>
      happens(
        'message',
        { command, request },
        { id: 'abc', url: 'chrome-extension://abc/popup.html' },
        resolve,
      ),
    );
  return { api: api as unknown as ExtensionApi, session, items, alarms, done, happens, send };
}

/** This browser's databases. Dexie has looked for the global ones before. */
function install(indexedDB: IDBFactory): void {
  vi.stubGlobal('indexedDB', indexedDB);
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  Object.assign(Dexie.dependencies, { indexedDB, IDBKeyRange });
}

let b: ReturnType<typeof madeUp>;
beforeEach(() => {
  b = madeUp();
  install(new IDBFactory());
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A wallet of before, left open. */
async function unlockedWallet(): Promise<void> {
  const db = await openDexie(DATABASE);
  const vault = createVault({
    store: vaultInDb(db),
    session: sessionInStorage(b.session),
    now: () => Date.now(),
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    autoLockMs: async () => 900_000,
  });
  await vault.create({ password: PASSWORD });
  db.close();
}
const state = async (): Promise<unknown> => (await b.send('status')).ok?.['wallet'];

test('the shortcut locks at once, and no other shortcut does', async () => {
  await unlockedWallet();
  startBackground(b.api);
  expect(await state()).toBe('unlocked');
  b.happens('command', 'another');
  expect(await state()).toBe('unlocked');
  b.happens('command', 'lock');
  await vi.waitFor(() => expect(b.items.has('vault')).toBe(false));
  expect(await state()).toBe('locked');
});

test('an unlocked wallet is removed with the password only; then the extension starts anew, with nothing left', async () => {
  await unlockedWallet();
  startBackground(b.api);
  for (const password of [undefined, 'not the one'])
    expect(await b.send('wipe', { password })).toMatchObject({ error: { code: 'WRONG_PASSWORD' } });
  expect(await state()).toBe('unlocked');
  expect(await b.send('wipe', { password: PASSWORD })).toEqual({ ok: {} });
  await vi.waitFor(() => expect(b.done).toEqual(['reload']));
  expect(b.items.has('vault')).toBe(false);
  expect(b.alarms.has('lock')).toBe(false);
  expect(await indexedDB.databases()).toEqual([]);
});

test('a locked one, whose password is forgotten or whose record is damaged, is removed without', async () => {
  await unlockedWallet();
  startBackground(b.api);
  await b.send('lock');
  expect(await b.send('wipe')).toEqual({ ok: {} });
  await vi.waitFor(() => expect(b.done).toEqual(['reload']));
  expect(await indexedDB.databases()).toEqual([]);
});

test('words that were copied leave the clipboard when the alarm rings, in a life that knows nothing of them', async () => {
  await unlockedWallet();
  startBackground(b.api);
  const before = Date.now();
  await b.send('wordsCopied');
  expect(b.alarms.get('clipboard')!.when! - before).toBeGreaterThanOrEqual(60_000);
  expect(b.alarms.get('clipboard')!.when! - Date.now()).toBeLessThanOrEqual(60_000);
  const next = { ...b, ...madeUp() };
  startBackground(next.api);
  next.happens('alarm', { name: 'clipboard' });
  await vi.waitFor(() => expect(next.done).toEqual(['open clipboard.html', 'close']));
});

test('a start that another context blocked is made up for when a window opens', async () => {
  await unlockedWallet();
  // A context of before, that does not let go of an older database.
  const factory = new IDBFactory();
  install(factory);
  const opening = factory.open(DATABASE, 5);
  const old = await new Promise<IDBDatabase>(
    (resolve) => (opening.onsuccess = () => resolve(opening.result)),
  );
  startBackground(b.api);
  expect(await b.send('status')).toMatchObject({ error: { code: 'STORE_BUSY' } });
  old.close();
  const silent = { addListener: () => undefined };
  const port = {
    name: 'view',
    sender: { url: 'chrome-extension://abc/popup.html' },
    onDisconnect: silent,
    onMessage: silent,
  };
  await vi.waitFor(async () => {
    b.happens('connect', port);
    expect(await state()).toBe('none');
  });
});
