// Forms of TLV values that several Lightning messages share (BOLT 1 "fundamental types", BOLT 12).
import { concat } from '../crypto/bytes.ts';
import type { Bytes } from '../crypto/curve.ts';
import type { Form } from './tlv.ts';
import { readTruncated, wireError, writeTruncated } from './wire.ts';

/** Bytes of any length. */
export const raw: Form<Bytes> = { read: (value) => value, write: (value) => value };

/** Exactly `length` bytes. */
export const fixed = (length: number): Form<Bytes> => ({
  read: (value) => exactly(value, length),
  write: (value) => value,
});

/** A compressed point on the curve, 33 bytes. */
export const point: Form<Bytes> = {
  read: (value, curve) => {
    if (!curve.isPoint(exactly(value, 33))) throw wireError('InvalidValue', 'not a point on the curve');
    return value;
  },
  write: (value) => value,
};

const truncated = (size: 4 | 8): Form<bigint> => ({
  read: (value) => readTruncated(value, size),
  write: writeTruncated,
});
export const tu32 = truncated(4);
export const tu64 = truncated(8);

/** UTF-8 text without a length. */
export const utf8: Form<string> = {
  read: (value) => {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
    } catch {
      throw wireError('InvalidValue', 'text is not UTF-8');
    }
  },
  write: (value) => new TextEncoder().encode(value),
};

/** Items of one fixed length, back to back. */
export const listOf = (length: number): Form<Bytes[]> => ({
  read: (value) => {
    if (value.length % length !== 0) throw wireError('ShortRead', 'last item is cut off');
    return Array.from({ length: value.length / length }, (_, i) => value.slice(i * length, (i + 1) * length));
  },
  write: (value) => concat(...value),
});

/** @throws SkiffError INVALID_ENCODING when the value is shorter or longer. */
export function exactly(value: Bytes, length: number): Bytes {
  if (value.length < length) throw wireError('ShortRead', 'value is cut off');
  if (value.length > length) throw wireError('InvalidValue', 'value is too long');
  return value;
}
