// Change that is larger than the payment is cut in equal pieces: later payments then fan out instead of making one chain
// of transactions ever longer, and the exit depth grows with the logarithm. The pieces are fixed when the payment
// starts, because a retry must rebuild the same transactions byte by byte.

import { VTXO_DUST } from '../../ark/script.ts';
import { sats, type Sats } from '../../units.ts';

/**
 * Pieces of `change` beside a payment of `paid` (fee included); the last one takes the remainder.
 * A server allows four outputs for each input, isolated ones included, and a dust payment costs up to two more
 * outputs for its isolation: three pieces become two beside dust, and a piece is never made dust by splitting.
 */
export function splitChange(change: Sats, paid: Sats, factor: number): Sats[] {
  if (change === 0n) return [];
  const wanted = paid < VTXO_DUST ? Math.min(factor, 2) : factor;
  const pieces = change > paid ? BigInt(Math.max(1, Math.min(wanted, 3))) : 1n;
  const each = change / pieces;
  if (pieces > 1n && each < VTXO_DUST) return [change];
  return Array.from({ length: Number(pieces) }, (_, i) =>
    sats(BigInt(i) === pieces - 1n ? change - each * (pieces - 1n) : each),
  );
}
