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
  | { is: 'failed'; failure: FailureNote }
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
        return { is: 'failed', failure: failureOf(paymentStatus.value.reason) };
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

/** Words for core.LightningFailureReason. */
const REASONS: Readonly<Record<number, string>> = {
  1: 'The Lightning network asked for a higher fee than allowed.',
  2: 'The way to the recipient would have locked the money for too long.',
  3: 'No way to the recipient was found.',
  4: 'The recipient refused the payment.',
  5: 'The payment could not be set up in time.',
  6: 'The invoice is no longer payable.',
  8: 'All attempts to reach the recipient failed.',
};

const failureOf = (reason: number): FailureNote => ({
  code: 'PAYMENT_FAILED',
  say: `${REASONS[reason] ?? 'The Lightning payment failed.'} Your money is back.`,
});
