// A VTXO's id is the outpoint of its own output (ark-lib vtxo/mod.rs): 36 wire bytes, or `txid:vout` as text.
// In rows and maps an id is always the text form.
import type { Bytes } from '../crypto/curve.ts';
import { fromHex, toHex } from '../crypto/bytes.ts';
import { encodeWith, invalidEncoding, type OutPoint } from './encode.ts';

export type { OutPoint } from './encode.ts';

/** Txid as people read it: bytes reversed, hex. */
export const txidText = (txid: Bytes): string => toHex(Uint8Array.from(txid).reverse());

/** Reversed hex to 32 bytes in internal order. @throws SkiffError INVALID_ENCODING */
export function parseTxid(text: string): Bytes {
  if (text.length !== 64) throw invalidEncoding('txid: not 64 hex digits');
  return fromHex(text).reverse();
}

/** The 36 wire bytes: txid in internal order, vout little-endian. */
export const vtxoIdBytes = (point: OutPoint): Bytes => encodeWith((w) => w.outPoint(point));

/** `txid:vout` in display order. */
export const vtxoIdText = (point: OutPoint): string => `${txidText(point.txid)}:${point.vout}`;

/** Strict: vout is plain decimal without sign or leading zeros, below 2^32. @throws SkiffError INVALID_ENCODING */
export function parseVtxoId(text: string): OutPoint {
  const match = /^([0-9a-fA-F]{64}):(0|[1-9][0-9]{0,9})$/.exec(text);
  const vout = Number(match?.[2]);
  if (!match?.[1] || vout > 0xffff_ffff) throw invalidEncoding('vtxo id: expected txid:vout');
  return { txid: parseTxid(match[1]), vout };
}

/** 36 wire bytes to a point. @throws SkiffError INVALID_ENCODING for any other length. */
export function vtxoIdFromBytes(bytes: Bytes): OutPoint {
  if (bytes.length !== 36) throw invalidEncoding('vtxo id: expected 36 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, 36);
  return { txid: Uint8Array.from(bytes.subarray(0, 32)), vout: view.getUint32(32, true) };
}
