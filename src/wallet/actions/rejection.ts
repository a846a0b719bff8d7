// Reading a failed call. Only INVALID_ARGUMENT and NOT_FOUND promise that the call changed nothing at the server;
// everything else may have worked, and is tried again.

import { isSkiffError, type SkiffError } from '../../errors.ts';
import { isRejection as refused, wantsNewHandshake } from '../../server/errors.ts';
import type { FailureNote } from './failure.ts';

/** gRPC status name of a failed server call, when it was one. */
export const grpcCode = (error: unknown): string | undefined =>
  isSkiffError(error) ? error.details['grpc'] : undefined;

/** Did the server refuse this very request? (A quarrel about versions is settled by a new handshake and tried again.) */
export const isRejection = (error: unknown): error is SkiffError =>
  refused(error) && !wantsNewHandshake(error);

/**
 * The payee's wallet has the same server and has called its invoice off, or was paid: the server says so with a status of
 * its own troubles (captaind 0.6), each time anew.
 */
export const isDeadInvoice = (error: unknown): boolean =>
  grpcCode(error) === 'INTERNAL' &&
  /not in a valid state to pay/i.test((error as SkiffError).details['said'] ?? '');

const MEANINGS: readonly [text: RegExp, note: FailureNote][] = [
  [
    /already been paid|already settled/i,
    { code: 'ALREADY_PAID', say: 'This invoice was already paid, by somebody else. Your money is back.' },
  ],
  [
    /already in progress/i,
    {
      code: 'PAYMENT_IN_PROGRESS',
      say: 'Somebody else is paying this invoice right now. Your money is back.',
    },
  ],
  [
    /not in a valid state to pay/i,
    { code: 'PAYMENT_FAILED', say: 'The recipient no longer takes this invoice. Your money is back.' },
  ],
  [
    /expiry is too low/i,
    { code: 'PAYMENT_FAILED', say: 'The payment took too long to start. Your money is back; try again.' },
  ],
];

/** What a refusal of a payment means for the person; the server's own words where we know no better ones. */
export function refusalNote(error: SkiffError): FailureNote {
  const said = error.details['said'] ?? '';
  return (
    MEANINGS.find(([text]) => text.test(said))?.[1] ?? {
      code: 'PAYMENT_FAILED',
      say: `The Ark server refused the payment${said === '' ? '' : ` (${said})`}. Your money is back.`,
    }
  );
}
