// The fields of BOLT 12 messages with their types and forms; records of every message are read by one table.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { manyPaths } from '../blinded/path.ts';
import type { BlindedPath } from '../blinded/path.ts';
import { payInfos } from '../blinded/payinfo.ts';
import type { PayInfo } from '../blinded/payinfo.ts';
import { exactly, fixed, listOf, point, raw, tu32, tu64, utf8 } from '../forms.ts';
import { readFields, readTlvs } from '../tlv.ts';
import type { Form, Schema, Tlv } from '../tlv.ts';
import { readAll, readMany, writeInt } from '../wire.ts';
import { reading } from './errors.ts';
import { checkRanges } from './ranges.ts';
import type { MessageKind } from './ranges.ts';

/** What the issuer wrote: records 1–79. All optional on the wire; offer.ts says what must be there. */
export interface OfferFields {
  /** Genesis hashes, 32 bytes each in internal order; absent: mainnet. */
  chains: Bytes[];
  metadata: Bytes;
  /** ISO 4217 code of `amount`'s unit; absent: millisatoshi. */
  currency: string;
  amount: bigint;
  description: string;
  features: Bytes;
  /** Unix seconds. */
  absoluteExpiry: bigint;
  paths: BlindedPath[];
  issuer: string;
  /** Absent: one item, 0: any number, else up to this many. */
  quantityMax: bigint;
  issuerId: Bytes;
}

/** What the payer wrote: record 0 and 80–159. */
export interface RequestFields {
  payerMetadata: Bytes;
  chain: Bytes;
  /** Millisatoshi. */
  amount: bigint;
  features: Bytes;
  quantity: bigint;
  payerId: Bytes;
  payerNote: string;
  paths: BlindedPath[];
  bip353Name: { name: string; domain: string };
}

export interface Fallback {
  version: number;
  program: Bytes;
}

/** What the invoice's signer wrote: records 160–239. */
export interface InvoiceFields {
  paths: BlindedPath[];
  payInfo: PayInfo[];
  /** Unix seconds. */
  createdAt: bigint;
  /** Seconds after `createdAt`. */
  relativeExpiry: bigint;
  paymentHash: Bytes;
  /** Millisatoshi. */
  amount: bigint;
  fallbacks: Fallback[];
  features: Bytes;
  nodeId: Bytes;
  /** Where held_htlc_available goes, in static invoices (draft bolts#1149). */
  messagePaths: BlindedPath[];
}

/** Three bytes as characters; offer.ts judges them. */
const currency: Form<string> = {
  read: (value) => String.fromCharCode(...exactly(value, 3)),
  write: (value) => Uint8Array.from(value, (c) => c.charCodeAt(0)),
};

const prefixed = (value: string): Bytes => {
  const bytes = utf8.write(value);
  return concat(writeInt(bytes.length, 1), bytes);
};

const bip353: Form<RequestFields['bip353Name']> = {
  read: (value, curve) =>
    readAll(value, (r) => ({
      name: utf8.read(r.take(r.int(1)), curve),
      domain: utf8.read(r.take(r.int(1)), curve),
    })),
  write: ({ name, domain }) => concat(prefixed(name), prefixed(domain)),
};

const fallbacks: Form<Fallback[]> = {
  read: (value) => readMany(value, (r) => ({ version: r.int(1), program: r.take(r.int(2)) })),
  write: (list) =>
    concat(...list.flatMap((f) => [writeInt(f.version, 1), writeInt(f.program.length, 2), f.program])),
};

export const OFFER_SCHEMA: Schema<OfferFields> = {
  chains: [2n, listOf(32)],
  metadata: [4n, raw],
  currency: [6n, currency],
  amount: [8n, tu64],
  description: [10n, utf8],
  features: [12n, raw],
  absoluteExpiry: [14n, tu64],
  paths: [16n, manyPaths],
  issuer: [18n, utf8],
  quantityMax: [20n, tu64],
  issuerId: [22n, point],
};

export const REQUEST_SCHEMA: Schema<RequestFields> = {
  payerMetadata: [0n, raw],
  chain: [80n, fixed(32)],
  amount: [82n, tu64],
  features: [84n, raw],
  quantity: [86n, tu64],
  payerId: [88n, point],
  payerNote: [89n, utf8],
  paths: [90n, manyPaths],
  bip353Name: [91n, bip353],
};

export const INVOICE_SCHEMA: Schema<InvoiceFields> = {
  paths: [160n, manyPaths],
  payInfo: [162n, payInfos],
  createdAt: [164n, tu64],
  relativeExpiry: [166n, tu32],
  paymentHash: [168n, fixed(32)],
  amount: [170n, tu64],
  fallbacks: [172n, fallbacks],
  features: [174n, raw],
  nodeId: [176n, point],
  messagePaths: [236n, manyPaths],
};

const SIGNATURE_SCHEMA: Schema<{ signature: Bytes }> = { signature: [240n, fixed(64)] };

/** Every part of a message's records; parts that the message may not have are empty. */
export interface Message {
  tlvs: Tlv[];
  offer: Partial<OfferFields>;
  request: Partial<RequestFields>;
  invoice: Partial<InvoiceFields>;
  /** Odd records that no table knows. */
  unknown: Tlv[];
}

const ALL = [OFFER_SCHEMA, REQUEST_SCHEMA, INVOICE_SCHEMA, SIGNATURE_SCHEMA].flatMap((schema) =>
  Object.values(schema),
) as Array<readonly [bigint, Form<unknown>]>;
const EVERY = Object.fromEntries(ALL.map((entry) => [String(entry[0]), entry])) as Schema<
  Record<string, unknown>
>;

const part = <F>(schema: Schema<F>, all: Record<string, unknown>): Partial<F> =>
  Object.fromEntries(
    (Object.entries(schema) as Array<[string, readonly [bigint, unknown]]>)
      .filter(([, [type]]) => all[String(type)] !== undefined)
      .map(([name, [type]]) => [name, all[String(type)]]),
  ) as Partial<F>;

/** Reads the records of a message without judging what they mean. @throws SkiffError INVALID_INVOICE. */
export function readMessage(kind: MessageKind, bytes: Bytes, curve: Curve): Message {
  return reading(() => {
    const tlvs = readTlvs(bytes);
    checkRanges(kind, tlvs);
    const { fields, unknown } = readFields(EVERY, tlvs, curve);
    return {
      tlvs,
      offer: part(OFFER_SCHEMA, fields),
      request: part(REQUEST_SCHEMA, fields),
      invoice: part(INVOICE_SCHEMA, fields),
      unknown,
    };
  });
}
