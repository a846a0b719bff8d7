// Lightning's integers and byte fields (BOLT 1): one cursor and one set of writers for every format above.
// Faults carry the name LDK gives them (`details.ldk`), so that refusals can be compared with LDK's.
import { concat } from '../crypto/bytes.ts';
import type { Bytes } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';

export type WireFault = 'ShortRead' | 'InvalidValue' | 'UnknownRequiredFeature';

/** INVALID_ENCODING with LDK's name of the fault. */
export const wireError = (fault: WireFault, reason: string): SkiffError =>
  new SkiffError({
    code: 'INVALID_ENCODING',
    say: 'This Lightning data is damaged.',
    details: { ldk: `Decode(${fault})`, reason },
  });

/** Reads from the front; every method throws SkiffError INVALID_ENCODING when the bytes end too early. */
export interface Reader {
  /** Bytes that are left. */
  left(): number;
  /** A copy of the next `length` bytes. */
  take(length: number): Bytes;
  /** Big-endian integer of `size` ≤ 6 bytes. */
  int(size: number): number;
  u64(): bigint;
  /** BOLT 1 BigSize, minimal. */
  bigSize(): bigint;
}

export function createReader(bytes: Bytes): Reader {
  let at = 0;
  const take = (length: number): Bytes => {
    if (length > bytes.length - at) throw wireError('ShortRead', 'cut off');
    at += length;
    return bytes.slice(at - length, at);
  };
  const big = (size: number): bigint => take(size).reduce((n, b) => (n << 8n) | BigInt(b), 0n);
  return {
    left: () => bytes.length - at,
    take,
    int: (size) => take(size).reduce((n, b) => n * 256 + b, 0),
    u64: () => big(8),
    bigSize: () => {
      const first = big(1);
      if (first < 0xfdn) return first;
      const size = 2 << Number(first - 0xfdn);
      const value = big(size);
      const least = size === 2 ? 0xfdn : size === 4 ? 0x10000n : 0x100000000n;
      if (value < least) throw wireError('InvalidValue', 'BigSize is not minimal');
      return value;
    },
  };
}

/** Reads all of `bytes` with `read`. @throws SkiffError INVALID_ENCODING when something is left. */
export function readAll<T>(bytes: Bytes, read: (reader: Reader) => T): T {
  const reader = createReader(bytes);
  const value = read(reader);
  if (reader.left() > 0) throw wireError('InvalidValue', 'bytes left over');
  return value;
}

/** Reads items until the bytes are used up: lists in a TLV have no count. */
export function readMany<T>(bytes: Bytes, read: (reader: Reader) => T): T[] {
  const reader = createReader(bytes);
  const items: T[] = [];
  while (reader.left() > 0) items.push(read(reader));
  return items;
}

/** Big-endian integer in `size` bytes. */
export function writeInt(value: number | bigint, size: number): Bytes {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let i = size - 1; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

/** BOLT 1 BigSize. */
export function writeBigSize(value: bigint | number): Bytes {
  const v = BigInt(value);
  if (v < 0xfdn) return writeInt(v, 1);
  const size = v < 0x10000n ? 2 : v < 0x100000000n ? 4 : 8;
  return concat(Uint8Array.of(size === 2 ? 0xfd : size === 4 ? 0xfe : 0xff), writeInt(v, size));
}

/** Truncated integer (tu16, tu32, tu64): no leading zeros. @throws SkiffError INVALID_ENCODING. */
export function readTruncated(bytes: Bytes, maxSize: 2 | 4 | 8): bigint {
  if (bytes.length > maxSize) throw wireError('InvalidValue', 'integer too long');
  if (bytes[0] === 0) throw wireError('InvalidValue', 'integer has leading zeros');
  return bytes.reduce((n, b) => (n << 8n) | BigInt(b), 0n);
}

/** Truncated integer: as few bytes as hold it, none for 0. */
export function writeTruncated(value: bigint): Bytes {
  const bytes = writeInt(value, 8);
  const start = bytes.findIndex((b) => b !== 0);
  return start < 0 ? new Uint8Array() : bytes.slice(start);
}
