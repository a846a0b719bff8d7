// Ark's primitive byte encodings (ark-lib encode.rs): little-endian integers, minimal CompactSize, checked points,
// bounded vectors. Invariant: reading any bytes either returns a value that re-encodes to them, or throws SkiffError
// INVALID_ENCODING; nothing is allocated before its size is known to be there.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { isZero } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import { isBlockDelta, isBlockHeight } from './blocks.ts';

/** A transaction output named by its transaction. `txid` is in internal (wire) order. */
export interface OutPoint {
  readonly txid: Bytes;
  readonly vout: number;
}

/** A transaction output. `script` is the scriptPubKey. */
export interface TxOut {
  readonly value: Sats;
  readonly script: Bytes;
}

/** What a reader must ask of the curve. */
export type PointChecks = Pick<Curve, 'isPoint' | 'isXOnly' | 'isScalar'>;

/** Largest scriptPubKey that Ark's decoder takes. */
const MAX_SCRIPT = 100;
const NO_SIGNATURE = new Uint8Array(64);

/** Most elements a vector may announce: 4 000 000 bytes over the size of ark-lib's element in memory. */
export const VECTOR_CAPS = {
  publicKey: 62_500,
  signature: 62_500,
  hash: 125_000,
  treeLeafSpec: 17_857,
  genesisItem: 19_230,
} as const;

/** The error of every decoder here. `what` names the field. */
export const invalidEncoding = (what: string, cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'INVALID_ENCODING',
    say: 'This data is damaged or not what it claims to be.',
    details: { what },
    cause,
  });

/** A cursor over bytes. Every method advances it or throws INVALID_ENCODING; returned arrays are copies. */
export class Reader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  readonly #curve: PointChecks;
  #at = 0;

  constructor(curve: PointChecks, bytes: Bytes) {
    this.#curve = curve;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(length: number, what: string): number {
    if (this.remaining < length) throw invalidEncoding(`${what}: bytes end too early`);
    const from = this.#at;
    this.#at += length;
    return from;
  }

  /** Fails unless everything was read. */
  end(): void {
    if (this.remaining !== 0) throw invalidEncoding('trailing bytes');
  }

  bytes(length: number, what = 'bytes'): Bytes {
    const from = this.#take(length, what);
    return Uint8Array.from(this.#bytes.subarray(from, from + length));
  }

  u8(what = 'u8'): number {
    return this.#view.getUint8(this.#take(1, what));
  }

  u16(what = 'u16'): number {
    return this.#view.getUint16(this.#take(2, what), true);
  }

  u32(what = 'u32'): number {
    return this.#view.getUint32(this.#take(4, what), true);
  }

  u64(what = 'u64'): bigint {
    return this.#view.getBigUint64(this.#take(8, what), true);
  }

  i64(what = 'i64'): bigint {
    return this.#view.getBigInt64(this.#take(8, what), true);
  }

  amount(what = 'amount'): Sats {
    return sats(this.u64(what));
  }

  /** u32 block height within Ark's bound. */
  blockHeight(what = 'height'): number {
    const height = this.u32(what);
    if (!isBlockHeight(height)) throw invalidEncoding(`${what}: block height too large`);
    return height;
  }

  /** u16 block delta within Ark's bound. */
  blockDelta(what = 'delta'): number {
    const delta = this.u16(what);
    if (!isBlockDelta(delta)) throw invalidEncoding(`${what}: block delta too large`);
    return delta;
  }

  /** Bitcoin CompactSize; non-minimal forms are refused. */
  compactSize(what = 'compact size'): bigint {
    const first = this.u8(what);
    if (first < 0xfd) return BigInt(first);
    const [value, least] =
      first === 0xfd
        ? [BigInt(this.u16(what)), 0xfdn]
        : first === 0xfe
          ? [BigInt(this.u32(what)), 0x1_0000n]
          : [this.u64(what), 0x1_0000_0000n];
    if (value < least) throw invalidEncoding(`${what}: non-minimal compact size`);
    return value;
  }

  /** A vector's length, at most `cap`. */
  count(cap: number, what = 'count'): number {
    const count = this.compactSize(what);
    if (count > BigInt(cap)) throw invalidEncoding(`${what}: more than ${cap} elements`);
    return Number(count);
  }

  /** cs count, then that many items. */
  vector<T>(cap: number, what: string, item: (r: Reader) => T): T[] {
    const out: T[] = [];
    for (let left = this.count(cap, what); left > 0; left--) out.push(item(this));
    return out;
  }

  /** 33-byte compressed point. */
  publicKey(what = 'public key'): Bytes {
    const key = this.bytes(33, what);
    if (!this.#curve.isPoint(key)) throw invalidEncoding(`${what}: not a point`);
    return key;
  }

  /** A single 0 byte, or a 33-byte point. */
  optionalPublicKey(what = 'optional public key'): Bytes | undefined {
    if (this.remaining > 0 && this.#bytes[this.#at] === 0) {
      this.#at += 1;
      return undefined;
    }
    return this.publicKey(what);
  }

  /** 32-byte valid x coordinate. */
  xOnly(what = 'x-only key'): Bytes {
    const key = this.bytes(32, what);
    if (!this.#curve.isXOnly(key)) throw invalidEncoding(`${what}: not an x coordinate`);
    return key;
  }

  hash(what = 'hash'): Bytes {
    return this.bytes(32, what);
  }

  /** 0, or 1 and 32 bytes. */
  optionalHash(what = 'optional hash'): Bytes | undefined {
    const flag = this.u8(what);
    if (flag > 1) throw invalidEncoding(`${what}: prefix ${flag}`);
    return flag === 0 ? undefined : this.hash(what);
  }

  /** 32-byte big-endian scalar below the group order. */
  scalar(what = 'scalar'): Bytes {
    const value = this.bytes(32, what);
    if (!this.#curve.isScalar(value)) throw invalidEncoding(`${what}: not below the group order`);
    return value;
  }

  /** 64 bytes; r and s are not looked at. */
  signature(what = 'signature'): Bytes {
    return this.bytes(64, what);
  }

  /** Always 64 bytes; all zero stands for none. */
  optionalSignature(what = 'optional signature'): Bytes | undefined {
    const signature = this.bytes(64, what);
    return isZero(signature) ? undefined : signature;
  }

  /** 66-byte MuSig2 public nonce: two points, neither at infinity. */
  publicNonce(what = 'public nonce'): Bytes {
    const nonce = this.bytes(66, what);
    for (const half of [nonce.subarray(0, 33), nonce.subarray(33)]) {
      if (!this.#curve.isPoint(half)) throw invalidEncoding(`${what}: not two points`);
    }
    return nonce;
  }

  /** 36 bytes: txid in internal order, vout. */
  outPoint(what = 'outpoint'): OutPoint {
    return { txid: this.bytes(32, what), vout: this.u32(what) };
  }

  /** Bitcoin consensus TxOut with a script of at most 100 bytes. */
  txOut(what = 'output'): TxOut {
    const value = this.amount(what);
    return { value, script: this.bytes(this.count(MAX_SCRIPT, `${what} script`), what) };
  }
}

/** Collects bytes; the mirror of {@link Reader}. Writers trust their (typed) input. */
export class Writer {
  #buffer = new Uint8Array(256);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  #reserve(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#buffer.length));
      grown.set(this.#buffer);
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  /** A copy of what was written. */
  finish(): Bytes {
    return this.#buffer.slice(0, this.#length);
  }

  bytes(bytes: Bytes): this {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  i64(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value, true);
    return this;
  }

  compactSize(value: number | bigint): this {
    const v = BigInt(value);
    if (v < 0xfdn) return this.u8(Number(v));
    if (v <= 0xffffn) return this.u8(0xfd).u16(Number(v));
    if (v <= 0xffff_ffffn) return this.u8(0xfe).u32(Number(v));
    return this.u8(0xff).u64(v);
  }

  vector<T>(items: readonly T[], item: (w: Writer, value: T) => unknown): this {
    this.compactSize(items.length);
    for (const value of items) item(this, value);
    return this;
  }

  optionalPublicKey(key: Bytes | undefined): this {
    return key === undefined ? this.u8(0) : this.bytes(key);
  }

  optionalHash(hash: Bytes | undefined): this {
    return hash === undefined ? this.u8(0) : this.u8(1).bytes(hash);
  }

  optionalSignature(signature: Bytes | undefined): this {
    return this.bytes(signature ?? NO_SIGNATURE);
  }

  outPoint(point: OutPoint): this {
    return this.bytes(point.txid).u32(point.vout);
  }

  txOut(out: TxOut): this {
    return this.u64(out.value).compactSize(out.script.length).bytes(out.script);
  }
}

/** Reads one object that must fill `bytes` exactly. @throws SkiffError INVALID_ENCODING also for trailing bytes. */
export function decodeAll<T>(curve: PointChecks, bytes: Bytes, read: (r: Reader) => T): T {
  const reader = new Reader(curve, bytes);
  const value = read(reader);
  reader.end();
  return value;
}

/** Bytes that `write` puts down. */
export function encodeWith(write: (w: Writer) => unknown): Bytes {
  const writer = new Writer();
  write(writer);
  return writer.finish();
}
