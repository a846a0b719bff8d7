// BOLT 12 invoices: reading with every check of the BOLT's reader and LDK's, holding them against offer and request,
// and writing.
import { equalBytes } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import type { Network } from '../../bitcoin/network.ts';
import { msats } from '../../units.ts';
import type { Msats, Sats } from '../../units.ts';
import type { BlindedPath } from '../blinded/path.ts';
import type { PayInfo } from '../blinded/payinfo.ts';
import { writeFields, writeTlvs } from '../tlv.ts';
import type { Tlv } from '../tlv.ts';
import { expect, semanticError } from './errors.ts';
import { checkRefundFields, checkRequestFields } from './invoice-request.ts';
import { checkSignature, offerId, signatureRecord } from './merkle.ts';
import { chainNetwork, offerPrice, offerSigners } from './offer.ts';
import type { Offer } from './offer.ts';
import { isRequestType } from './ranges.ts';
import { INVOICE_SCHEMA, readMessage } from './schema.ts';
import type { InvoiceFields, Message, OfferFields, RequestFields } from './schema.ts';
import { decodeBolt12Text, encodeBolt12Text } from './text.ts';

/** A blinded path to pay along, and what that costs. */
export interface PaymentPath {
  path: BlindedPath;
  payInfo: PayInfo;
}

export interface Bolt12Invoice {
  /** `lni1…`, lower case. */
  text: string;
  bytes: Bytes;
  tlvs: Tlv[];
  /** Undefined for a chain we do not know. */
  network?: Network;
  amount: Msats;
  /** 32 bytes. */
  paymentHash: Bytes;
  /** Unix seconds. */
  createdAt: bigint;
  /** Seconds after `createdAt`; 7200 when the invoice does not say. */
  expirySeconds: bigint;
  paths: PaymentPath[];
  /** Feature bits, big-endian. */
  features: Bytes;
  /** 33-byte key that signed. */
  signingKey: Bytes;
  /** 64 bytes BIP 340. */
  signature: Bytes;
  digest: Bytes;
  /** Id of the offer it was asked for; absent for a refund. */
  offerId?: Bytes;
  offer: Partial<OfferFields>;
  request: Partial<RequestFields>;
  fields: Partial<InvoiceFields>;
}

/** Paths with their payinfos. @throws SkiffError INVALID_INVOICE: MissingPaths, InvalidPayInfo. */
export function paymentPaths({ paths, payInfo }: Partial<InvoiceFields>): PaymentPath[] {
  expect(paths !== undefined, 'MissingPaths');
  expect(payInfo !== undefined, 'InvalidPayInfo');
  expect(paths.length > 0, 'MissingPaths');
  expect(paths.length === payInfo.length, 'InvalidPayInfo');
  return paths.map((path, i) => ({ path, payInfo: payInfo[i] as PayInfo }));
}

/** @throws SkiffError INVALID_INVOICE (InvalidSigningPubkey) when an offer names other signers. */
export function checkSigner(key: Bytes, offer: Partial<OfferFields>): void {
  if (offer.issuerId === undefined && offer.paths === undefined) return;
  expect(
    offerSigners(offer).some((signer) => equalBytes(signer, key)),
    'InvalidSigningPubkey',
  );
}

/** The amount must be the one asked for, whoever named it. */
function checkAmount(amount: bigint, message: Message, isRefund: boolean): void {
  if (isRefund) return expect(amount === checkRefundFields(message).amount, 'InvalidAmount');
  checkRequestFields(message);
  const asked = message.request.amount ?? offerPrice(message.offer, message.request.quantity);
  expect(amount === asked, 'InvalidAmount');
}

/** Parses invoice bytes and checks the signature. @throws SkiffError INVALID_INVOICE or INVALID_SIGNATURE. */
export function decodeBolt12Invoice(curve: Curve, bytes: Bytes): Bolt12Invoice {
  const message = readMessage('invoice', bytes, curve);
  const { invoice: fields, offer, request, tlvs } = message;
  expect(fields.messagePaths === undefined, 'UnexpectedPaths');
  const paths = paymentPaths(fields);
  const { createdAt, paymentHash, amount, nodeId: signingKey } = fields;
  expect(createdAt !== undefined, 'MissingCreationTime');
  expect(paymentHash !== undefined, 'MissingPaymentHash');
  expect(amount !== undefined, 'MissingAmount');
  expect(signingKey !== undefined, 'MissingSigningPubkey');
  checkSigner(signingKey, offer);
  const isRefund = offer.issuerId === undefined && offer.paths === undefined;
  checkAmount(amount, message, isRefund);
  return {
    text: encodeBolt12Text('lni', bytes),
    bytes,
    tlvs,
    network: chainNetwork(request.chain),
    amount: msats(amount),
    paymentHash,
    createdAt,
    expirySeconds: fields.relativeExpiry ?? 7200n,
    paths,
    features: fields.features ?? new Uint8Array(),
    signingKey,
    ...checkSignature(curve, 'invoice', tlvs, signingKey),
    offerId: isRefund ? undefined : offerId(tlvs),
    offer,
    request,
    fields,
  };
}

/** As {@link decodeBolt12Invoice}, from the `lni1…` text form. */
export const decodeBolt12InvoiceText = (curve: Curve, text: string): Bolt12Invoice =>
  decodeBolt12Invoice(curve, decodeBolt12Text('lni', text));

export interface InvoicePlan {
  /** `nodeId` is made from the secret. */
  fields: Partial<Omit<InvoiceFields, 'nodeId'>>;
  /** Odd records to add. */
  unknown?: readonly Tlv[];
  /** The issuer's 32-byte secret, or that of the blinded node id at the end of the offer's path. */
  signingSecret: Bytes;
  /** 32 bytes for BIP 340. */
  aux: Bytes;
}

/** Records of `head` and the plan's, signed. */
export function signInvoice(
  curve: Curve,
  message: 'invoice' | 'static_invoice',
  head: readonly Tlv[],
  plan: InvoicePlan,
): Bytes {
  const fields = { ...plan.fields, nodeId: curve.publicKey(plan.signingSecret) };
  const unsigned = [...head, ...writeFields(INVOICE_SCHEMA, fields), ...(plan.unknown ?? [])].toSorted(
    (a, b) => (a.type < b.type ? -1 : 1),
  );
  const signature = signatureRecord(curve, message, unsigned, plan.signingSecret, plan.aux);
  return writeTlvs([...unsigned, signature]);
}

/** Answers a request (or refund) whose records are `request`. @throws SkiffError INVALID_INVOICE against the rules. */
export function makeBolt12Invoice(curve: Curve, request: readonly Tlv[], plan: InvoicePlan): Bolt12Invoice {
  const head = request.filter((t) => isRequestType(t.type));
  if (head.length === 0) throw semanticError('MissingPayerMetadata');
  return decodeBolt12Invoice(curve, signInvoice(curve, 'invoice', head, plan));
}

/**
 * Was this invoice issued by the offer's owner for exactly the amount asked? To be called before any payment of an
 * invoice that came for an offer. @throws SkiffError SERVER_MISBEHAVED.
 */
export function checkIssuance(invoice: Bolt12Invoice, offer: Offer, requested: Sats): void {
  const isSigner = offerSigners(offer.fields).some((key) => equalBytes(key, invoice.signingKey));
  const reason = !isSigner
    ? 'signed by another key'
    : invoice.amount !== requested * 1000n
      ? 'another amount than asked for'
      : undefined;
  if (reason === undefined) return;
  throw new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The invoice that came back does not belong to this offer. Nothing was paid.',
    details: { reason, requestedSat: requested, invoiceMsat: invoice.amount },
  });
}
