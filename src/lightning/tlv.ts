// TLV streams (BOLT 1) and a table-driven codec over them: a schema names each field, its type number and its form, and
// the same table reads, writes and tells which even types are known.
import { concat } from '../crypto/bytes.ts';
import type { Bytes, Curve } from '../crypto/curve.ts';
import { createReader, writeBigSize, wireError } from './wire.ts';

export interface Tlv {
  type: bigint;
  value: Bytes;
  /** Type, length and value as they lie in the stream. */
  record: Bytes;
}

/** A record made of its type and value. */
export const tlv = (type: bigint | number, value: Bytes): Tlv => ({
  type: BigInt(type),
  value,
  record: concat(writeBigSize(type), writeBigSize(value.length), value),
});

/** Records of a stream, types strictly ascending. @throws SkiffError INVALID_ENCODING. */
export function readTlvs(bytes: Bytes): Tlv[] {
  const reader = createReader(bytes);
  const tlvs: Tlv[] = [];
  let last = -1n;
  while (reader.left() > 0) {
    const start = bytes.length - reader.left();
    const type = reader.bigSize();
    if (type <= last) throw wireError('InvalidValue', `record ${type} out of order`);
    const length = reader.bigSize();
    if (length > BigInt(reader.left())) throw wireError('ShortRead', `record ${type} is cut off`);
    const value = reader.take(Number(length));
    tlvs.push({ type, value, record: bytes.slice(start, bytes.length - reader.left()) });
    last = type;
  }
  return tlvs;
}

/** The stream of these records in ascending order. @throws SkiffError INVALID_ENCODING for a type given twice. */
export function writeTlvs(tlvs: readonly Tlv[]): Bytes {
  const sorted = tlvs.toSorted((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
  sorted.forEach(({ type }, i) => {
    if (sorted[i - 1]?.type === type) throw wireError('InvalidValue', `record ${type} twice`);
  });
  return concat(...sorted.map((t) => t.record));
}

/** How one field's value is written. */
export interface Form<T> {
  read(value: Bytes, curve: Curve): T;
  write(value: T): Bytes;
}

/** Field names of `F` with their type numbers and forms. */
export type Schema<F> = { readonly [K in keyof F]-?: readonly [type: bigint, form: Form<NonNullable<F[K]>>] };

/** What a schema makes of a stream: the fields that are there, and the odd records it does not know. */
export interface Parsed<F> {
  fields: Partial<F>;
  unknown: Tlv[];
}

/**
 * Reads the records with a schema, in the order of the stream. @throws SkiffError INVALID_ENCODING: a value without its
 * form, or an even type that the schema does not know.
 */
export function readFields<F>(schema: Schema<F>, tlvs: readonly Tlv[], curve: Curve): Parsed<F> {
  const entries = Object.entries(schema) as Array<[keyof F, readonly [bigint, Form<unknown>]]>;
  const known = new Map(entries.map(([name, [type, form]]) => [type, { name, form }]));
  const fields: Partial<F> = {};
  const unknown: Tlv[] = [];
  for (const record of tlvs) {
    const field = known.get(record.type);
    if (field !== undefined) fields[field.name] = field.form.read(record.value, curve) as F[keyof F];
    else if (record.type % 2n === 1n) unknown.push(record);
    else throw wireError('UnknownRequiredFeature', `record ${record.type} is not known`);
  }
  return { fields, unknown };
}

/** The records of the fields that are given, ascending. */
export function writeFields<F>(schema: Schema<F>, fields: Partial<F>): Tlv[] {
  const entries = Object.entries(schema) as Array<[keyof F, readonly [bigint, Form<unknown>]]>;
  return entries
    .filter(([name]) => fields[name] !== undefined)
    .map(([name, [type, form]]) => tlv(type, form.write(fields[name])))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
}
