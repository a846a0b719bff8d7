import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import { meta, setMeta } from '../../../src/store/meta.ts';
import type { Db } from '../../../src/store/port.ts';
import { keySource } from '../../../src/vault/key-source.ts';
import { readPhrase } from '../../../src/vault/phrase.ts';
import { vaultInDb, type VaultRecord } from '../../../src/vault/record.ts';
import { sessionInStorage } from '../../../src/vault/session.ts';
import { createVault, type VaultOptions } from '../../../src/vault/vault.ts';

const PASSWORD = 'correct horse';
const PHRASE =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
const SEED =
  '5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4';
const hex = (b: Uint8Array) => Buffer.from(b).toString('hex');
const MINUTE = 60_000;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // PBKDF2 at its real strength, on a busy machine

/** One browser profile: its database and session outlive every "worker" (vault) made on it. */
async function profile(record?: VaultRecord) {
  const db: Db = await openDexie('w', { indexedDB: new IDBFactory(), IDBKeyRange });
  if (record) await db.write(['meta'], (tx) => setMeta(tx, 'vault', structuredClone(record)));
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
  return { db, items, clock, alarms, worker, stored };
}

let sample: VaultRecord; // one wallet, made once: PBKDF2 is slow on purpose
let made: Awaited<ReturnType<typeof profile>>;
beforeAll(async () => {
  made = await profile();
  await made.worker().create({ password: PASSWORD, phrase: `  ${PHRASE.toUpperCase()}\n` });
  sample = await made.stored();
});

describe('creating', () => {
  test('a restored wallet has the seed of its words and is unlocked', async () => {
    const vault = made.worker();
    expect(await vault.status()).toBe('unlocked');
    expect(hex(vault.seed())).toBe(SEED);
  });

  test('a second wallet is refused and the first is untouched', async () => {
    const p = await profile(sample);
    await expect(p.worker().create({ password: PASSWORD })).rejects.toMatchObject({ code: 'WALLET_EXISTS' });
    expect(await p.stored()).toEqual(sample);
  });

  test('a new wallet has twelve words of its own, shown only for the password', async () => {
    const p = await profile();
    expect(await p.worker().status()).toBe('empty');
    const vault = p.worker();
    await vault.create({ password: PASSWORD });
    const words = await vault.reveal(PASSWORD);
    expect(readPhrase(words).split(' ')).toHaveLength(12);
    await expect(vault.reveal('wrong password')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
  });

  test('a short password and bad words store nothing', async () => {
    const p = await profile();
    const create = (password: string, phrase?: string) => p.worker().create({ password, phrase });
    await expect(create('1234567')).rejects.toMatchObject({ code: 'WEAK_PASSWORD' });
    await expect(create(PASSWORD, PHRASE.replace('about', 'abandon'))).rejects.toMatchObject({
      code: 'INVALID_MNEMONIC',
    });
    await expect(create(PASSWORD, PHRASE.replace('about', 'bitcorn'))).rejects.toMatchObject({
      code: 'INVALID_MNEMONIC',
      details: { word: '12' },
    });
    await expect(create(PASSWORD, 'abandon')).rejects.toMatchObject({ code: 'INVALID_MNEMONIC' });
    expect(await p.stored()).toBe(undefined);
    expect(p.items.size).toBe(0);
  });

  test('neither the disk nor the session holds seed, words or password in clear', async () => {
    const everything = JSON.stringify([sample, [...made.items]], (_k, v: unknown) =>
      v instanceof Uint8Array ? hex(v) + Buffer.from(v).toString('latin1') : v,
    );
    for (const secret of [SEED, 'abandon', PASSWORD, SEED.slice(0, 64)])
      expect(everything).not.toContain(secret);
  });
});

describe('unlocking', () => {
  test('the right password opens, a wrong one does not, nothing changes on disk', async () => {
    const p = await profile(sample);
    const vault = p.worker();
    expect(await vault.status()).toBe('locked');
    expect(() => vault.seed()).toThrow(/LOCKED/);
    await expect(vault.unlock('correct horsf')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    expect(() => vault.seed()).toThrow(/LOCKED/);
    await vault.unlock(PASSWORD);
    expect(hex(vault.seed())).toBe(SEED);
    expect(await p.stored()).toEqual(sample);
  });

  test('without a wallet there is nothing to unlock', async () => {
    const p = await profile();
    await expect(p.worker().unlock(PASSWORD)).rejects.toMatchObject({ code: 'NO_WALLET' });
    await expect(p.worker().reveal(PASSWORD)).rejects.toMatchObject({ code: 'NO_WALLET' });
  });

  test('the same password typed with other Unicode code points is the same', async () => {
    const p = await profile(sample);
    const vault = p.worker();
    await vault.changePassword(PASSWORD, 'caf\u00e9 password');
    await vault.unlock('cafe\u0301 password');
  });

  const flip = (b: Uint8Array) => b.map((x, i) => (i === 0 ? x ^ 1 : x));
  const damage: [string, (r: VaultRecord) => void, string][] = [
    ['another version', (r) => (r.v = 2 as 1), 'VAULT_DAMAGED'],
    ['another kdf', (r) => (r.kdf.name = 'MD5' as 'PBKDF2-SHA256'), 'VAULT_DAMAGED'],
    ['lowered rounds', (r) => (r.kdf.iterations = 1), 'VAULT_DAMAGED'],
    ['rounds just under the floor', (r) => (r.kdf.iterations = 899_999), 'VAULT_DAMAGED'],
    ['absurd rounds', (r) => (r.kdf.iterations = 1e12), 'VAULT_DAMAGED'],
    ['other rounds', (r) => (r.kdf.iterations += 1), 'WRONG_PASSWORD'],
    ['a short salt', (r) => (r.kdf.salt = r.kdf.salt.slice(1)), 'VAULT_DAMAGED'],
    ['a flipped salt', (r) => (r.kdf.salt = flip(r.kdf.salt)), 'WRONG_PASSWORD'],
    ['a flipped key nonce', (r) => (r.keys.iv = flip(r.keys.iv)), 'WRONG_PASSWORD'],
    ['a flipped key box', (r) => (r.keys.ct = flip(r.keys.ct)), 'WRONG_PASSWORD'],
    ['a truncated key box', (r) => (r.keys.ct = r.keys.ct.slice(1)), 'VAULT_DAMAGED'],
    ['a flipped seed nonce', (r) => (r.seed.iv = flip(r.seed.iv)), 'VAULT_DAMAGED'],
    ['a flipped seed box', (r) => (r.seed.ct = flip(r.seed.ct)), 'VAULT_DAMAGED'],
    ['a truncated seed box', (r) => (r.seed.ct = r.seed.ct.slice(0, -1)), 'VAULT_DAMAGED'],
    ['boxes exchanged', (r) => ([r.seed, r.keys] = [r.keys, r.seed]), 'WRONG_PASSWORD'],
    ['an extra field', (r) => Object.assign(r, { note: 1 }), 'VAULT_DAMAGED'],
    ['no seed at all', (r) => Reflect.deleteProperty(r, 'seed'), 'VAULT_DAMAGED'],
  ];
  test.each(damage)('%s is noticed', async (_what, spoil, code) => {
    const record = structuredClone(sample);
    spoil(record);
    const p = await profile(record);
    const vault = p.worker();
    await expect(vault.unlock(PASSWORD)).rejects.toMatchObject({ code });
    expect(() => vault.seed()).toThrow(/LOCKED/);
    expect(p.items.size).toBe(0);
  });

  test('damaged words are told apart from a damaged seed', async () => {
    const record = structuredClone(sample);
    record.phrase.ct = flip(record.phrase.ct);
    const vault = (await profile(record)).worker();
    await vault.unlock(PASSWORD);
    await expect(vault.reveal(PASSWORD)).rejects.toMatchObject({ code: 'VAULT_DAMAGED' });
  });

  test('weaker parameters are raised at the next unlock', async () => {
    const p = await profile(sample);
    await p.worker({ iterations: 900_001 }).unlock(PASSWORD);
    const raised = await p.stored();
    expect(raised.kdf.iterations).toBe(900_001);
    expect(raised.seed).toEqual(sample.seed);
    await p.worker().unlock(PASSWORD);
    expect((await p.stored()).kdf.iterations).toBe(900_001);
  });
});

describe('changing the password', () => {
  test('the old one stops working, seed and words stay, one write', async () => {
    const p = await profile(sample);
    const vault = p.worker();
    let writes = 0;
    p.db.watch(['meta'], () => writes++);
    await vault.changePassword(PASSWORD, 'battery staple');
    expect(writes).toBe(1);
    await expect(vault.unlock(PASSWORD)).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    await vault.unlock('battery staple');
    expect(hex(vault.seed())).toBe(SEED);
    expect(await vault.reveal('battery staple')).toBe(PHRASE);
    const after = await p.stored();
    expect([after.seed, after.phrase]).toEqual([sample.seed, sample.phrase]);
    expect(after.kdf.salt).not.toEqual(sample.kdf.salt);
  });

  test('a wrong old or weak new password changes nothing', async () => {
    const p = await profile(sample);
    await expect(p.worker().changePassword('not the one', 'long enough')).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
    });
    await expect(p.worker().changePassword(PASSWORD, 'short')).rejects.toMatchObject({
      code: 'WEAK_PASSWORD',
    });
    expect(await p.stored()).toEqual(sample);
  });
});

describe('locking', () => {
  test('the deadline survives the death of the worker', async () => {
    const p = await profile(sample);
    await p.worker().unlock(PASSWORD);
    expect(p.alarms).toEqual([p.clock.now + 15 * MINUTE]);
    p.clock.now += 14 * MINUTE;
    const second = p.worker();
    expect(() => second.seed()).toThrow(/LOCKED/); // not before it has looked at the session
    expect(await second.wake()).toBe('unlocked');
    expect(hex(second.seed())).toBe(SEED);
    p.clock.now += MINUTE;
    expect(() => second.seed()).toThrow(/LOCKED/);
    const third = p.worker();
    expect(await third.wake()).toBe('locked');
    expect(p.items.size).toBe(0);
  });

  test('use moves the deadline, also for the next worker', async () => {
    const p = await profile(sample);
    const vault = p.worker();
    await vault.unlock(PASSWORD);
    p.clock.now += 10 * MINUTE;
    await vault.touch();
    p.clock.now += 10 * MINUTE;
    expect(await p.worker().wake()).toBe('unlocked');
    p.clock.now += 5 * MINUTE;
    await vault.touch(); // too late
    expect(await vault.status()).toBe('locked');
  });

  test('locking forgets everything at once and tells the watchers', async () => {
    const p = await profile(sample);
    const vault = p.worker();
    const heard: string[] = [];
    const stop = vault.watch((s) => heard.push(s));
    await vault.unlock(PASSWORD);
    const seed = vault.seed();
    await vault.lock();
    expect(seed.every((b) => b === 0)).toBe(true);
    expect(() => vault.seed()).toThrow(/LOCKED/);
    expect(await p.worker().wake()).toBe('locked');
    expect(heard).toEqual(['unlocked', 'locked']);
    expect(p.alarms.at(-1)).toBe(undefined);
    stop();
  });

  test('a lock that comes during an unlock wins', async () => {
    const p = await profile(sample);
    const vault = p.worker();
    const unlocking = vault.unlock(PASSWORD);
    const locking = vault.lock();
    await Promise.all([unlocking, locking]);
    expect(await vault.status()).toBe('locked');
  });

  test('without auto-lock it stays open until the session ends', async () => {
    const p = await profile(sample);
    p.clock.autoLock = undefined;
    await p.worker().unlock(PASSWORD);
    p.clock.now += 1e12;
    expect(await p.worker().wake()).toBe('unlocked');
    p.items.clear();
    expect(await p.worker().wake()).toBe('locked');
  });

  test.each([{ key: 'zz' }, { key: '00'.repeat(32) }, 'text', { key: '00'.repeat(31) }])(
    'a forged session (%j) opens nothing',
    async (value) => {
      const p = await profile(sample);
      p.items.set('vault', value);
      expect(await p.worker().wake()).toBe('locked');
    },
  );
});

test('the key source derives once for each unlock and refuses while locked', async () => {
  const p = await profile(sample);
  const vault = p.worker();
  let derived = 0;
  const keys = keySource(vault, (seed) => ({ n: ++derived, first: seed[0] }));
  expect(() => keys.unlocked()).toThrow(/LOCKED/);
  await vault.unlock(PASSWORD);
  expect(keys.unlocked()).toBe(keys.unlocked());
  expect(derived).toBe(1);
  p.clock.now += 15 * MINUTE;
  expect(() => keys.unlocked()).toThrow(/LOCKED/);
  await vault.unlock(PASSWORD);
  expect(keys.unlocked().n).toBe(2);
});
