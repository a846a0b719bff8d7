// What an onion message carries (BOLT 12 and BOLT 4 `onionmsg_tlv`, drafts bolts#1149 and the static-invoice server
// protocol of LDK): which record means what, and the forms of those that are not BOLT 12 messages themselves.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { manyPaths, onePath } from '../blinded/path.ts';
import type { BlindedPath } from '../blinded/path.ts';
import { fixed, raw, tu64, utf8 } from '../forms.ts';
import { readFields, readTlvs, writeFields, writeTlvs } from '../tlv.ts';
import type { Form, Schema, Tlv } from '../tlv.ts';
import { createReader, readAll, wireError, writeBigSize, writeInt } from '../wire.ts';

/** invoice_error: why no invoice comes, or why one is not paid. */
export interface InvoiceError {
  /** Record that is at fault. */
  erroneousField?: bigint;
  suggestedValue?: Bytes;
  message: string;
}

export type OnionContent =
  /** Bytes of the BOLT 12 message; its own decoder judges it. */
  | { kind: 'invoice_request' | 'invoice' | 'static_invoice'; bytes: Bytes }
  | { kind: 'invoice_error'; error: InvoiceError }
  /** Recipient to server: paths for the offer in this slot, please. */
  | { kind: 'offer_paths_request'; slot: number }
  /** Server to recipient. `expiresAt` in Unix seconds. */
  | { kind: 'offer_paths'; paths: BlindedPath[]; expiresAt?: bigint }
  /** Recipient to server: hand out this invoice, and pass requests on over this path. */
  | { kind: 'serve_static_invoice'; invoice: Bytes; forwardPath: BlindedPath }
  | { kind: 'static_invoice_persisted' | 'held_htlc_available' | 'release_held_htlc' };

const TYPES: Readonly<Record<OnionContent['kind'], bigint>> = {
  invoice_request: 64n,
  invoice: 66n,
  invoice_error: 68n,
  static_invoice: 70n,
  held_htlc_available: 72n,
  release_held_htlc: 74n,
  offer_paths_request: 75540n,
  offer_paths: 75542n,
  serve_static_invoice: 75544n,
  static_invoice_persisted: 75546n,
};
const KINDS = new Map(Object.entries(TYPES).map(([kind, type]) => [type, kind as OnionContent['kind']]));

const u = (size: number): Form<bigint> => ({
  read: (value, curve) =>
    readAll(fixed(size).read(value, curve), (r) => BigInt(size === 8 ? r.u64() : r.int(size))),
  write: (value) => writeInt(value, size),
});

const ERROR: Schema<{ field: bigint; suggestion: Bytes; message: string }> = {
  field: [1n, tu64],
  suggestion: [3n, raw],
  message: [5n, utf8],
};
const REQUEST: Schema<{ slot: bigint }> = { slot: [0n, u(2)] };
const PATHS: Schema<{ paths: BlindedPath[]; expiry: bigint }> = {
  paths: [0n, manyPaths],
  expiry: [2n, u(8)],
};
const SERVE: Schema<{ invoice: Bytes; path: BlindedPath }> = { invoice: [0n, raw], path: [2n, onePath] };
const NOTHING: Schema<Record<never, never>> = {};

/** The async messages' values are a length and the stream of that length, even when it is empty. */
function prefixed<F>(schema: Schema<F>, value: Bytes, curve: Curve): Partial<F> {
  const reader = createReader(value);
  const length = reader.bigSize();
  if (length > BigInt(reader.left())) throw wireError('ShortRead', 'message is cut off');
  return readFields(schema, readTlvs(reader.take(Number(length))), curve).fields;
}

const framed = (tlvs: readonly Tlv[]): Bytes => {
  const stream = writeTlvs(tlvs);
  return concat(writeBigSize(stream.length), stream);
};

const missing = (what: string) => wireError('InvalidValue', `${what} is missing`);

/**
 * Reads the message in record `type` ≥ 64. Undefined for one that nobody here knows.
 * @throws SkiffError INVALID_ENCODING.
 */
export function readContent(curve: Curve, type: bigint, value: Bytes): OnionContent | undefined {
  const kind = KINDS.get(type);
  switch (kind) {
    case undefined:
      return undefined;
    case 'invoice_request':
    case 'invoice':
    case 'static_invoice':
      return { kind, bytes: value };
    case 'invoice_error': {
      const { field, suggestion, message } = readFields(ERROR, readTlvs(value), curve).fields;
      if (message === undefined) throw missing('error text');
      return { kind, error: { erroneousField: field, suggestedValue: suggestion, message } };
    }
    case 'offer_paths_request': {
      const { slot } = prefixed(REQUEST, value, curve);
      if (slot === undefined) throw missing('slot');
      return { kind, slot: Number(slot) };
    }
    case 'offer_paths': {
      const { paths, expiry } = prefixed(PATHS, value, curve);
      if (paths === undefined) throw missing('paths');
      return { kind, paths, expiresAt: expiry };
    }
    case 'serve_static_invoice': {
      const { invoice, path } = prefixed(SERVE, value, curve);
      if (invoice === undefined || path === undefined) throw missing('invoice or path');
      return { kind, invoice, forwardPath: path };
    }
    case 'static_invoice_persisted':
    case 'held_htlc_available':
    case 'release_held_htlc':
      prefixed(NOTHING, value, curve);
      return { kind };
  }
}

function contentValue(content: OnionContent): Bytes {
  switch (content.kind) {
    case 'invoice_request':
    case 'invoice':
    case 'static_invoice':
      return content.bytes;
    case 'invoice_error': {
      const { erroneousField: field, suggestedValue: suggestion, message } = content.error;
      return writeTlvs(writeFields(ERROR, { field, suggestion, message }));
    }
    case 'offer_paths_request':
      return framed(writeFields(REQUEST, { slot: BigInt(content.slot) }));
    case 'offer_paths':
      return framed(writeFields(PATHS, { paths: content.paths, expiry: content.expiresAt }));
    case 'serve_static_invoice':
      return framed(writeFields(SERVE, { invoice: content.invoice, path: content.forwardPath }));
    default:
      return framed([]);
  }
}

/** Record type and value of a message. */
export const writeContent = (content: OnionContent): { type: bigint; value: Bytes } => ({
  type: TYPES[content.kind],
  value: contentValue(content),
});
