// Reading the mailbox from our checkpoint to its end. Invariant: a message is either handled, or filed for another try,
// in the same transaction that moves the checkpoint past it; so none is lost and none holds up the others.
//
// A page can lie about its end: the server counts stored items, not messages, and cuts a page at 100 items. So the end
// is an empty page, and a page that is full is read again from just before its last message, which may have been cut.

import { mailboxAuthorization } from '../../ark/mailbox.ts';
import { SkiffError } from '../../errors.ts';
import { checkpoint } from '../../store/mailbox.ts';
import type { MailboxMessage } from '../../server/gen/mailbox_server_pb.js';
import type { Deps } from '../ports.ts';
import type { MessageHandler } from './handle.ts';
import { aheadOf } from './clock.ts';
import { MAIN } from './tables.ts';

/** Items after which the server cuts a page. */
const PAGE_ITEMS = 100;
/** How long an authorization is good for; generous, since the server's clock decides. */
const AUTHORIZED_SECONDS = 600;

/** Handles everything that waits in the main mailbox. Serialised across contexts. @throws what the server call throws */
export async function readMailbox(deps: Deps, handle: MessageHandler): Promise<void> {
  const { ports } = deps;
  await ports.locks.hold('mailbox', async () => {
    const server = await ports.server();
    const request = mailboxRequest(deps, aheadOf(server));
    for (let from = await ports.db.read(['mailbox'], (tx) => checkpoint(tx, MAIN)); ;) {
      const page = await server.readMailbox({ ...request, checkpoint: from });
      if (page.messages.length === 0) return;
      const { whole, next } = wholeMessages(page.messages);
      if (next <= from) throw noProgress(from);
      for (const message of whole) await handle(message);
      from = next;
    }
  });
}

/** Id and proof that the mailbox is ours. @throws SkiffError LOCKED */
export function mailboxRequest(
  deps: Deps,
  skew: number,
): { mailboxId: Uint8Array; authorization: Uint8Array } {
  const { ports } = deps;
  const { publicKey, secret } = ports.keys.unlocked().mailbox();
  const expiry = BigInt(Math.floor((ports.now() + skew) / 1000) + AUTHORIZED_SECONDS);
  const authorization = mailboxAuthorization(ports.curve, secret, expiry, ports.random(32));
  return { mailboxId: publicKey, authorization };
}

const itemsOf = ({ message }: MailboxMessage): number =>
  message.case === 'arkoor'
    ? message.value.vtxos.length
    : message.case === 'recoveryVtxoIds'
      ? message.value.vtxoIds.length
      : 1;

/** The messages of a page that are surely whole, and the checkpoint to read on from. */
export function wholeMessages(messages: readonly MailboxMessage[]): {
  whole: MailboxMessage[];
  next: bigint;
} {
  const last = messages.at(-1)!;
  const items = messages.reduce((n, m) => n + itemsOf(m), 0);
  // The first message of a page is always whole, so a page of one needs no second look.
  if (items < PAGE_ITEMS || messages.length === 1) return { whole: [...messages], next: last.checkpoint };
  return { whole: messages.slice(0, -1), next: last.checkpoint - 1n };
}

const noProgress = (at: bigint) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The Ark server sends the same messages again and again.',
    retry: 'later',
    details: { checkpoint: at },
  });
