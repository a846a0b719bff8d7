// The invoice that the server made for us is shown to a payer only if it says what we asked for: an invoice with another
// hash pays somebody else, one with another amount or description makes us liars, one with another final delta takes
// away our time to claim.

import { equalBytes, fromHex } from '../../../crypto/bytes.ts';
import type { Curve } from '../../../crypto/curve.ts';
import { isSkiffError, SkiffError } from '../../../errors.ts';
import { invoiceExpiresAt } from '../../../lightning/bolt11-check.ts';
import { decodeBolt11, type Bolt11 } from '../../../lightning/bolt11.ts';
import { satsToMsats, type Sats } from '../../../units.ts';

export interface AskedInvoice {
  /** Hex. */
  paymentHash: string;
  network: string;
  amount: Sats;
  memo: string;
  /** Blocks, the server's share included. */
  minFinalCltv: number;
  /** Unix seconds by our clock and by what we know of the server's: one of them must be near the invoice's time. */
  clocks: readonly number[];
}

/** Seconds between an honest invoice's time and a clock. */
const SKEW = 600;
/** Seconds in which a payer can find the time to pay. */
const SHORTEST_LIFE = 60;

const refuse = (problem: string, details: Record<string, string | number | bigint | undefined> = {}) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The Ark server made another invoice than the one Skiff asked for. It is not used; no money was moved.',
    details: { problem, ...details },
  });

/** @throws SkiffError SERVER_MISBEHAVED, `details.problem` names the first thing that is not as it was asked */
export function checkMadeInvoice(curve: Curve, text: string, asked: AskedInvoice): Bolt11 {
  let made: Bolt11;
  try {
    made = decodeBolt11(curve, text);
  } catch (e) {
    if (isSkiffError(e)) throw refuse('not an invoice', { reason: e.code });
    throw e;
  }
  if (!equalBytes(made.paymentHash, fromHex(asked.paymentHash))) throw refuse('payment hash');
  if (made.network !== asked.network) throw refuse('network', { network: made.network });
  if (made.amount !== satsToMsats(asked.amount)) throw refuse('amount', { amount: made.amount });
  if (made.description !== asked.memo) throw refuse('description');
  if (made.minFinalCltv !== BigInt(asked.minFinalCltv))
    throw refuse('min_final_cltv', { made: made.minFinalCltv, asked: asked.minFinalCltv });
  const near = asked.clocks.filter((now) => Math.abs(now - made.timestamp) <= SKEW);
  if (near.length === 0) throw refuse('timestamp', { timestamp: made.timestamp });
  const life = Math.max(...near.map((now) => Number(invoiceExpiresAt(made)) - now));
  if (life < SHORTEST_LIFE) throw refuse('expiry', { life });
  return made;
}
