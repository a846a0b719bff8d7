// When the Lightning network asks for a higher fee than the Ark server pays from its own, the person may put more into
// the payment: whatever the HTLC holds beyond amount and fee goes into the server's budget for the route. It is spent in
// full when the payment succeeds, so it is offered with its cost, and never added silently.

import { sats, type Sats } from '../../../units.ts';
import type { FailureNote } from '../failure.ts';
import type { LightningSendTerms } from './state.ts';

/** Half a percent, at least this; twice of what did not suffice. */
const LEAST = 10n;
const PART = 200n;

const most = (...values: bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b));

/** What to offer after a payment of `amount` failed with `tried` satoshi of surplus. Rounded up. */
export const nextSurplus = (amount: Sats, tried: Sats = sats(0n)): Sats =>
  sats(most(LEAST, (amount + PART - 1n) / PART, tried * 2n));

/** The failure of a payment, with the offer where one may help. `details.surplus` goes into `PayOptions.surplus`. */
export function withOffer(terms: LightningSendTerms, failure: FailureNote): FailureNote {
  if (failure.code !== 'ROUTE_TOO_DEAR') return failure;
  const surplus = nextSurplus(terms.amount, terms.surplus);
  return {
    ...failure,
    say: `${failure.say} With ${surplus} sat more for the fee it may work.`,
    details: { ...failure.details, surplus: Number(surplus) },
  };
}
