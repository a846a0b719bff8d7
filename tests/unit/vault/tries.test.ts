import { describe, expect, test, vi } from 'vitest';
import { FREE_TRIES, tryOnce, waitAfter, type TriesStore } from '../../../src/vault/tries.ts';
import { PASSWORD, profile, rememberPasswordKeys, sampleVault } from './profile.ts';

vi.setConfig({ testTimeout: 120_000 });

function disk(found?: unknown) {
  let kept = found;
  const store: TriesStore = { load: async () => kept, save: async (tries) => void (kept = tries) };
  return { store, kept: () => kept };
}
const wrong = async (): Promise<undefined> => undefined;
const right = async (): Promise<string> => 'opened';

describe('wrong passwords', () => {
  test('cost nothing at first, then half a minute, doubling up to a quarter of an hour', () => {
    expect([0, 4, 5, 6, 7, 8, 9, 10, 100].map(waitAfter)).toEqual(
      [0, 0, 30, 60, 120, 240, 480, 900, 900].map((s) => s * 1000),
    );
  });

  test('in a row make the next one wait, and one that comes too early is not looked at', async () => {
    const { store } = disk();
    const clock = { now: 1_000_000 };
    const now = () => clock.now;
    for (let i = 0; i < FREE_TRIES; i++) expect(await tryOnce(store, now, wrong)).toBeUndefined();
    const test = vi.fn(right);
    clock.now += 29_999;
    await expect(tryOnce(store, now, test)).rejects.toMatchObject({
      code: 'TOO_MANY_TRIES',
      say: 'Too many wrong passwords. Try again in 1 seconds.',
      details: { waitMs: '1' },
    });
    expect(test).not.toHaveBeenCalled();
    clock.now += 1;
    expect(await tryOnce(store, now, wrong)).toBeUndefined();
    await expect(tryOnce(store, now, right)).rejects.toMatchObject({ details: { waitMs: '60000' } });
    clock.now += 60_000;
    expect(await tryOnce(store, now, right)).toBe('opened');
    expect(await tryOnce(store, now, wrong)).toBeUndefined(); // counted from none again
    expect(await tryOnce(store, now, right)).toBe('opened');
  });

  test('a try is written down before it is made, so that killing the worker saves none', async () => {
    const { store, kept } = disk({ failed: 2, at: 5 });
    await expect(
      tryOnce(
        store,
        () => 9,
        () => Promise.reject(new Error('killed')),
      ),
    ).rejects.toThrow('killed');
    expect(kept()).toEqual({ failed: 3, at: 9 });
  });

  test('putting the clock back does not lock for longer than the wait', async () => {
    const { store } = disk({ failed: 5, at: 1_000_000_000 });
    const clock = { now: 1_000 };
    const now = () => clock.now;
    await expect(tryOnce(store, now, right)).rejects.toMatchObject({ details: { waitMs: '30000' } });
    clock.now += 30_000;
    expect(await tryOnce(store, now, right)).toBe('opened');
  });

  test.each([null, 'x', { failed: -1, at: 0 }, { failed: 0.5, at: 0 }])(
    'a damaged count (%j) counts from none',
    async (found) => expect(await tryOnce(disk(found).store, () => 0, right)).toBe('opened'),
  );
});

test('the count outlives worker and browser, and is one for unlocking, the words and a new password', async () => {
  rememberPasswordKeys();
  const { record } = await sampleVault();
  const p = await profile(record);
  const code = (work: Promise<unknown>) => work.catch((e: { code: string }) => e.code);
  expect(await code(p.worker().unlock('wrong one 1'))).toBe('WRONG_PASSWORD');
  expect(await code(p.worker().reveal('wrong one 2'))).toBe('WRONG_PASSWORD');
  expect(await code(p.worker().changePassword('wrong one 3', 'long enough'))).toBe('WRONG_PASSWORD');
  expect(await code(p.worker().prove('wrong one 4'))).toBe('WRONG_PASSWORD');
  p.restart();
  expect(await code(p.worker().unlock('wrong one 5'))).toBe('WRONG_PASSWORD');
  p.restart();
  for (const work of ['unlock', 'reveal', 'prove'] as const)
    expect(await code(p.worker()[work](PASSWORD))).toBe('TOO_MANY_TRIES');
  expect(await code(p.worker().changePassword(PASSWORD, 'long enough'))).toBe('TOO_MANY_TRIES');
  p.clock.now += 30_000;
  await p.worker().unlock(PASSWORD);
  expect(await code(p.worker().unlock('wrong one 6'))).toBe('WRONG_PASSWORD');
  await p.worker().unlock(PASSWORD);
});
