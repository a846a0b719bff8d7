// Little-endian pieces of Bitcoin's consensus encoding.
import { concat } from '../../src/crypto/bytes.ts';
import type { TxOutput } from './tx.ts';

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** CompactSize of a length below 2^32. */
export function compactSize(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value);
  if (value <= 0xffff) return Uint8Array.of(0xfd, value & 0xff, value >>> 8);
  return concat(Uint8Array.of(0xfe), u32(value));
}

/** A byte string with its length in front. */
export const varBytes = (bytes: Uint8Array): Uint8Array => concat(compactSize(bytes.length), bytes);

export const outputBytes = ({ value, script }: TxOutput): Uint8Array => concat(u64(value), varBytes(script));
