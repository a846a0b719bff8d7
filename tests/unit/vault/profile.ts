// One browser profile for tests of the vault: its database and session outlive every "worker" (vault) made on it.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { vi } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import { meta, setMeta } from '../../../src/store/meta.ts';
import type { Db } from '../../../src/store/port.ts';
import { vaultInDb, type VaultRecord } from '../../../src/vault/record.ts';
import { sessionInStorage } from '../../../src/vault/session.ts';
import { createVault, type VaultOptions } from '../../../src/vault/vault.ts';

export const PASSWORD = 'correct horse';
export const PHRASE =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
export const SEED =
  '5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4';
export const MINUTE = 60_000;
export const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

/**
 * PBKDF2 at its real strength, but the same question only once: nearly all tests ask for the key of one password and salt.
 * Call before all tests of a file.
 */
export function rememberPasswordKeys(): void {
  const subtle = crypto.subtle;
  const [importKey, deriveKey] = [subtle.importKey.bind(subtle), subtle.deriveKey.bind(subtle)];
  const passwords = new WeakMap<CryptoKey, string>();
  const known = new Map<string, Promise<CryptoKey>>();
  vi.spyOn(subtle, 'importKey').mockImplementation((async (...args: Parameters<typeof importKey>) => {
    const key = await importKey(...args);
    if (args[2] === 'PBKDF2') passwords.set(key, hex(args[1] as unknown as Uint8Array));
    return key;
  }) as typeof importKey);
  vi.spyOn(subtle, 'deriveKey').mockImplementation(((...args: Parameters<typeof deriveKey>) => {
    const { salt, iterations } = args[0] as Pbkdf2Params;
    const question = [passwords.get(args[1]), hex(salt as Uint8Array), iterations].join(' ');
    const key = known.get(question) ?? deriveKey(...args);
    known.set(question, key);
    return key;
  }) as typeof deriveKey);
}

/** A profile, empty or with this record in it. */
export async function profile(record?: VaultRecord) {
  const db: Db = await openDexie('w', { indexedDB: new IDBFactory(), IDBKeyRange });
  if (record !== undefined) await db.write(['meta'], (tx) => setMeta(tx, 'vault', structuredClone(record)));
  const items = new Map<string, unknown>();
  const area = {
    get: async (k: string) => (items.has(k) ? { [k]: structuredClone(items.get(k)) } : {}),
    set: async (o: Record<string, unknown>) => Object.entries(o).forEach(([k, v]) => items.set(k, v)),
    remove: async (k: string) => void items.delete(k),
  };
  const clock = { now: 1_000_000, autoLock: (15 * MINUTE) as number | undefined };
  const alarms: (number | undefined)[] = [];
  const worker = (change: Partial<VaultOptions> = {}) =>
    createVault({
      store: vaultInDb(db),
      session: sessionInStorage(area),
      now: () => clock.now,
      random: (n) => crypto.getRandomValues(new Uint8Array(n)),
      autoLockMs: async () => clock.autoLock,
      schedule: (at) => alarms.push(at),
      ...change,
    });
  const stored = () => db.read(['meta'], (tx) => meta(tx, 'vault')) as Promise<VaultRecord>;
  /** The browser ends: the session is memory. */
  const restart = () => items.clear();
  return { db, items, clock, alarms, worker, stored, restart };
}

export type TestProfile = Awaited<ReturnType<typeof profile>>;

/** The sealed seed of {@link PHRASE} under {@link PASSWORD}, with the profile it was made in. */
export async function sampleVault(): Promise<{ record: VaultRecord; made: TestProfile }> {
  const made = await profile();
  await made.worker().create({ password: PASSWORD, phrase: `  ${PHRASE.toUpperCase()}\n` });
  return { record: await made.stored(), made };
}
