// Why an action ends without success, in a form that survives a restart: it goes into the state, the movement's
// metadata (`failure`) and from there to whoever waits for the outcome.

import { SkiffError, type ErrorCode } from '../../errors.ts';

export interface FailureNote {
  code: ErrorCode;
  say: string;
  /** Facts that a view or a page may act on. */
  details?: Record<string, string | number>;
}

export const errorOf = (note: FailureNote): SkiffError => new SkiffError({ ...note });

/** Whatever was thrown, as an error that can be kept and shown. */
export const asSkiffError = (cause: unknown): SkiffError =>
  cause instanceof SkiffError
    ? cause
    : new SkiffError({
        code: 'INTERNAL',
        say: 'Something unexpected happened inside the wallet; it will try again.',
        details: { reason: cause instanceof Error ? cause.message : String(cause) },
        cause,
      });
