// The live mailbox, while somebody is there to hold the stream open: notices arrive at once instead of with the next pull.
// One stream for one call: it resolves when the stream ends, and the host decides when to listen again.

import { checkpoint } from '../../store/mailbox.ts';
import type { Deps } from '../ports.ts';
import type { MessageHandler } from './handle.ts';
import { mailboxRequest, readMailbox } from './read.ts';
import { aheadOf } from './clock.ts';
import { MAIN } from './tables.ts';

/** Pulls what is stored, then handles messages as they come, until the server ends the stream or `signal` aborts. */
export async function listenToMailbox(
  deps: Deps,
  handle: MessageHandler,
  signal: AbortSignal,
): Promise<void> {
  const { ports } = deps;
  // The stream's own catch-up has the paging trap of read.ts, so the pull comes first.
  await readMailbox(deps, handle);
  const server = await ports.server();
  const position = () => ports.db.read(['mailbox'], (tx) => checkpoint(tx, MAIN));
  const request = { ...mailboxRequest(deps, aheadOf(server)), checkpoint: await position() };
  for await (const message of server.subscribeMailbox(request, { signal })) {
    await ports.locks.hold('mailbox', async () => {
      // A pull may have been faster.
      if (message.checkpoint > (await position())) await handle(message);
    });
  }
}
