// A payment that waits at the server, opened: its onion is for one of our payment paths, and holds the preimage that the
// payer drew. The server has read none of it. What does not fit in every respect is sent back.
import { equalBytes } from '../../crypto/bytes.ts';
import type { Bytes } from '../../crypto/curve.ts';
import { sha256 } from '../../crypto/hash.ts';
import { isSkiffError } from '../../errors.ts';
import { decodeInvoiceRequest } from '../../lightning/bolt12/invoice-request.ts';
import { peelPaymentOnion } from '../../lightning/onion/payment.ts';
import { contextOf } from './contexts.ts';
import { paymentPath, paymentPathKey, type LightningEdge, type Surroundings } from './paths.ts';
import type { AsyncState, CachedOffer } from './state.ts';

/** As the server tells of it (docs/server-extensions.md, onion-htlc). */
export interface OnionHtlc {
  paymentHash: Bytes;
  /** Millisatoshi that are ours. */
  forwardMsat: bigint;
  outgoingCltv: number;
  nextOnion: Bytes;
  /** What the path's first node was given: by it we know our path again. */
  pathKey: Bytes;
}

export interface OpenedHtlc {
  offer: CachedOffer;
  preimage: Bytes;
  /** Millisatoshi that the payer sent; never more than what is forwarded. */
  amountMsat: bigint;
}

type Edge = Surroundings & { edge: LightningEdge };

/** The offer whose invoice has this path, and the path key that our hop is given. */
function pathOf(
  around: Edge,
  state: AsyncState,
  pathKey: Bytes,
): { offer: CachedOffer; own: Bytes } | undefined {
  for (const offer of state.offers) {
    const at = offer?.invoices.find((made) => equalBytes(paymentPathKey(around, offer, made), pathKey));
    if (!offer || at === undefined) continue;
    const [, own] = paymentPath(around, offer, at).pathKeys;
    return own && { offer, own };
  }
  return undefined;
}

/** Undefined for what is not a whole payment of an offer of ours. @param now Unix seconds */
export function openHtlc(
  around: Edge,
  state: AsyncState,
  htlc: OnionHtlc,
  now: number,
): OpenedHtlc | undefined {
  const { curve, keys } = around;
  const path = pathOf(around, state, htlc.pathKey);
  if (!path) return undefined;
  try {
    const peeled = peelPaymentOnion(
      curve,
      { secret: keys.nodeSecret },
      {
        onion: htlc.nextOnion,
        paymentHash: htlc.paymentHash,
        amount: htlc.forwardMsat,
        cltvExpiry: htlc.outgoingCltv,
        pathKey: path.own,
      },
    );
    if (peeled.kind !== 'receive') return undefined;
    const { amount = 0n, totalAmount, cltvExpiry = 0n, keysendPreimage, invoiceRequest } = peeled.payload;
    const context = contextOf(keys.contextKey, peeled.data.pathId, 'payment', now);
    if (!context || !equalBytes(context.offerId, path.offer.offerId)) return undefined;
    if (!keysendPreimage || !equalBytes(sha256(keysendPreimage), htlc.paymentHash)) return undefined;
    // One HTLC carries all of it: parts are not collected.
    if (amount > htlc.forwardMsat || totalAmount !== amount || cltvExpiry > BigInt(htlc.outgoingCltv))
      return undefined;
    if (!invoiceRequest) return undefined;
    const request = decodeInvoiceRequest(curve, invoiceRequest);
    if (!equalBytes(request.offerId, path.offer.offerId) || amount < request.amount) return undefined;
    return { offer: path.offer, preimage: keysendPreimage, amountMsat: amount };
  } catch (e) {
    if (isSkiffError(e)) return undefined;
    throw e;
  }
}
