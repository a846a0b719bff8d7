// The offers under which this wallet can be paid while it sleeps: one row with all of it, written as a whole, so that no
// death leaves half a change. There is none before a person has asked for an offer.
import type { ReadTx, WriteTx } from './port.ts';
import type { OffersRow } from './offer-rows.ts';

const ID = 'async';

/** What there is, or undefined before the first offer was asked for. */
export const offers = (tx: ReadTx): Promise<OffersRow | undefined> => tx.get<OffersRow>('offers', ID);

/** Writes it. */
export const putOffers = (tx: WriteTx, row: Omit<OffersRow, 'id'>): Promise<void> =>
  tx.put<OffersRow>('offers', { id: ID, ...row });
