// An invoice of now for a request that the static-invoice server passed on: signed with the offer's key, over a path of its
// own, with a hash whose preimage only this wallet knows.
import type { Bytes } from '../../crypto/curve.ts';
import { makeBolt12Invoice, type Bolt12Invoice } from '../../lightning/bolt12/invoice.ts';
import type { Wanted } from './flow.ts';
import { offerSecret, paymentPath, payInfoOf, type LightningEdge, type Surroundings } from './paths.ts';

/** Seconds that it is good, as LDK's. */
const LIFE = 7200n;

/** @param draw fresh 32 bytes for each label @throws SkiffError INVALID_INVOICE for a request against the offer's rules */
export const freshInvoice = (
  around: Surroundings & { edge: LightningEdge },
  { request, offer }: Extract<Wanted, { want: 'invoice' }>,
  terms: { paymentHash: Bytes; now: number },
  draw: (label: string) => Bytes,
): Bolt12Invoice =>
  makeBolt12Invoice(around.curve, request.tlvs, {
    fields: {
      paths: [paymentPath(around, offer, terms.now).path],
      payInfo: [payInfoOf(around.edge)],
      createdAt: BigInt(terms.now),
      relativeExpiry: LIFE,
      paymentHash: terms.paymentHash,
      amount: request.amount,
    },
    signingSecret: offerSecret(around, offer.salt),
    aux: draw('signature'),
  });
