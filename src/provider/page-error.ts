// What a page is told when something fails: a class name of the webln package, a code a program can act on (NIP-47's
// words where there is one), and a sentence. "User rejected" and "Prompt was closed" are the texts sites already match.
import { isSkiffError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { PageError } from './protocol.ts';

type Known = { name: string; code: string; message?: string };

const rejection = (message: string): Known => ({ name: 'RejectionError', code: 'USER_REJECTED', message });
const invalid: Known = { name: 'InvalidDataError', code: 'INVALID_ARGUMENT' };
const connection = (code = 'INTERNAL'): Known => ({ name: 'ConnectionError', code });

const known: Partial<Record<ErrorCode, Known>> = {
  USER_REJECTED: rejection('User rejected'),
  PROMPT_CLOSED: rejection('Prompt was closed'),
  NOT_ENABLED: { name: 'RejectionError', code: 'NOT_ENABLED' },
  RATE_LIMITED: { name: 'RejectionError', code: 'RATE_LIMITED' },
  LOCKED: { name: 'RejectionError', code: 'LOCKED' },
  NOT_FOUND: { name: 'InvalidDataError', code: 'NOT_FOUND' },
  NO_WALLET: { name: 'MissingProviderError', code: 'NO_WALLET' },
  INVALID_ARGUMENT: invalid,
  INVALID_ENCODING: invalid,
  INVALID_CHECKSUM: invalid,
  INVALID_SIGNATURE: invalid,
  INVALID_ADDRESS: invalid,
  INVALID_INVOICE: invalid,
  INVOICE_EXPIRED: { name: 'InvalidDataError', code: 'INVOICE_EXPIRED' },
  WRONG_NETWORK: { name: 'InvalidDataError', code: 'WRONG_NETWORK' },
  AMOUNT_REQUIRED: { name: 'InvalidDataError', code: 'AMOUNT_REQUIRED' },
  AMOUNT_OUT_OF_RANGE: invalid,
  DUST: invalid,
  UNSUPPORTED: { name: 'UnsupportedMethodError', code: 'NOT_IMPLEMENTED' },
  INSUFFICIENT_FUNDS: { name: 'InternalError', code: 'INSUFFICIENT_BALANCE' },
  ALREADY_PAID: { name: 'InvalidDataError', code: 'ALREADY_PAID' },
  PAYMENT_IN_PROGRESS: { name: 'InternalError', code: 'PAYMENT_PENDING' },
  PAYMENT_PENDING: { name: 'InternalError', code: 'PAYMENT_PENDING' },
  PAYMENT_FAILED: { name: 'RoutingError', code: 'PAYMENT_FAILED' },
  ROUTE_TOO_DEAR: { name: 'RoutingError', code: 'PAYMENT_FAILED' },
  // Whether the recipient is paid after all is decided on the chain.
  PAYMENT_EXITING: { name: 'InternalError', code: 'PAYMENT_PENDING' },
  SERVER_UNREACHABLE: connection(),
  SERVER_REFUSED: connection('PAYMENT_FAILED'),
  SERVER_ERROR: connection(),
  CHAIN_UNREACHABLE: connection(),
};

/** Any thrown value as a page may see it. Unknown errors say nothing about the inside. */
export function pageError(e: unknown): PageError {
  if (!isSkiffError(e))
    return { name: 'InternalError', code: 'INTERNAL', message: 'Something inside the wallet went wrong.' };
  const { name, code, message } = known[e.code] ?? { name: 'InternalError', code: 'INTERNAL' };
  return { name, code, message: message ?? e.say };
}
