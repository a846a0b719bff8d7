// Request metadata as captaind checks it: a malformed x-user-agent refuses every call, pver only those that ask for it.
import { Code, ConnectError } from '@connectrpc/connect';
import type { HandlerContext, Interceptor } from '@connectrpc/connect';

/** `<name>/<version>`: name 1 to 32 of [a-z0-9_-], version not empty. */
const USER_AGENT = /^[a-z0-9_-]{1,32}\/.+$/;

/** Refuses calls whose x-user-agent does not follow the grammar; none at all is fine. */
export const checkUserAgent: Interceptor = (next) => (req) => {
  const agent = req.header.get('x-user-agent');
  if (agent !== null && !USER_AGENT.test(agent)) {
    throw new ConnectError('x-user-agent must match `<name>/<version>`', Code.InvalidArgument);
  }
  return next(req);
};

/** The protocol version of a call that needs one. @throws ConnectError INVALID_ARGUMENT when missing or no number. */
export function requirePver(context: HandlerContext): number {
  const text = context.requestHeader.get('pver');
  if (text === null) throw new ConnectError('missing pver header', Code.InvalidArgument);
  if (!/^[0-9]{1,18}$/.test(text)) {
    throw new ConnectError('invalid protocol version header', Code.InvalidArgument);
  }
  return Number(text);
}

/** First protocol version with size-checked hash locks: below it there is no Lightning. */
const PVER_HASH_LOCKS = 5;

/** @throws ConnectError INVALID_ARGUMENT when pver is missing or too old for what the caller wants to do. */
export function requireHashLocks(context: HandlerContext, purpose: string): void {
  if (requirePver(context) < PVER_HASH_LOCKS) {
    throw new ConnectError(
      `bad user input: Your client version is too old, you need to update in order to be able to ${purpose}.`,
      Code.InvalidArgument,
    );
  }
}
