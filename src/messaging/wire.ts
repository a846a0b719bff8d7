// How values travel between the extension's own contexts. Runtime messages are JSON in Chromium, so bigint is tagged on
// the way out and restored on the way in, and a SkiffError keeps its code and sentence.
import { SkiffError } from '../errors.ts';
import type { ErrorCode, Retry } from '../errors.ts';

const TAG = '$bigint';

/** A JSON value that stands for `value`: bigint becomes `{"$bigint": "123"}`, undefined fields disappear. */
export function pack(value: unknown): unknown {
  if (typeof value === 'bigint') return { [TAG]: value.toString() };
  if (Array.isArray(value)) return value.map(pack);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, v]) => v !== undefined)
        .map(([k, v]) => [k, pack(v)]),
    );
  }
  return value;
}

/** Reverse of {@link pack}. @throws SkiffError INVALID_ENCODING for a tag that holds no integer. */
export function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === TAG) {
    const text: unknown = entries[0][1];
    if (typeof text !== 'string' || !/^-?\d{1,30}$/.test(text))
      throw new SkiffError({
        code: 'INVALID_ENCODING',
        say: 'A message between parts of Skiff was damaged.',
      });
    return BigInt(text);
  }
  return Object.fromEntries(entries.map(([k, v]) => [k, unpack(v)]));
}

export interface PackedError {
  code: ErrorCode;
  say: string;
  retry: Retry;
  details: Record<string, string>;
}

/** Any thrown value as plain data; what is not a SkiffError becomes INTERNAL without its text (it may hold secrets). */
export function packError(e: unknown): PackedError {
  const error = e instanceof SkiffError ? e : internal(e);
  return { code: error.code, say: error.say, retry: error.retry, details: error.details };
}

export const unpackError = (e: PackedError): SkiffError => new SkiffError(e);

const internal = (cause: unknown): SkiffError =>
  new SkiffError({
    code: 'INTERNAL',
    say: 'Something inside Skiff went wrong. No money moved because of it; please try again.',
    retry: 'later',
    cause,
  });

export type Reply = { ok: unknown } | { error: PackedError };
