// What is fuzzed: a reader of foreign input, good inputs to begin with, and what may come of bad ones.
import { isSkiffError } from '../../src/errors.ts';
import type { Rng } from './rng.ts';

export interface Target {
  /** One word, for the command line. */
  name: string;
  /** Good inputs, at least one. */
  seeds(): unknown[];
  /** A spoilt copy of `input`. */
  mutate(rng: Rng, input: unknown, other: unknown): unknown;
  /** Reads it. Whatever it throws must be a SkiffError. */
  read(input: unknown): unknown;
  /** How the input is shown when something is wrong with it. */
  show(input: unknown): string;
}

interface Parts<I> {
  name: string;
  seeds(): I[];
  mutate(rng: Rng, input: I, other: I): I;
  read(input: I): unknown;
  show(input: I): string;
}

/** Keeps the type of the input inside of one target. */
export const target = <I>(parts: Parts<I>): Target => parts as unknown as Target;

/** Frames of the stack that tell one refusal from another. */
const FRAMES = 6;

/** Where a refusal was made. @throws what is not a SkiffError; undefined when `read` liked the input */
export async function outcome(read: () => unknown): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    const place = e.stack?.match(/\n {4}at [^]*/)?.[0] ?? '';
    return (
      e.code +
      place
        .split('\n')
        .slice(1, 1 + FRAMES)
        .join('')
    );
  }
}
