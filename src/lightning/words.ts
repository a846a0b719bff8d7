// 5-bit words, the unit of a BOLT 11 data part, and their integers and bytes. Readers drop the padding bits of the
// last word without looking at them, as lightning-invoice does.
import { SkiffError } from '../errors.ts';

export type Words = Uint8Array;

const U64_MAX = (1n << 64n) - 1n;

/** Packs words into bytes, big-endian; up to 7 trailing bits are dropped. */
export function wordsToBytes(words: Words): Uint8Array {
  const bytes = new Uint8Array(Math.floor((words.length * 5) / 8));
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const word of words) {
    buffer = ((buffer << 5) | word) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 0xff;
    }
  }
  return bytes;
}

/** Spreads bytes over words, zero bits at the end. */
export function bytesToWords(bytes: Uint8Array): Words {
  const words = new Uint8Array(Math.ceil((bytes.length * 8) / 5));
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      words[at++] = (buffer >> bits) & 31;
    }
  }
  if (bits > 0) words[at] = (buffer << (5 - bits)) & 31;
  return words;
}

/** Big-endian integer of words. @throws SkiffError INVALID_INVOICE above 2^64−1. */
export function wordsToInt(words: Words): bigint {
  let value = 0n;
  for (const word of words) {
    value = value * 32n + BigInt(word);
    if (value > U64_MAX) {
      throw new SkiffError({
        code: 'INVALID_INVOICE',
        say: 'The invoice is damaged.',
        details: { reason: 'integer above 64 bits' },
      });
    }
  }
  return value;
}

/** Big-endian words of an integer: `length` words, or as few as hold it (none for 0). */
export function intToWords(value: bigint, length?: number): Words {
  const words: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 5n) words.unshift(Number(rest & 31n));
  if (length !== undefined) while (words.length < length) words.unshift(0);
  return Uint8Array.from(words);
}

/** A feature vector's words to big-endian bytes, right-aligned, leading zero bytes dropped (BOLT 9, BOLT 11 `9`). */
export function wordsToFeatures(words: Words): Uint8Array {
  const bits = words.length * 5;
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  words.forEach((word, i) => {
    for (let b = 0; b < 5; b++) {
      const bit = (words.length - 1 - i) * 5 + b;
      const at = bytes.length - 1 - (bit >> 3);
      if ((word >> b) & 1) bytes[at] = (bytes[at] ?? 0) | (1 << (bit & 7));
    }
  });
  const start = bytes.findIndex((b) => b !== 0);
  return start < 0 ? new Uint8Array() : bytes.slice(start);
}

/** Inverse of {@link wordsToFeatures}: as few words as hold the highest bit. */
export function featuresToWords(features: Uint8Array): Words {
  let value = 0n;
  for (const byte of features) value = (value << 8n) | BigInt(byte);
  return intToWords(value);
}
