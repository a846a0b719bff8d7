// Static invoices (draft bolts#1149, as LDK has them): what a server hands out while the offer's issuer sleeps. No hash
// and no amount: the payer draws the preimage and asks over `messagePaths` whether the issuer is awake.
import type { Bytes, Curve } from '../../crypto/curve.ts';
import type { Network } from '../../bitcoin/network.ts';
import type { BlindedPath } from '../blinded/path.ts';
import type { Tlv } from '../tlv.ts';
import { expect } from './errors.ts';
import { checkSigner, paymentPaths, signInvoice } from './invoice.ts';
import type { InvoicePlan, PaymentPath } from './invoice.ts';
import { checkSignature, offerId } from './merkle.ts';
import { chainNetwork, checkOfferFields } from './offer.ts';
import type { Offer } from './offer.ts';
import { readMessage } from './schema.ts';
import type { InvoiceFields, OfferFields } from './schema.ts';

/** LDK's lifetime where the invoice does not say: two weeks. */
const DEFAULT_EXPIRY = 1_209_600n;

export interface StaticInvoice {
  bytes: Bytes;
  tlvs: Tlv[];
  /** Undefined for a chain we do not know. */
  network?: Network;
  /** Unix seconds. */
  createdAt: bigint;
  /** Seconds after `createdAt`. */
  expirySeconds: bigint;
  paths: PaymentPath[];
  /** Where held_htlc_available goes. */
  messagePaths: BlindedPath[];
  features: Bytes;
  signingKey: Bytes;
  signature: Bytes;
  digest: Bytes;
  offerId: Bytes;
  offer: Partial<OfferFields>;
  fields: Partial<InvoiceFields>;
}

/** Parses a static invoice and checks its signature. @throws SkiffError INVALID_INVOICE or INVALID_SIGNATURE. */
export function decodeStaticInvoice(curve: Curve, bytes: Bytes): StaticInvoice {
  const { offer, invoice: fields, tlvs } = readMessage('static_invoice', bytes, curve);
  expect(fields.paymentHash === undefined, 'UnexpectedPaymentHash');
  expect(fields.amount === undefined, 'UnexpectedAmount');
  const paths = paymentPaths(fields);
  const { messagePaths, createdAt, nodeId: signingKey } = fields;
  expect(messagePaths !== undefined, 'MissingPaths');
  expect(createdAt !== undefined, 'MissingCreationTime');
  expect(signingKey !== undefined, 'MissingSigningPubkey');
  checkSigner(signingKey, offer);
  expect(offer.paths !== undefined, 'MissingPaths');
  expect((offer.chains?.length ?? 0) <= 1, 'UnexpectedChain');
  checkOfferFields(offer);
  return {
    bytes,
    tlvs,
    network: chainNetwork(offer.chains?.[0]),
    createdAt,
    expirySeconds: fields.relativeExpiry ?? DEFAULT_EXPIRY,
    paths,
    messagePaths,
    features: fields.features ?? new Uint8Array(),
    signingKey,
    ...checkSignature(curve, 'static_invoice', tlvs, signingKey),
    offerId: offerId(tlvs),
    offer,
    fields,
  };
}

/** Signs a static invoice for `offer`. @throws SkiffError INVALID_INVOICE for fields against the rules. */
export const makeStaticInvoice = (
  curve: Curve,
  offer: Pick<Offer, 'tlvs'>,
  plan: InvoicePlan,
): StaticInvoice => decodeStaticInvoice(curve, signInvoice(curve, 'static_invoice', offer.tlvs, plan));
