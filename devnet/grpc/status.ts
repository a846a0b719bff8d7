// The status codes of captaind and when it uses them: INVALID_ARGUMENT for what a client did wrong, NOT_FOUND with the
// ids in `identifiers`, INTERNAL for the rest. Some refusals of business rules are INTERNAL there, and so they are here.
import { Code, ConnectError } from '@connectrpc/connect';
import { isSkiffError } from '../../src/errors.ts';

/** INVALID_ARGUMENT: the caller's mistake; the server guarantees that nothing changed. */
export const badArgument = (text: string): ConnectError =>
  new ConnectError(`bad user input: ${text}`, Code.InvalidArgument);

/** NOT_FOUND; `ids` go into the metadata that clients read to drop exactly these. */
export const notFound = (text: string, ids: readonly string[]): ConnectError =>
  new ConnectError(text, Code.NotFound, { identifiers: ids.join(',') });

/** INTERNAL, with the reason in the open as captaind's `rpc_rich_errors` has it. */
export const internal = (text: string): ConnectError => new ConnectError(text, Code.Internal);

/** What the protocol code refuses (SkiffError) is the caller's bad argument; `what` names the field. */
export function parsing<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (e) {
    if (isSkiffError(e)) throw badArgument(`invalid ${what}`);
    throw e;
  }
}

/** Runs a check of the protocol code and turns its refusal into INVALID_ARGUMENT with the facts it names. */
export function checking<T>(what: string, check: () => T): T {
  try {
    return check();
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    const facts = Object.entries(e.details).map(([k, v]) => `${k}=${v}`);
    throw badArgument([`${what}: ${e.code}`, ...facts].join(' '));
  }
}
