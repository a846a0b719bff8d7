// The slots of offers, as LDK's AsyncReceiveOfferCache: which one needs an offer, what may be replaced, which is given out
// next. Pure: a state in, a state (the same object when nothing changed) out. Times in Unix seconds.
import { equalBytes } from '../../crypto/bytes.ts';
import type { Bytes } from '../../crypto/curve.ts';
import type { Limits } from './limits.ts';
import { withOffer, type AsyncState, type CachedOffer } from './state.ts';

interface Placed {
  slot: number;
  offer: CachedOffer;
}

const placed = ({ offers }: AsyncState): Placed[] =>
  offers.flatMap((offer, slot) => (offer === null ? [] : [{ slot, offer }]));

/** The last second is still good. */
const isExpired = ({ expiresAt }: CachedOffer, now: number): boolean =>
  expiresAt !== undefined && expiresAt < now;

const isStale = ({ status, createdAt }: CachedOffer, now: number, limits: Limits): boolean =>
  status.is === 'ready' && createdAt < now - limits.offerRefresh;

/** Without the offers that have ended. */
export function pruned(state: AsyncState, now: number): AsyncState {
  if (!placed(state).some(({ offer }) => isExpired(offer, now))) return state;
  return { ...state, offers: state.offers.map((o) => (o !== null && isExpired(o, now) ? null : o)) };
}

/** The slot for which paths are wanted: an empty one, else that of the stalest offer that may be replaced. */
export function slotInNeed(state: AsyncState, now: number, limits: Limits): number | undefined {
  const empty = state.offers.indexOf(null);
  if (empty !== -1) return empty;
  const all = placed(state);
  // The only one that can be paid is never given up for one that may never come to be.
  if (all.filter(({ offer }) => offer.status.is !== 'pending').length <= 1) return undefined;
  const stale = all.filter(({ offer }) => isStale(offer, now, limits));
  return stale.toSorted((a, b) => a.offer.createdAt - b.offer.createdAt)[0]?.slot;
}

/** Is an offer with these paths (encoded) to be built for this slot? */
export function wants(
  state: AsyncState,
  { slot, paths, expiresAt }: { slot: number; paths: Bytes; expiresAt: number | undefined },
  now: number,
  limits: Limits,
  pathsOf: (offer: CachedOffer) => Bytes,
): boolean {
  const there = state.offers[slot];
  if (there === undefined || (there !== null && !isStale(there, now, limits))) return false;
  if (expiresAt !== undefined && expiresAt < now + limits.leastPathLife) return false;
  return placed(state).every(({ offer }) => !equalBytes(pathsOf(offer), paths));
}

/**
 * The offer to show now: the newest that nobody was given, which is then used; else the used one that lives longest.
 * Undefined when there is none.
 */
export function take(state: AsyncState, now: number): { state: AsyncState; offer: CachedOffer } | undefined {
  const live = pruned(state, now);
  const best = (of: 'ready' | 'used', rank: (offer: CachedOffer) => number) =>
    placed(live)
      .filter(({ offer }) => offer.status.is === of)
      .toSorted((a, b) => rank(b.offer) - rank(a.offer))[0];
  const fresh = best('ready', (offer) => offer.createdAt);
  if (fresh && fresh.offer.status.is === 'ready') {
    const offer: CachedOffer = { ...fresh.offer, status: { ...fresh.offer.status, is: 'used' } };
    return { state: withOffer(live, fresh.slot, offer), offer };
  }
  const used = best('used', (offer) => offer.expiresAt ?? Infinity);
  return used && { state: live, offer: used.offer };
}

/** Offers whose invoice the server should get (again): what it has not confirmed, and what has been out for long. */
export const needInvoice = (state: AsyncState, now: number, limits: Limits): Placed[] =>
  placed(state).filter(
    ({ offer: { status } }) =>
      status.is === 'pending' ||
      (status.is === 'used' && status.invoiceCreatedAt + limits.invoiceRefresh < now),
  );

/** The server keeps the invoice made then. */
export function persisted(state: AsyncState, offerId: Bytes, invoiceCreatedAt: number): AsyncState {
  const found = findOffer(state, offerId);
  if (!found) return state;
  const { slot, offer } = found;
  const { status } = offer;
  if (status.is === 'pending')
    return withOffer(state, slot, { ...offer, status: { is: 'ready', invoiceCreatedAt } });
  if (status.invoiceCreatedAt >= invoiceCreatedAt) return state;
  return withOffer(state, slot, { ...offer, status: { ...status, invoiceCreatedAt } });
}

/** The offer with this id, and where it is. */
export const findOffer = (state: AsyncState, offerId: Bytes): Placed | undefined =>
  placed(state).find(({ offer }) => equalBytes(offer.offerId, offerId));
