// Primitive encodings: values to bytes and back, what the decoders refuse, vector caps, ids, block bounds.
import { compareBytes, fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import * as blocks from '../../../src/ark/blocks.ts';
import { decodeAll, encodeWith, Reader, VECTOR_CAPS, type Writer } from '../../../src/ark/encode.ts';
import { sats } from '../../../src/units.ts';
import { parseVtxoId, txidText, vtxoIdBytes, vtxoIdFromBytes, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import type { Check } from '../check.ts';
import { txOutView } from '../views.ts';

interface Data {
  compact_size: { value: string; hex: string }[];
  compact_size_invalid: { hex: string; error: string }[];
  valid: { type: string; value: never; hex: string }[];
  decode_attempts: ({ note: string; hex: string; type: string } & (
    { ok: true; reencoded: string } | { ok: false; error: string }
  ))[];
  vector_caps: Record<string, string>;
  vtxo_ids: { string: string; bytes: string; txid: string; vout: number }[];
  vtxo_id_sort: { input: string[]; sorted: string[] };
  vtxo_id_strings: { string: string; ok: boolean }[];
  bounds: {
    max_block_delta: number;
    max_block_height: number;
    delta: { value: number; ok: boolean }[];
    height: { value: number; ok: boolean }[];
    delta_add_saturates: { a: number; b: number; sum: number };
    delta_mul_saturates: { a: number; times: number; product: number };
    height_add_saturates: { a: number; b: number; sum: number };
  };
}

/** How a type is read, written, and shown in (or read from) the file's `value`. */
interface Codec<T> {
  read: (r: Reader) => T;
  write: (w: Writer, value: T) => unknown;
  show: (value: T) => unknown;
  parse: (value: never) => T;
}

const codec = <T>(c: Codec<T>): Codec<never> => c as unknown as Codec<never>;
const raw = (read: (r: Reader) => Uint8Array) =>
  codec<Uint8Array>({ read, write: (w, v) => w.bytes(v), show: toHex, parse: fromHex });
const optional = (
  read: (r: Reader) => Uint8Array | undefined,
  write: (w: Writer, v: Uint8Array | undefined) => unknown,
) =>
  codec<Uint8Array | undefined>({
    read,
    write,
    show: (v) => (v ? toHex(v) : null),
    parse: (v: string | null) => (v === null ? undefined : fromHex(v)),
  });

const CODECS: Record<string, Codec<never>> = {
  public_key: raw((r) => r.publicKey()),
  xonly_key: raw((r) => r.xOnly()),
  option_public_key: optional(
    (r) => r.optionalPublicKey(),
    (w, v) => w.optionalPublicKey(v),
  ),
  sha256: raw((r) => r.hash()),
  option_sha256: optional(
    (r) => r.optionalHash(),
    (w, v) => w.optionalHash(v),
  ),
  signature: raw((r) => r.signature()),
  option_signature: optional(
    (r) => r.optionalSignature(),
    (w, v) => w.optionalSignature(v),
  ),
  outpoint: codec({
    read: (r) => r.outPoint(),
    write: (w, v) => w.outPoint(v),
    show: vtxoIdText,
    parse: (v: string) => parseVtxoId(v),
  }),
  vtxo_id: codec({
    read: (r) => vtxoIdFromBytes(r.bytes(36)),
    write: (w, v) => w.bytes(vtxoIdBytes(v)),
    show: vtxoIdText,
    parse: (v: string) => parseVtxoId(v),
  }),
  txout: codec({
    read: (r) => r.txOut(),
    write: (w, v) => w.txOut(v),
    show: txOutView,
    parse: (v: { value: number | string; script: string }) => ({
      value: sats(BigInt(v.value)),
      script: fromHex(v.script),
    }),
  }),
  block_hash: codec({
    read: (r) => r.hash(),
    write: (w, v) => w.bytes(v),
    show: txidText,
    parse: (v: string) => fromHex(v).reverse(),
  }),
  vec_public_key: codec({
    read: (r) => r.vector(VECTOR_CAPS.publicKey, 'keys', (x) => x.publicKey()),
    write: (w, v) => w.vector(v, (x, key) => x.bytes(key)),
    show: (v) => v.map(toHex),
    parse: (v: string[]) => v.map(fromHex),
  }),
  vec_sha256: codec({
    read: (r) => r.vector(VECTOR_CAPS.hash, 'hashes', (x) => x.hash()),
    write: (w, v) => w.vector(v, (x, hash) => x.bytes(hash)),
    show: (v) => ({ count: v.length, item_i: 'SHA256(u32le(i))' }),
    parse: (v: { count: number; item_i: string }) =>
      Array.from({ length: v.count }, (_, i) => sha256(encodeWith((w) => w.u32(i)))),
  }),
  musig_public_nonce: raw((r) => r.publicNonce()),
  musig_partial_sig: raw((r) => r.scalar()),
};

const CAPS: Record<string, number> = {
  public_key: VECTOR_CAPS.publicKey,
  signature: VECTOR_CAPS.signature,
  sha256: VECTOR_CAPS.hash,
  tree_leaf_spec: VECTOR_CAPS.treeLeafSpec,
  genesis_item: VECTOR_CAPS.genesisItem,
};

export function compare(data: Data, check: Check): void {
  for (const { value, hex } of data.compact_size) {
    check(
      encodeWith((w) => w.compactSize(BigInt(value))),
      hex,
      `compact size ${value}`,
    );
    check(
      decodeAll(curve, fromHex(hex), (r) => r.compactSize()),
      value,
      `compact size ${hex}`,
    );
  }
  for (const { hex, error } of data.compact_size_invalid) {
    check.refuses(
      () => decodeAll(curve, fromHex(hex), (r) => r.compactSize()),
      `compact size ${hex}: ${error}`,
    );
  }
  for (const { type, value, hex } of data.valid) {
    const c = CODECS[type] as Codec<never>;
    check(c.show(decodeAll(curve, fromHex(hex), c.read)), value, `read ${type}`);
    check(
      encodeWith((w) => c.write(w, c.parse(value))),
      hex,
      `write ${type}`,
    );
  }
  for (const attempt of data.decode_attempts) {
    const { type, hex, note } = attempt;
    const c = CODECS[type] as Codec<never>;
    const run = () => encodeWith((w) => c.write(w, decodeAll(curve, fromHex(hex), c.read)));
    if (attempt.ok) check(run(), attempt.reencoded, `${type}, ${note}`);
    else {
      check.informative(attempt.error);
      check.refuses(run, `${type}, ${note}`);
    }
  }
  for (const [type, text] of Object.entries(data.vector_caps)) {
    const cap = CAPS[type] as number;
    check(cap, /max=(\d+)/.exec(text)?.[1], `cap ${type}`);
    const announced = encodeWith((w) => w.compactSize(4294967295));
    check.refuses(() => new Reader(curve, announced).count(cap), `cap ${type} refuses 2^32−1`);
  }
  for (const id of data.vtxo_ids) {
    const point = vtxoIdFromBytes(fromHex(id.bytes));
    check(
      {
        string: vtxoIdText(point),
        bytes: toHex(vtxoIdBytes(point)),
        txid: txidText(point.txid),
        vout: point.vout,
      },
      id,
      'vtxo id',
    );
    check(vtxoIdBytes(parseVtxoId(id.string)), id.bytes, 'vtxo id from text');
  }
  const points = data.vtxo_id_sort.input.map(parseVtxoId);
  points.sort((a, b) => compareBytes(vtxoIdBytes(a), vtxoIdBytes(b)));
  check(points.map(vtxoIdText), data.vtxo_id_sort.sorted, 'sorted ids');
  for (const { string, ok } of data.vtxo_id_strings) {
    if (ok) check(vtxoIdText(parseVtxoId(string)), string.toLowerCase(), `id text ${string}`);
    else check.refuses(() => parseVtxoId(string), `id text ${string}`);
  }
  compareBounds(data.bounds, check);
}

function compareBounds(bounds: Data['bounds'], check: Check): void {
  check(blocks.MAX_BLOCK_DELTA, bounds.max_block_delta, 'max delta');
  check(blocks.MAX_BLOCK_HEIGHT, bounds.max_block_height, 'max height');
  for (const { value, ok } of bounds.delta) check(blocks.isBlockDelta(value), ok, `delta ${value}`);
  for (const { value, ok } of bounds.height) check(blocks.isBlockHeight(value), ok, `height ${value}`);
  const { delta_add_saturates: add, delta_mul_saturates: mul, height_add_saturates: height } = bounds;
  check(blocks.addDelta(add.a, add.b), add.sum, 'delta sum');
  check(blocks.multiplyDelta(mul.a, mul.times), mul.product, 'delta product');
  check(blocks.addHeight(height.a, height.b), height.sum, 'height sum');
}
