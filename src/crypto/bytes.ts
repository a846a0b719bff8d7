// Byte helpers that every layer shares: hex with typed errors, comparison, concatenation. No secrets: nothing here is constant-time.
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { SkiffError } from '../errors.ts';
import type { Bytes } from './curve.ts';

/** Lowercase hex. */
export const toHex = (bytes: Bytes): string => bytesToHex(bytes);

/** Hex (either case) to bytes. @throws SkiffError INVALID_ENCODING for odd length or a foreign character. */
export function fromHex(text: string): Bytes {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new SkiffError({ code: 'INVALID_ENCODING', say: 'This is not valid hexadecimal text.' });
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Bytes of all parts in order. */
export const concat = (...parts: Bytes[]): Bytes => concatBytes(...parts);

/** Same length and same bytes? Variable-time. */
export function equalBytes(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic order, as Array.sort wants it; a prefix comes first. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const d = (a[i] as number) - (b[i] as number);
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

/** Is every byte zero? */
export const isZero = (bytes: Bytes): boolean => bytes.every((b) => b === 0);
