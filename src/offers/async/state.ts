// What an async recipient keeps: the way to its static-invoice server and the offers that it has there, one for each slot.
// All of it is stored, as it is; what may be forgotten by a restart is kept apart (`Fleeting`).
import type { Bytes } from '../../crypto/curve.ts';

/** Times in Unix seconds. */
export type OfferStatus =
  /** Its invoice was sent; the server has not said that it keeps it. */
  | { is: 'pending' }
  /** It can be paid, and nobody has been given it. */
  | { is: 'ready'; invoiceCreatedAt: number }
  /** It was given out, and stays until it expires. */
  | { is: 'used'; invoiceCreatedAt: number };

export interface CachedOffer {
  /** Encoded. */
  offer: Bytes;
  /** 32 bytes, the same in every message about it. */
  offerId: Bytes;
  /** 16 bytes from which its signing key comes. */
  salt: Bytes;
  createdAt: number;
  /** When the offer ends; absent: never. */
  expiresAt?: number;
  status: OfferStatus;
  /** Encoded blinded path over which the server takes invoices for this slot. */
  updatePath: Bytes;
  /** When each invoice that may still be paid was made, newest last. */
  invoices: number[];
}

export interface AsyncState {
  version: 1;
  /** Encoded blinded paths to the server, as its operator gave them. Empty: none was chosen. */
  serverPaths: Bytes[];
  /** As many as there are slots, once a server was chosen. */
  offers: (CachedOffer | null)[];
}

/** Begins anew with every start. */
export interface Fleeting {
  /** Rounds of requests for paths since the last tick. */
  requests: number;
}

export const EMPTY_STATE: AsyncState = { version: 1, serverPaths: [], offers: [] };
export const FRESH: Fleeting = { requests: 0 };

/** The state with another offer in one slot. */
export const withOffer = (state: AsyncState, slot: number, offer: CachedOffer | null): AsyncState => ({
  ...state,
  offers: state.offers.with(slot, offer),
});
