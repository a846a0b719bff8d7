// What a payer must look at in a BOLT 12 invoice that parsed well: chain, expiry, features, and whether it answers what
// was asked (BOLT 12 "Requirements For A Reader" of invoices; LDK's `is_from_same_offer`).
import { SkiffError } from '../../errors.ts';
import type { Network } from '../../bitcoin/network.ts';
import { hasFeature, requiresUnknownFeature } from '../features.ts';
import type { Bolt12Invoice } from './invoice.ts';
import { sameRecords } from './invoice-request.ts';
import type { InvoiceRequest } from './invoice-request.ts';
import { isOfferType, isRequestType } from './ranges.ts';
import type { StaticInvoice } from './static-invoice.ts';

const BASIC_MPP = 16;

type AnyInvoice = Pick<
  Bolt12Invoice | StaticInvoice,
  'network' | 'createdAt' | 'expirySeconds' | 'features' | 'tlvs'
>;

/** May the payment come in parts? */
export const allowsParts = (invoice: AnyInvoice): boolean => hasFeature(invoice.features, BASIC_MPP);

/** Does it demand a feature nobody here knows? */
export const requiresUnknown = (invoice: AnyInvoice): boolean =>
  requiresUnknownFeature(invoice.features, [BASIC_MPP]);

/** `now` in Unix seconds; the last second is still good, as in LDK. */
export const isBolt12Expired = (invoice: AnyInvoice, now: number): boolean =>
  invoice.createdAt + invoice.expirySeconds < BigInt(now);

/** The first thing that forbids paying it on `network` at `now`, or undefined. */
export function bolt12InvoiceProblem(
  invoice: AnyInvoice,
  network: Network,
  now: number,
): SkiffError | undefined {
  if (invoice.network !== network) {
    return new SkiffError({
      code: 'WRONG_NETWORK',
      say: `This invoice is for ${invoice.network ?? 'another network'}; this wallet is on ${network}.`,
      details: { theirs: invoice.network, ours: network, ldk: 'InvalidSemantics(UnsupportedChain)' },
    });
  }
  if (requiresUnknown(invoice)) {
    return new SkiffError({
      code: 'UNSUPPORTED',
      say: 'This invoice demands a feature this wallet does not know. Ask for an ordinary Lightning invoice.',
      details: { ldk: 'InvalidSemantics(UnknownRequiredFeatures)' },
    });
  }
  if (isBolt12Expired(invoice, now)) {
    return new SkiffError({
      code: 'INVOICE_EXPIRED',
      say: 'This invoice has expired. Ask for a new one.',
      details: { expiredAt: invoice.createdAt + invoice.expirySeconds, now },
    });
  }
  return undefined;
}

/** Is it the answer to `request`: everything the payer wrote is in it, byte for byte? */
export const answersRequest = (invoice: Bolt12Invoice, request: InvoiceRequest): boolean =>
  sameRecords(invoice.tlvs, request.tlvs, isRequestType);

/** Is a static invoice for the offer that was asked about: all of the offer's records, byte for byte? */
export const isFromSameOffer = (invoice: StaticInvoice, request: Pick<InvoiceRequest, 'tlvs'>): boolean =>
  sameRecords(invoice.tlvs, request.tlvs, isOfferType);
