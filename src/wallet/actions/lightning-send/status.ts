// What the server knows about a payment. Success counts only with a preimage of the hash; an answer that makes no sense
// counts as no answer, never as a failure, and never keeps us from taking the money back after expiry.

import { fromHex, toHex } from '../../../crypto/bytes.ts';
import { isSkiffError } from '../../../errors.ts';
import { isPreimageOf } from '../../../lightning/preimage.ts';
import type { Deps } from '../../ports.ts';
import type { FailureNote } from '../failure.ts';
import { grpcCode } from '../rejection.ts';

export type PaymentStatus =
  | { is: 'paid'; preimage: string }
  /** `telling`: the server says why. */
  | { is: 'failed'; failure: FailureNote; telling: boolean }
  | { is: 'pending' }
  /** The server has no attempt for this hash. */
  | { is: 'unknown' }
  /** No usable answer. */
  | { is: 'silent' };

/** Asks for the status of the payment with this hash (hex). Never throws but for a fence. */
export async function askStatus(deps: Deps, hash: string): Promise<PaymentStatus> {
  try {
    const server = await deps.ports.server();
    const { paymentStatus } = await server.checkLightningPayment({ hash: fromHex(hash), wait: false });
    switch (paymentStatus.case) {
      case 'success': {
        const { preimage } = paymentStatus.value;
        if (isPreimageOf(preimage, fromHex(hash))) return { is: 'paid', preimage: toHex(preimage) };
        deps.ports.log.warn('the server showed a preimage that does not belong to the payment', { hash });
        return { is: 'silent' };
      }
      case 'failed':
        return failed(paymentStatus.value.reason);
      case 'pending':
        return { is: 'pending' };
      default:
        return { is: 'silent' };
    }
  } catch (error) {
    if (isSkiffError(error, 'FENCED')) throw error;
    return grpcCode(error) === 'NOT_FOUND' ? { is: 'unknown' } : { is: 'silent' };
  }
}

/** A refusal to revoke a settled payment carries the preimage in its text: the last place to learn it from. */
export function preimageInRefusal(error: unknown, hash: string): string | undefined {
  const texts = error instanceof Error ? [error.message, ...Object.values(detailsOf(error))] : [];
  for (const hex of texts.flatMap((t) => t.match(/[0-9a-f]{64}/gi) ?? [])) {
    if (isPreimageOf(fromHex(hex), fromHex(hash))) return hex.toLowerCase();
  }
  return undefined;
}

const detailsOf = (error: Error): Record<string, string> => (isSkiffError(error) ? error.details : {});

/** core.LightningFailureReason, without its prefix, and the words for it. */
const REASONS: Readonly<Record<number, readonly [name: string, words: string]>> = {
  1: ['FEE_TOO_LOW', 'The Lightning network asked for a higher fee than the Ark server pays.'],
  2: ['CLTV_TOO_LONG', 'The way to the recipient would have locked the money for too long.'],
  3: ['NO_ROUTE', 'No way to the recipient was found.'],
  4: ['DESTINATION_REJECTED', 'The recipient refused the payment.'],
  5: ['SETUP_TIMEOUT', 'The payment could not be set up in time.'],
  6: ['INVOICE_STATE', 'The invoice is no longer payable.'],
  7: ['OTHER', 'The Lightning payment failed.'],
  8: ['RETRIES_EXHAUSTED', 'All attempts to reach the recipient failed.'],
};

function failed(code: number): PaymentStatus {
  const [reason, words] = REASONS[code] ?? ['UNSPECIFIED', 'The Lightning payment failed.'];
  const failure: FailureNote = {
    // The only failure that more money can cure.
    code: reason === 'FEE_TOO_LOW' ? 'ROUTE_TOO_DEAR' : 'PAYMENT_FAILED',
    say: `${words} Your money is back.`,
    details: { reason },
  };
  return { is: 'failed', failure, telling: reason !== 'UNSPECIFIED' && reason !== 'OTHER' };
}
