// Which record types may stand in which BOLT 12 message ("TLV Fields"): a message copies the ranges of those before it.
import type { Tlv } from '../tlv.ts';
import { wireError } from '../wire.ts';

type Range = readonly [from: bigint, below: bigint];

const PAYER: Range = [0n, 1n];
const OFFER: Range = [1n, 80n];
const REQUEST: Range = [80n, 160n];
const INVOICE: Range = [160n, 240n];
const SIGNATURE: Range = [240n, 1001n];
const MORE_OFFER: Range = [1_000_000_000n, 2_000_000_000n];
const MORE_REQUEST: Range = [2_000_000_000n, 3_000_000_000n];
const MORE_INVOICE: Range = [3_000_000_000n, 4_000_000_000n];

export type MessageKind = 'offer' | 'invoice_request' | 'invoice' | 'static_invoice';

const ALLOWED: Readonly<Record<MessageKind, readonly Range[]>> = {
  offer: [OFFER, MORE_OFFER],
  invoice_request: [PAYER, OFFER, REQUEST, SIGNATURE, MORE_OFFER, MORE_REQUEST],
  invoice: [PAYER, OFFER, REQUEST, INVOICE, SIGNATURE, MORE_OFFER, MORE_REQUEST, MORE_INVOICE],
  static_invoice: [OFFER, INVOICE, SIGNATURE, MORE_OFFER, MORE_INVOICE],
};

const within = (type: bigint, ranges: readonly Range[]): boolean =>
  ranges.some(([from, below]) => type >= from && type < below);

export const isOfferType = (type: bigint): boolean => within(type, ALLOWED.offer);
export const isSignatureType = (type: bigint): boolean => within(type, [SIGNATURE]);
/** Of the invoice request that an invoice answers: everything that the payer wrote. */
export const isRequestType = (type: bigint): boolean =>
  within(type, ALLOWED.invoice_request) && !isSignatureType(type);

/** @throws SkiffError INVALID_ENCODING for a record outside of the message's ranges. */
export function checkRanges(kind: MessageKind, tlvs: readonly Tlv[]): void {
  const foreign = tlvs.find((t) => !within(t.type, ALLOWED[kind]));
  if (foreign) throw wireError('InvalidValue', `record ${foreign.type} in ${kind}`);
}
