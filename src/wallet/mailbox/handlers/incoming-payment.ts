// A Lightning payment for an invoice of ours has arrived at the server, which holds it for a few minutes: the receive
// that waits for it is woken, and does everything else by itself.

import { toHex } from '../../../crypto/bytes.ts';
import { isSkiffError } from '../../../errors.ts';
import type { Deps } from '../../ports.ts';

/** Wakes the receive of this payment hash (hex), if there is one. */
export type OnIncomingPayment = (paymentHash: string) => Promise<void>;

/** A hash of a wrong length is noted; a receive that cannot go on now has its own timer. */
export async function incomingPayment(
  { ports }: Deps,
  paymentHash: Uint8Array,
  onIncoming: OnIncomingPayment,
): Promise<void> {
  if (paymentHash.length !== 32) {
    ports.log.warn('a notice of a payment with a malformed hash was passed over', {
      length: paymentHash.length,
    });
    return;
  }
  await onIncoming(toHex(paymentHash)).catch((error: unknown) => {
    if (isSkiffError(error, 'FENCED')) throw error;
    ports.log.warn('an incoming payment could not be taken up yet', { reason: String(error) });
  });
}
