// BOLT 12 containers: the text form (bech32 without checksum, `+` continuations), the TLV stream (BOLT 1) and the
// merkle root a signature is over.
import { compareBytes, concat } from '../../crypto/bytes.ts';
import { sha256, taggedHash } from '../../crypto/hash.ts';
import { SkiffError } from '../../errors.ts';
import { bytesToWords, wordsToBytes } from '../words.ts';

export interface Tlv {
  type: bigint;
  value: Uint8Array;
  /** Type, length and value as they lie in the stream. */
  record: Uint8Array;
}

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

export const invalidBolt12 = (reason: string): SkiffError =>
  new SkiffError({
    code: 'INVALID_INVOICE',
    say: 'This is not a valid Lightning offer or BOLT 12 invoice.',
    details: { reason },
  });

/** Bytes of a `lno1…`/`lni1…` text. @throws SkiffError INVALID_INVOICE. */
export function decodeBolt12Text(prefix: 'lno' | 'lni', text: string): Uint8Array {
  if (text.length > 64_000) throw invalidBolt12('too long');
  if (/(^\s*\+)|(\+\s*$)|(\+\s*\+)/.test(text)) throw invalidBolt12('dangling continuation');
  const joined = text.replace(/\+\s*/g, '');
  const lower = joined.toLowerCase();
  if (joined !== lower && joined !== joined.toUpperCase()) throw invalidBolt12('mixed case');
  if (!lower.startsWith(`${prefix}1`)) throw invalidBolt12('prefix');
  const words = Array.from(lower.slice(prefix.length + 1), (c) => CHARSET.indexOf(c));
  if (words.includes(-1)) throw invalidBolt12('character');
  const spare = (words.length * 5) % 8;
  if (spare >= 5 || ((words.at(-1) ?? 0) & ((1 << spare) - 1)) !== 0) throw invalidBolt12('padding');
  return wordsToBytes(Uint8Array.from(words));
}

/** Text form of BOLT 12 bytes. */
export function encodeBolt12Text(prefix: 'lno' | 'lni', bytes: Uint8Array): string {
  return `${prefix}1${Array.from(bytesToWords(bytes), (w) => CHARSET.charAt(w)).join('')}`;
}

/** Big-endian integer of at most 8 bytes without leading zeros (tu64). @throws SkiffError INVALID_INVOICE. */
export function readTu64(bytes: Uint8Array): bigint {
  if (bytes.length > 8 || bytes[0] === 0) throw invalidBolt12('integer');
  return bytes.reduce((n, b) => (n << 8n) | BigInt(b), 0n);
}

function bigSize(bytes: Uint8Array, at: number): { value: bigint; next: number } {
  const first = bytes[at];
  if (first === undefined) throw invalidBolt12('cut off');
  const size = first < 0xfd ? 0 : 2 << (first - 0xfd);
  const next = at + 1 + size;
  if (next > bytes.length) throw invalidBolt12('cut off');
  if (size === 0) return { value: BigInt(first), next };
  const value = bytes.subarray(at + 1, next).reduce((n, b) => (n << 8n) | BigInt(b), 0n);
  const least = size === 2 ? 0xfdn : size === 4 ? 0x10000n : 0x100000000n;
  if (value < least) throw invalidBolt12('integer is not minimal');
  return { value, next };
}

/** Records of a TLV stream, strictly ascending. @throws SkiffError INVALID_INVOICE. */
export function readTlvs(bytes: Uint8Array): Tlv[] {
  const tlvs: Tlv[] = [];
  for (let at = 0; at < bytes.length;) {
    const type = bigSize(bytes, at);
    const length = bigSize(bytes, type.next);
    const last = tlvs.at(-1);
    if (last && last.type >= type.value) throw invalidBolt12('records out of order');
    if (length.value > BigInt(bytes.length - length.next))
      throw invalidBolt12('record longer than the stream');
    const end = length.next + Number(length.value);
    tlvs.push({ type: type.value, value: bytes.slice(length.next, end), record: bytes.slice(at, end) });
    at = end;
  }
  return tlvs;
}

/** Tagged hash under a tag that is data (the first record is part of the nonce tag). */
function nonceHash(tag: Uint8Array, message: Uint8Array): Uint8Array {
  const h = sha256(tag);
  return sha256(h, h, message);
}

const branch = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  compareBytes(a, b) <= 0 ? taggedHash('LnBranch', a, b) : taggedHash('LnBranch', b, a);

const typeBytes = (tlv: Tlv): Uint8Array => {
  const first = tlv.record[0] ?? 0;
  return tlv.record.subarray(0, first < 0xfd ? 1 : 1 + (2 << (first - 0xfd)));
};

/**
 * Digest that the signature of a BOLT 12 invoice is over: tagged hash of the merkle root of all records but the
 * signatures (types 240…1000). @throws SkiffError INVALID_INVOICE for an empty stream.
 */
export function invoiceTlvDigest(tlvs: readonly Tlv[]): Uint8Array {
  const [first] = tlvs;
  if (first === undefined) throw invalidBolt12('empty');
  const nonceTag = concat(new TextEncoder().encode('LnNonce'), first.record);
  let level = tlvs
    .filter((t) => t.type < 240n || t.type > 1000n)
    .map((t) => branch(taggedHash('LnLeaf', t.record), nonceHash(nonceTag, typeBytes(t))));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = level.slice(i, i + 2) as [Uint8Array, Uint8Array?];
      above.push(right === undefined ? left : branch(left, right));
    }
    level = above;
  }
  const [root] = level;
  if (root === undefined) throw invalidBolt12('empty');
  return taggedHash('lightninginvoicesignature', root);
}
