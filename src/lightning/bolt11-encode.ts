// BOLT 11 invoices: write and sign. Used by the devnet's Lightning nodes and, later, by receiving.
import { bech32 } from '@scure/base';
import type { Curve } from '../crypto/curve.ts';
import type { Msats } from '../units.ts';
import { invoiceDigest } from './bolt11.ts';
import { formatInvoiceHrp } from './bolt11-hrp.ts';
import type { InvoiceNetwork } from './bolt11-hrp.ts';
import { invalidInvoice, joinTags, writeTag } from './bolt11-tags.ts';
import type { Fallback, RawTag, RouteHop, Tag } from './bolt11-tags.ts';
import { featureVector } from './features.ts';
import { bytesToWords, intToWords } from './words.ts';

export interface InvoiceFields {
  network: InvoiceNetwork;
  amount?: Msats;
  /** Unix seconds. */
  timestamp: number;
  paymentHash: Uint8Array;
  paymentSecret: Uint8Array;
  /** Exactly one of the two. */
  description?: string;
  descriptionHash?: Uint8Array;
  /** Written unless it is the default 3600. */
  expirySeconds?: number;
  /** Written unless it is the default 18. */
  minFinalCltv?: number;
  /** 33-byte node id to write into the `n` field; left out, the payer recovers it. */
  payee?: Uint8Array;
  metadata?: Uint8Array;
  /** Feature vector; by default var_onion and payment_secret required, basic_mpp optional. */
  features?: Uint8Array;
  fallbacks?: readonly Fallback[];
  routeHints?: ReadonlyArray<RouteHop[]>;
}

/** Signs a 32-byte digest with the payee's node key. */
export type InvoiceSigner = (digest: Uint8Array) => { signature: Uint8Array; recovery: number };

/** {@link InvoiceSigner} over a 32-byte secret held by the caller. */
export const signWith =
  (curve: Curve, secret: Uint8Array): InvoiceSigner =>
  (digest) =>
    curve.ecdsaSign(digest, secret);

/** Writes an invoice from its parts as they lie on the wire (keeps the order and unknown fields of a decoded one). */
export function encodeRawBolt11(
  parts: { network: InvoiceNetwork; amount?: Msats; timestamp: number; tags: readonly RawTag[] },
  sign: InvoiceSigner,
): string {
  if (!Number.isInteger(parts.timestamp) || parts.timestamp < 0 || parts.timestamp >= 2 ** 35)
    throw invalidInvoice('timestamp');
  const hrp = formatInvoiceHrp(parts.network, parts.amount);
  const data = Uint8Array.from([...intToWords(BigInt(parts.timestamp), 7), ...joinTags(parts.tags)]);
  const { signature, recovery } = sign(invoiceDigest(hrp, data));
  const words = [...data, ...bytesToWords(Uint8Array.of(...signature, recovery))];
  return bech32.encode(hrp, words, false);
}

/** Writes and signs an invoice. @throws SkiffError INVALID_INVOICE when the fields cannot make a valid one. */
export function encodeBolt11(fields: InvoiceFields, sign: InvoiceSigner): string {
  const { description, descriptionHash } = fields;
  if ((description === undefined) === (descriptionHash === undefined)) {
    throw invalidInvoice('exactly one of description and its hash');
  }
  if (fields.paymentHash.length !== 32 || fields.paymentSecret.length !== 32)
    throw invalidInvoice('hash or secret length');
  const tags: Array<Tag | undefined> = [
    { kind: 'paymentHash', value: fields.paymentHash },
    { kind: 'paymentSecret', value: fields.paymentSecret },
    description === undefined ? undefined : { kind: 'description', value: description },
    descriptionHash && { kind: 'descriptionHash', value: descriptionHash },
    fields.metadata && { kind: 'metadata', value: fields.metadata },
    fields.payee && { kind: 'payee', value: fields.payee },
    { kind: 'features', value: fields.features ?? featureVector([8, 14, 17]) },
    optionalInt('expiry', fields.expirySeconds, 3600),
    optionalInt('minFinalCltv', fields.minFinalCltv, 18),
    ...(fields.fallbacks ?? []).map((value): Tag => ({ kind: 'fallback', value })),
    ...(fields.routeHints ?? []).map((value): Tag => ({ kind: 'route', value })),
  ];
  const raw = tags.flatMap((tag) => (tag === undefined ? [] : [writeTag(tag)]));
  return encodeRawBolt11({ ...fields, tags: raw }, sign);
}

function optionalInt(
  kind: 'expiry' | 'minFinalCltv',
  value: number | undefined,
  standard: number,
): Tag | undefined {
  if (value === undefined || value === standard) return undefined;
  if (!Number.isSafeInteger(value) || value < 0) throw invalidInvoice(kind);
  return { kind, value: BigInt(value) };
}
