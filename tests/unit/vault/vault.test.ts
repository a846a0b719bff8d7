import { beforeAll, describe, expect, test, vi } from 'vitest';
import { keySource } from '../../../src/vault/key-source.ts';
import { readPhrase } from '../../../src/vault/phrase.ts';
import type { VaultRecord } from '../../../src/vault/record.ts';
import {
  hex,
  MINUTE,
  PASSWORD,
  PHRASE,
  profile,
  rememberPasswordKeys,
  sampleVault,
  SEED,
  type TestProfile,
} from './profile.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // PBKDF2 at its real strength, on a busy machine

let sample: VaultRecord; // one wallet, made once: PBKDF2 is slow on purpose
let made: TestProfile;
beforeAll(async () => {
  rememberPasswordKeys();
  ({ record: sample, made } = await sampleVault());
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
    await expect(create('P@ssw0rd123!')).rejects.toMatchObject({ code: 'WEAK_PASSWORD' });
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

  test('the deadline rings by an alarm, which is there when the worker is dead', async () => {
    const p = await profile(sample);
    await p.worker().unlock(PASSWORD);
    const alarm = p.alarms.at(-1)!;
    p.clock.now = alarm;
    expect(await p.worker().wake()).toBe('locked'); // what the alarm wakes
    expect(p.items.size).toBe(0);
  });

  test('a clock that is put back does not make the time longer, a small correction does no harm', async () => {
    const p = await profile(sample);
    await p.worker().unlock(PASSWORD);
    p.clock.now -= 30_000;
    expect(await p.worker().wake()).toBe('unlocked');
    p.clock.now -= 10 * MINUTE;
    expect(await p.worker().wake()).toBe('locked');
    expect(p.items.size).toBe(0);
  });

  test('a restart of the browser locks, whatever time was left', async () => {
    const p = await profile(sample);
    await p.worker().unlock(PASSWORD);
    p.restart();
    const vault = p.worker();
    expect(await vault.wake()).toBe('locked');
    expect(() => vault.seed()).toThrow(/LOCKED/);
    await vault.unlock(PASSWORD);
    expect(hex(vault.seed())).toBe(SEED);
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
