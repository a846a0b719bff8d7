// A new password is one write: whatever dies, and whoever else writes, one password opens the wallet and the seed stays.
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Db } from '../../../src/store/port.ts';
import { vaultInDb, type VaultRecord } from '../../../src/vault/record.ts';
import {
  hex,
  PASSWORD,
  PHRASE,
  profile,
  rememberPasswordKeys,
  sampleVault,
  SEED,
  type TestProfile,
} from './profile.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 }); // PBKDF2 at its real strength, on a busy machine

const NEXT = 'battery staple';
let sample: VaultRecord;
beforeAll(async () => {
  rememberPasswordKeys();
  ({ record: sample } = await sampleVault());
});

type Moment = 'before' | 'in the middle of' | 'after';

/** The worker that uses this database ends at its n-th write: what it waits for never comes. */
function dyingAt(db: Db, n: number, moment: Moment): { db: Db; dead: Promise<void>; writes(): number } {
  let writes = 0;
  let die = (): void => {};
  const dead = new Promise<void>((resolve) => (die = resolve));
  const never = new Promise<never>(() => {});
  const write: Db['write'] = async (tables, body) => {
    if (++writes !== n) return db.write(tables, body);
    if (moment === 'before') {
      die();
      return never;
    }
    await db
      .write(tables, async (tx) => {
        await body(tx);
        if (moment === 'in the middle of') throw new Error('the transaction never ends');
      })
      .catch(() => undefined);
    die();
    return never;
  };
  return { db: { ...db, write }, dead, writes: () => writes };
}

/** The passwords of the two that open, each with the right words. */
async function opening(p: TestProfile): Promise<string[]> {
  const good: string[] = [];
  for (const password of [PASSWORD, NEXT]) {
    const words = await p
      .worker()
      .reveal(password)
      .catch(() => undefined);
    if (words === undefined) continue;
    expect(words).toBe(PHRASE);
    good.push(password);
  }
  return good;
}

test('the old one stops working, seed and words stay, the record is written once', async () => {
  const p = await profile(sample);
  const vault = p.worker();
  await vault.changePassword(PASSWORD, NEXT);
  await expect(vault.unlock(PASSWORD)).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
  await vault.unlock(NEXT);
  expect(hex(vault.seed())).toBe(SEED);
  expect(await vault.reveal(NEXT)).toBe(PHRASE);
  const after = await p.stored();
  expect([after.seed, after.phrase]).toEqual([sample.seed, sample.phrase]);
  expect(after.kdf.salt).not.toEqual(sample.kdf.salt);
});

test('a wrong old, a short or a common new password changes nothing', async () => {
  const p = await profile(sample);
  const change = (old: string, next: string) => p.worker().changePassword(old, next);
  await expect(change('not the one', 'long enough')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
  await expect(change(PASSWORD, 'short')).rejects.toMatchObject({ code: 'WEAK_PASSWORD' });
  await expect(change(PASSWORD, 'Bitcoin2026!')).rejects.toMatchObject({ code: 'WEAK_PASSWORD' });
  expect(await p.stored()).toEqual(sample);
});

describe('the worker is killed', () => {
  test('a change of password makes three writes, and only the last touches the record', async () => {
    const p = await profile(sample);
    const dying = dyingAt(p.db, 0, 'before');
    await p.worker({ store: vaultInDb(dying.db) }).changePassword(PASSWORD, NEXT);
    expect(dying.writes()).toBe(3);
  });

  const moments = (['before', 'in the middle of', 'after'] as const).flatMap((moment) =>
    [1, 2, 3].map((n) => ({ moment, n })),
  );
  test.each(moments)('$moment write $n of a change: exactly one password opens', async ({ moment, n }) => {
    const p = await profile(sample);
    const { db, dead } = dyingAt(p.db, n, moment);
    void p.worker({ store: vaultInDb(db) }).changePassword(PASSWORD, NEXT);
    await dead;
    const done = n === 3 && moment === 'after';
    expect(await opening(p)).toEqual([done ? NEXT : PASSWORD]);
  });

  test.each(moments)('$moment write $n of raised parameters: the password opens', async ({ moment, n }) => {
    const p = await profile(sample);
    const { db, dead } = dyingAt(p.db, n, moment);
    void p.worker({ store: vaultInDb(db), iterations: 900_001 }).unlock(PASSWORD);
    await dead;
    const vault = p.worker({ iterations: 900_001 });
    await vault.unlock(PASSWORD);
    expect(hex(vault.seed())).toBe(SEED);
    expect((await p.stored()).kdf.iterations).toBe(900_001);
  });
});

describe('two windows', () => {
  test('that change the password at once: one of them does, the other hears of it', async () => {
    const p = await profile(sample);
    const vault = p.worker(); // windows share the worker
    const [first, second] = await Promise.allSettled([
      vault.changePassword(PASSWORD, NEXT),
      vault.changePassword(PASSWORD, 'another staple'),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'WRONG_PASSWORD' } });
    expect(await opening(p)).toEqual([NEXT]);
  });

  test('over two workers at once: the second write is refused, it does not win unseen', async () => {
    const p = await profile(sample);
    const ends = await Promise.allSettled([
      p.worker().changePassword(PASSWORD, NEXT),
      p.worker().changePassword(PASSWORD, 'another staple'),
    ]);
    expect(ends.filter((end) => end.status === 'rejected')).toMatchObject([
      { reason: { code: 'VAULT_CHANGED' } },
    ]);
    const [good] = [NEXT, 'another staple'].filter((_, i) => ends[i]!.status === 'fulfilled');
    expect(await p.worker().reveal(good!)).toBe(PHRASE);
  });

  test('one raises the parameters while the other changes the password: the new password stays', async () => {
    const p = await profile(sample);
    const slow = vaultInDb(p.db);
    let changed: Promise<void> | undefined;
    await p
      .worker({
        iterations: 900_001,
        store: {
          ...slow,
          replace: async (was, record) => {
            await (changed ??= p.worker().changePassword(PASSWORD, NEXT));
            await slow.replace(was, record);
          },
        },
      })
      .unlock(PASSWORD);
    expect(await opening(p)).toEqual([NEXT]);
  });

  test('one locks: the other is locked at once; one unlocks: so is the other', async () => {
    const p = await profile(sample);
    const vault = p.worker();
    const heard: [string[], string[]] = [[], []];
    vault.watch((s) => heard[0].push(s));
    vault.watch((s) => heard[1].push(s));
    await vault.unlock(PASSWORD);
    await vault.lock();
    expect(heard).toEqual([
      ['unlocked', 'locked'],
      ['unlocked', 'locked'],
    ]);
    expect(p.items.size).toBe(0);
  });
});
