// Every error that leaves a module is a SkiffError: a code for programs, one sentence for a person,
// and whether trying again can help. Nothing secret goes into `message`, `say` or `details`.

export type Retry =
  /** The same call may work later (network, server busy). */
  | 'later'
  /** Doing the same again is futile; something must change first. */
  | 'never';

export interface ErrorInit {
  /** Machine code, UPPER_SNAKE; see src/error-codes.ts. */
  code: ErrorCode;
  /** One plain sentence for a person: what happened, whether money moved, what to do. */
  say: string;
  retry?: Retry;
  /** Facts for engineers (amounts, ids, heights), never secrets. */
  details?: Record<string, string | number | bigint | boolean | undefined>;
  cause?: unknown;
}

import type { ErrorCode } from './error-codes.ts';
export type { ErrorCode } from './error-codes.ts';

export class SkiffError extends Error {
  override readonly name = 'SkiffError';
  readonly code: ErrorCode;
  readonly say: string;
  readonly retry: Retry;
  readonly details: Record<string, string>;

  constructor(init: ErrorInit) {
    super(`${init.code}: ${init.say}`, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.say = init.say;
    this.retry = init.retry ?? 'never';
    this.details = Object.fromEntries(
      Object.entries(init.details ?? {})
        .filter(([, v]) => v !== undefined)
        .map(([k, v]) => [k, String(v)]),
    );
  }
}

/** Narrowing helper: is `e` a SkiffError (with this code, when given)? */
export const isSkiffError = (e: unknown, code?: ErrorCode): e is SkiffError =>
  e instanceof SkiffError && (code === undefined || e.code === code);
