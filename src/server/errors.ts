// The server's error vocabulary (ark-flows §0.7): one translation from what the transport throws to a SkiffError.
// `details.grpc` is the status name. Only a status that came over the wire from the server may say INVALID_ARGUMENT or
// NOT_FOUND ("refused, nothing changed"); whatever this side or a proxy made up becomes a code that is tried again.
import { Code, ConnectError } from '@connectrpc/connect';
import { SkiffError, isSkiffError, type ErrorCode, type Retry } from '../errors.ts';

const NAMES: Readonly<Record<Code, string>> = {
  [Code.Canceled]: 'CANCELLED',
  [Code.Unknown]: 'UNKNOWN',
  [Code.InvalidArgument]: 'INVALID_ARGUMENT',
  [Code.DeadlineExceeded]: 'DEADLINE_EXCEEDED',
  [Code.NotFound]: 'NOT_FOUND',
  [Code.AlreadyExists]: 'ALREADY_EXISTS',
  [Code.PermissionDenied]: 'PERMISSION_DENIED',
  [Code.ResourceExhausted]: 'RESOURCE_EXHAUSTED',
  [Code.FailedPrecondition]: 'FAILED_PRECONDITION',
  [Code.Aborted]: 'ABORTED',
  [Code.OutOfRange]: 'OUT_OF_RANGE',
  [Code.Unimplemented]: 'UNIMPLEMENTED',
  [Code.Internal]: 'INTERNAL',
  [Code.Unavailable]: 'UNAVAILABLE',
  [Code.DataLoss]: 'DATA_LOSS',
  [Code.Unauthenticated]: 'UNAUTHENTICATED',
};

interface Reading {
  code: ErrorCode;
  say: string;
  retry: Retry;
}

const UNREACHABLE: Reading = {
  code: 'SERVER_UNREACHABLE',
  say: 'The Ark server cannot be reached. Skiff tries again by itself.',
  retry: 'later',
};
const TROUBLE: Reading = {
  code: 'SERVER_ERROR',
  say: 'The Ark server has a problem. Skiff tries again by itself.',
  retry: 'later',
};
const REFUSED: Reading = {
  code: 'SERVER_REFUSED',
  say: 'The Ark server refused the request.',
  retry: 'never',
};

const READINGS: Partial<Record<Code, Reading>> = {
  [Code.InvalidArgument]: REFUSED,
  [Code.NotFound]: { ...REFUSED, say: 'The Ark server does not know what was asked for.' },
  [Code.Unimplemented]: {
    code: 'UNSUPPORTED',
    say: 'This Ark server does not offer that yet.',
    retry: 'never',
  },
  [Code.Unauthenticated]: { ...REFUSED, say: 'The Ark server wants a login that Skiff does not have.' },
  [Code.PermissionDenied]: { ...REFUSED, say: 'The Ark server does not allow this.' },
  [Code.Canceled]: UNREACHABLE,
  [Code.DeadlineExceeded]: {
    ...UNREACHABLE,
    say: 'The Ark server did not answer in time. Skiff tries again.',
  },
  [Code.Unknown]: UNREACHABLE,
  [Code.Unavailable]: UNREACHABLE,
};

/** A status that was not sent by the server itself, as far as it can be believed. */
function hearsay(error: ConnectError): Code {
  switch (error.code) {
    case Code.Canceled:
    case Code.DeadlineExceeded:
    case Code.Unauthenticated: // HTTP 401 and 403 of a proxy: a person has to act
    case Code.PermissionDenied:
      return error.code;
    default:
      return Code.Unavailable;
  }
}

/** Translates anything a call threw. A SkiffError from below (refused address, too large) is kept as the cause. */
export function serverError(thrown: unknown, method: string): SkiffError {
  if (isSkiffError(thrown)) return thrown;
  const error = ConnectError.from(thrown);
  if (isSkiffError(error.cause, 'HTTP_REFUSED')) return error.cause;
  const code = error.isWireError ? error.code : hearsay(error);
  return new SkiffError({
    ...(READINGS[code] ?? TROUBLE),
    details: {
      grpc: NAMES[code],
      method,
      identifiers: error.metadata.get('identifiers') ?? undefined,
      said: error.rawMessage.slice(0, 300),
    },
    cause: error,
  });
}

const grpcOf = (e: unknown): string | undefined => (isSkiffError(e) ? e.details['grpc'] : undefined);

/** Did the server refuse and change nothing (INVALID_ARGUMENT, NOT_FOUND)? */
export const isRejection = (e: unknown): boolean =>
  grpcOf(e) === 'INVALID_ARGUMENT' || grpcOf(e) === 'NOT_FOUND';

/** Does the server say that it does not know what was asked for? */
export const isUnknown = (e: unknown): boolean => grpcOf(e) === 'NOT_FOUND';

/** May the same call work later, or have worked already? */
export const isTransient = (e: unknown): boolean => isSkiffError(e) && e.retry === 'later';

/** Does this server lack the call? */
export const isAbsent = (e: unknown): boolean => grpcOf(e) === 'UNIMPLEMENTED';

/** Ids (`txid:vout`) the server named as unusable or unknown; empty when it named none. */
export const identifiersOf = (e: unknown): string[] =>
  isSkiffError(e)
    ? (e.details['identifiers'] ?? '')
        .split(',')
        .map((id) => id.trim())
        .filter((id) => id !== '')
    : [];

/** Does the server object to our version or name, so that only a new handshake can help? */
export const wantsNewHandshake = (e: unknown): boolean =>
  grpcOf(e) === 'INVALID_ARGUMENT' &&
  /pver|protocol version|user.?agent|client version/i.test((e as SkiffError).details['said'] ?? '');
