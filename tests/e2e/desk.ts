// A page of the extension that runs no script and is no view: from it a case sees, and changes, what only the extension can,
// and the worker is not woken by it.
import type { Page } from 'playwright-core';
import type { Driver } from '../../scripts/driver.ts';

interface Kept {
  key: string;
  deadline?: number;
  at?: number;
}
interface Chrome {
  alarms: {
    create(name: string, when: { when: number }): Promise<void>;
    get(name: string): Promise<{ scheduledTime: number } | undefined>;
  };
  commands: { getAll(): Promise<{ name: string; shortcut: string; description: string }[]> };
  runtime: { reload(): void };
  storage: {
    session: {
      get(name: string): Promise<{ vault?: Kept }>;
      set(items: { vault: Kept }): Promise<void>;
    };
  };
}
declare const chrome: Chrome;

/** Opens it. */
export async function openDesk(driver: Driver): Promise<Page> {
  const page = await driver.context.newPage();
  await page.goto(`${driver.root}/icon/16.png`);
  return page;
}

/** What the session keeps of the unlocked vault. */
export const session = (desk: Page): Promise<Kept | undefined> =>
  desk.evaluate(async () => (await chrome.storage.session.get('vault')).vault);

/** The time until the lock is over. */
export const endTime = (desk: Page): Promise<void> =>
  desk.evaluate(async () => {
    const { vault } = await chrome.storage.session.get('vault');
    if (vault) await chrome.storage.session.set({ vault: { ...vault, deadline: Date.now() - 1 } });
  });

/** The person did something: the lock is put off. */
export const touch = (desk: Page): Promise<void> =>
  desk.evaluate(async () => {
    const { vault } = await chrome.storage.session.get('vault');
    if (vault) await chrome.storage.session.set({ vault: { ...vault, deadline: Date.now() + 600_000 } });
  });

/** The alarm that the worker has set rings now. */
export const ring = (desk: Page, name: 'lock' | 'clipboard'): Promise<void> =>
  desk.evaluate((alarm) => chrome.alarms.create(alarm, { when: Date.now() }), name);

/** When it rings by itself. */
export const alarmTime = (desk: Page, name: string): Promise<number | undefined> =>
  desk.evaluate(async (alarm) => (await chrome.alarms.get(alarm))?.scheduledTime, name);

export const shortcuts = (desk: Page): ReturnType<Chrome['commands']['getAll']> =>
  desk.evaluate(() => chrome.commands.getAll());

/** As the browser does when there is a new version. Closes every page of the extension. */
export const reloadExtension = async (desk: Page): Promise<void> => {
  const closed = desk.waitForEvent('close');
  await desk.evaluate(() => chrome.runtime.reload()).catch(() => undefined);
  await closed;
};

/** Waits until the extension is there again after a reload. */
export async function back(driver: Driver): Promise<void> {
  const page = await driver.context.newPage();
  for (let i = 0; ; i++) {
    const there = await page.goto(`${driver.root}/icon/16.png`).then(
      () => true,
      () => false,
    );
    if (there) return page.close();
    if (i > 300) throw new Error('the extension did not come back');
    await page.waitForTimeout(100);
  }
}

/** Every row of the extension's database, as text. */
export const rows = (desk: Page): Promise<string> =>
  desk.evaluate(async () => {
    const ended = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('unreadable'));
      });
    const db = await ended(indexedDB.open('skiff'));
    const all: Record<string, unknown> = {};
    for (const table of db.objectStoreNames)
      all[table] = await ended(db.transaction(table).objectStore(table).getAll());
    db.close();
    const plain = (_key: string, value: unknown): unknown =>
      value instanceof Uint8Array ? [...value].join() : typeof value === 'bigint' ? `${value}n` : value;
    return JSON.stringify(all, plain);
  });

/** Another context upgrades the database to a version that this build does not know. */
export const upgrade = (desk: Page): Promise<void> =>
  desk.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('skiff', 9990);
        opening.onupgradeneeded = () => void opening.result.createObjectStore('unheard', { keyPath: 'id' });
        opening.onerror = () => reject(opening.error ?? new Error('not upgraded'));
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      }),
  );

/** The wrong passwords so far are forgotten. */
export const forgiveTries = (desk: Page): Promise<void> =>
  desk.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('skiff');
        opening.onsuccess = () => {
          const tx = opening.result.transaction('meta', 'readwrite');
          tx.objectStore('meta').put({ name: 'unlockTries', value: { failed: 0, at: 0 } });
          tx.oncomplete = () => (opening.result.close(), resolve());
          tx.onerror = () => reject(tx.error ?? new Error('not written'));
        };
      }),
  );
