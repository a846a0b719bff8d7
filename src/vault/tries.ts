// Wrong passwords are counted on disk, so that neither a new worker nor a new browser starts at none. A try is written
// down before it is made: ending the worker in between costs one, it does not save one. This slows whoever sits at the
// keyboard; whoever has copied the profile does not ask us, and meets the cost of the password key instead.
import * as v from 'valibot';
import { SkiffError } from '../errors.ts';

export interface Tries {
  /** Wrong passwords in a row. */
  failed: number;
  /** Of the last one, ms since 1970. */
  at: number;
}

export interface TriesStore {
  /** As found, unchecked. */
  load(): Promise<unknown>;
  save(tries: Tries): Promise<void>;
}

/** So many wrong ones cost nothing. */
export const FREE_TRIES = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** How long after so many wrong passwords the next one is not looked at. */
export const waitAfter = (failed: number): number =>
  failed < FREE_TRIES ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failed - FREE_TRIES), LONGEST_WAIT_MS);

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Schema = v.object({ failed: count, at: v.number() });

const inWords = (ms: number): string => {
  const seconds = Math.ceil(ms / 1000);
  return seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`;
};

/**
 * Makes one try: `test` resolves with undefined when the password was wrong.
 * @throws SkiffError TOO_MANY_TRIES (details.waitMs) without making it, when the last wrong one is too recent
 */
export async function tryOnce<T>(
  store: TriesStore,
  now: () => number,
  test: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const found = v.safeParse(Schema, await store.load());
  const { failed, at } = found.success ? found.output : { failed: 0, at: 0 };
  const wait = waitAfter(failed);
  const left = at + wait - now();
  if (left > 0) {
    // Not even a clock that was set back makes it longer.
    if (left > wait) await store.save({ failed, at: now() });
    const waitMs = Math.min(left, wait);
    throw new SkiffError({
      code: 'TOO_MANY_TRIES',
      say: `Too many wrong passwords. Try again in ${inWords(waitMs)}.`,
      retry: 'later',
      details: { waitMs },
    });
  }
  await store.save({ failed: failed + 1, at: now() });
  const result = await test();
  if (result !== undefined) await store.save({ failed: 0, at: now() });
  return result;
}
