// From a BOLT 12 offer to an invoice. The Ark server asks the issuer and hands over what came back; it is not believed:
// the invoice must be the issuer's, for this very offer, over exactly the amount that was authorised before the call.

import { equalBytes } from '../../crypto/bytes.ts';
import { SkiffError, isSkiffError } from '../../errors.ts';
import { bolt12InvoiceProblem } from '../../lightning/bolt12/invoice-check.ts';
import { checkIssuance, decodeBolt12Invoice, type Bolt12Invoice } from '../../lightning/bolt12/invoice.ts';
import { offerRequestAmount, type Offer } from '../../lightning/bolt12/offer.ts';
import { msatsToSatsUp, type Sats } from '../../units.ts';
import type { Deps } from '../ports.ts';
import type { Bill } from './bill.ts';

/** What the payer authorises: their own amount, at least the offer's price. @throws SkiffError AMOUNT_REQUIRED, AMOUNT_OUT_OF_RANGE */
export function offerAmount(offer: Offer, given?: Sats): Sats {
  const amount = offerRequestAmount(offer, given);
  const price = offer.amount === undefined ? 0n : msatsToSatsUp(offer.amount);
  if (amount >= price) return amount;
  throw new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say: `This offer asks for at least ${price} sats.`,
    details: { price, given: amount },
  });
}

/**
 * Fetches and checks an invoice over `amount`. @throws SkiffError of the server client, RECIPIENT_UNREACHABLE, INVALID_INVOICE, INVALID_SIGNATURE, SERVER_MISBEHAVED, WRONG_NETWORK, UNSUPPORTED, INVOICE_EXPIRED
 */
export async function billOfOffer(deps: Deps, offer: Offer, amount: Sats): Promise<Bill> {
  const invoice = decodeBolt12Invoice(deps.ports.curve, await fetchInvoice(deps, offer, amount));
  checkIssuance(invoice, offer, amount);
  if (!invoice.offerId || !equalBytes(invoice.offerId, offer.id)) {
    throw new SkiffError({
      code: 'SERVER_MISBEHAVED',
      say: 'The invoice that came back is for another offer. Nothing was paid.',
      details: { reason: 'another offer' },
    });
  }
  return billOfBolt12(deps, invoice);
}

/** The amount always goes along, so that a price below one satoshi is rounded by us and by nobody else. */
async function fetchInvoice({ ports }: Deps, offer: Offer, amount: Sats): Promise<Uint8Array> {
  const server = await ports.server();
  try {
    return (await server.fetchBolt12Invoice({ offer: offer.bytes, amountSat: amount })).invoice;
  } catch (cause) {
    if (!isSkiffError(cause, 'SERVER_ERROR') && !isSkiffError(cause, 'SERVER_REFUSED')) throw cause;
    throw new SkiffError({
      code: 'RECIPIENT_UNREACHABLE',
      say: 'No invoice could be had for this offer: its issuer did not answer the Ark server. Nothing was paid.',
      retry: 'later',
      details: cause.details,
      cause,
    });
  }
}

/** A BOLT 12 invoice that may be paid now. @throws SkiffError WRONG_NETWORK, UNSUPPORTED, INVOICE_EXPIRED */
export function billOfBolt12({ ports, config }: Deps, invoice: Bolt12Invoice): Bill {
  const problem = bolt12InvoiceProblem(invoice, config.network, Math.floor(ports.now() / 1000));
  if (problem) throw problem;
  const { text, paymentHash, createdAt, expirySeconds } = invoice;
  return { text, paymentHash, timestamp: Number(createdAt), expirySeconds };
}
