// encrypted_data_tlv (BOLT 4, "Route Blinding"): what the author of a blinded path left for each hop.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import type { Msats } from '../../units.ts';
import { msats } from '../../units.ts';
import { fixed, point, raw } from '../forms.ts';
import { readFields, readTlvs, tlv, writeFields, writeTlvs } from '../tlv.ts';
import type { Form, Parsed, Schema, Tlv } from '../tlv.ts';
import { readAll, readTruncated, writeInt, writeTruncated } from '../wire.ts';

/** What a hop takes for forwarding a payment. */
export interface PaymentRelay {
  cltvExpiryDelta: number;
  feeProportionalMillionths: number;
  feeBaseMsat: number;
}

/** What a payment must keep to for the path to be good. */
export interface PaymentConstraints {
  /** Block height above which it is dead. */
  maxCltvExpiry: number;
  htlcMinimum: Msats;
}

export interface RecipientData {
  padding: Bytes;
  shortChannelId: bigint;
  nextNodeId: Bytes;
  /** The author's own note to its final hop. */
  pathId: Bytes;
  /** Path key that the next hop gets instead of the computed one. */
  nextPathKey: Bytes;
  paymentRelay: PaymentRelay;
  paymentConstraints: PaymentConstraints;
  allowedFeatures: Bytes;
}

const scid: Form<bigint> = {
  read: (value, curve) => readAll(fixed(8).read(value, curve), (r) => r.u64()),
  write: (value) => writeInt(value, 8),
};

const relay: Form<PaymentRelay> = {
  read: (value) =>
    readAll(value, (r) => ({
      cltvExpiryDelta: r.int(2),
      feeProportionalMillionths: r.int(4),
      feeBaseMsat: Number(readTruncated(r.take(r.left()), 4)),
    })),
  write: (value) =>
    concat(
      writeInt(value.cltvExpiryDelta, 2),
      writeInt(value.feeProportionalMillionths, 4),
      writeTruncated(BigInt(value.feeBaseMsat)),
    ),
};

const constraints: Form<PaymentConstraints> = {
  read: (value) =>
    readAll(value, (r) => ({
      maxCltvExpiry: r.int(4),
      htlcMinimum: msats(readTruncated(r.take(r.left()), 8)),
    })),
  write: (value) => concat(writeInt(value.maxCltvExpiry, 4), writeTruncated(value.htlcMinimum)),
};

const SCHEMA: Schema<RecipientData> = {
  padding: [1n, raw],
  shortChannelId: [2n, scid],
  nextNodeId: [4n, point],
  pathId: [6n, raw],
  nextPathKey: [8n, point],
  paymentRelay: [10n, relay],
  paymentConstraints: [12n, constraints],
  allowedFeatures: [14n, raw],
};

/** Records from here on mean what the path's author likes; nobody else is meant to read them. */
const AUTHORS_OWN = 65536n;

/**
 * Reads a hop's plaintext. In what this node wrote itself (`own`) unknown records of 65536 and above are its notes,
 * odd or even. @throws SkiffError INVALID_ENCODING.
 */
export function readRecipientData(curve: Curve, plaintext: Bytes, own = false): Parsed<RecipientData> {
  const isNote = (t: Tlv) => own && t.type >= AUTHORS_OWN;
  const tlvs = readTlvs(plaintext);
  const { fields, unknown } = readFields(
    SCHEMA,
    tlvs.filter((t) => !isNote(t)),
    curve,
  );
  return { fields, unknown: [...unknown, ...tlvs.filter(isNote)] };
}

/** Plaintext for a hop; `unknown` are other records to add. */
export const writeRecipientData = (fields: Partial<RecipientData>, unknown: readonly Tlv[] = []): Bytes =>
  writeTlvs([...writeFields(SCHEMA, fields), ...unknown]);

/**
 * Puts a padding record in front, so that the plaintext's length is a multiple of `multiple`: hops of one path must
 * look alike (BOLT 4: "padding"). LDK uses 100 for messages and 30 for payments.
 */
export function padRecipientData(plaintext: Bytes, multiple: number): Bytes {
  const length = plaintext.length + 2;
  const padding = Math.ceil(length / multiple) * multiple - length;
  return concat(tlv(1, new Uint8Array(padding)).record, plaintext);
}
