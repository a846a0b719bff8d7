// BOLT 12 invoice requests: what a payer asks of an offer's issuer, signed with a key made for this one payment. The
// same fields without an offer are a refund.
import { concat, toHex } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import type { Network } from '../../bitcoin/network.ts';
import { msats } from '../../units.ts';
import type { Msats } from '../../units.ts';
import { writeFields, writeTlvs } from '../tlv.ts';
import type { Tlv } from '../tlv.ts';
import { expect } from './errors.ts';
import { checkSignature, offerId, signatureRecord } from './merkle.ts';
import { chainNetwork, checkOfferFields, MAX_MONEY_MSAT, offerChains, offerPrice } from './offer.ts';
import type { Offer } from './offer.ts';
import { readMessage, REQUEST_SCHEMA } from './schema.ts';
import type { Message, OfferFields, RequestFields } from './schema.ts';

export interface InvoiceRequest {
  bytes: Bytes;
  tlvs: Tlv[];
  offer: Partial<OfferFields>;
  /** Id of the offer it is for. */
  offerId: Bytes;
  fields: Partial<RequestFields>;
  /** Undefined for a chain we do not know. */
  network?: Network;
  /** What the payer will pay: its own amount, else price times quantity. */
  amount: Msats;
  /** 33-byte key that signed. */
  payerKey: Bytes;
  /** 64 bytes BIP 340. */
  signature: Bytes;
  digest: Bytes;
}

function checkQuantity({ quantityMax }: Partial<OfferFields>, quantity: bigint | undefined): void {
  if (quantityMax === undefined) return expect(quantity === undefined, 'UnexpectedQuantity');
  expect(quantity !== undefined, 'MissingQuantity');
  expect(quantity > 0n && (quantityMax === 0n || quantity <= quantityMax), 'InvalidQuantity');
}

/** What a request for an offer must keep to, in LDK's order. @throws SkiffError INVALID_INVOICE. */
export function checkRequestFields({ offer, request }: Pick<Message, 'offer' | 'request'>): {
  amount: Msats;
  payerKey: Bytes;
} {
  expect(request.payerMetadata !== undefined, 'MissingPayerMetadata');
  checkOfferFields(offer);
  const chain = request.chain === undefined ? offerChains({})[0] : toHex(request.chain);
  expect(offerChains(offer).includes(chain as string), 'UnsupportedChain');
  expect(offer.amount !== undefined || request.amount !== undefined, 'MissingAmount');
  checkQuantity(offer, request.quantity);
  const price = offerPrice(offer, request.quantity);
  const amount = request.amount ?? price;
  expect(amount >= price, 'InsufficientAmount');
  expect(amount <= MAX_MONEY_MSAT, 'InvalidAmount');
  expect(request.payerId !== undefined, 'MissingPayerSigningPubkey');
  expect(request.paths === undefined, 'UnexpectedPaths');
  return { amount: msats(amount), payerKey: request.payerId };
}

/** What a refund must keep to: an amount to be invoiced, and nothing of an offer. @throws SkiffError INVALID_INVOICE. */
export function checkRefundFields({ offer, request }: Pick<Message, 'offer' | 'request'>): {
  amount: Msats;
  payerKey: Bytes;
} {
  expect(request.payerMetadata !== undefined, 'MissingPayerMetadata');
  expect(offer.metadata === undefined, 'UnexpectedMetadata');
  expect(offer.chains === undefined, 'UnexpectedChain');
  expect(offer.currency === undefined && offer.amount === undefined, 'UnexpectedAmount');
  expect(offer.description !== undefined, 'MissingDescription');
  expect(offer.features === undefined, 'UnexpectedFeatures');
  expect(offer.paths === undefined, 'UnexpectedPaths');
  expect(offer.quantityMax === undefined, 'UnexpectedQuantity');
  expect(offer.issuerId === undefined, 'UnexpectedIssuerSigningPubkey');
  expect(request.bip353Name === undefined, 'UnexpectedHumanReadableName');
  expect(request.amount !== undefined, 'MissingAmount');
  expect(request.amount <= MAX_MONEY_MSAT, 'InvalidAmount');
  expect(request.payerId !== undefined, 'MissingPayerSigningPubkey');
  return { amount: msats(request.amount), payerKey: request.payerId };
}

/** Parses a request for an offer and checks its signature. @throws SkiffError INVALID_INVOICE or INVALID_SIGNATURE. */
export function decodeInvoiceRequest(curve: Curve, bytes: Bytes): InvoiceRequest {
  const message = readMessage('invoice_request', bytes, curve);
  const { amount, payerKey } = checkRequestFields(message);
  return {
    bytes,
    tlvs: message.tlvs,
    offer: message.offer,
    offerId: offerId(message.tlvs),
    fields: message.request,
    network: chainNetwork(message.request.chain),
    amount,
    payerKey,
    ...checkSignature(curve, 'invoice_request', message.tlvs, payerKey),
  };
}

export interface RequestPlan {
  /** `payerId` is made from the secret. */
  fields: Partial<Omit<RequestFields, 'payerId'>> & Pick<RequestFields, 'payerMetadata'>;
  /** Odd records to add. */
  unknown?: readonly Tlv[];
  /** 32 bytes, for this payment alone. */
  payerSecret: Bytes;
  /** 32 bytes for BIP 340. */
  aux: Bytes;
}

/** Asks for an invoice for `offer`. @throws SkiffError INVALID_INVOICE when the fields do not fit the offer. */
export function makeInvoiceRequest(
  curve: Curve,
  offer: Pick<Offer, 'tlvs'>,
  plan: RequestPlan,
): InvoiceRequest {
  const fields = { ...plan.fields, payerId: curve.publicKey(plan.payerSecret) };
  const unsigned = [...offer.tlvs, ...writeFields(REQUEST_SCHEMA, fields), ...(plan.unknown ?? [])].toSorted(
    (a, b) => (a.type < b.type ? -1 : 1),
  );
  const signature = signatureRecord(curve, 'invoice_request', unsigned, plan.payerSecret, plan.aux);
  return decodeInvoiceRequest(curve, writeTlvs([...unsigned, signature]));
}

/** Bytes of the records that two messages must share. */
export const sameRecords = (a: readonly Tlv[], b: readonly Tlv[], of: (type: bigint) => boolean): boolean =>
  toHex(concat(...a.filter((t) => of(t.type)).map((t) => t.record))) ===
  toHex(concat(...b.filter((t) => of(t.type)).map((t) => t.record)));
