// Reading the mailbox from our checkpoint to its end. Invariant: the checkpoint moves past a message only in the
// transaction that files the message in the inbox, so whatever happens to its contents later, it is not lost.
//
// A page can lie about its end: the server counts stored items, not messages, and cuts a page at 100 items. So the end
// is an empty page, and of a page that is full the last message, which may have been cut, is left for the next page.

import { SkiffError } from '../../errors.ts';
import type { ArkServer } from '../../server/connect.ts';
import type { MailboxMessage } from '../../server/gen/mailbox_server_pb.js';
import { checkpoint } from '../../store/mailbox.ts';
import type { Deps } from '../ports.ts';
import { fileMessages } from './intake.ts';
import { mainPass, saysExpired } from './pass.ts';
import { MAIN } from './tables.ts';

/** Items after which the server cuts a page. */
const PAGE_ITEMS = 100;
/** Pages read in one go: a server that never comes to an end must not occupy us for ever. */
const BURST_PAGES = 10;
const PASS_MS = 10 * 60_000;

/**
 * Files what waits in the main mailbox, at most ten pages of it. Serialised across contexts.
 * @returns whether there may be more @throws SkiffError LOCKED, SERVER_MISBEHAVED and what the server call throws
 */
export async function pullMailbox(deps: Deps): Promise<'end' | 'more'> {
  const { ports } = deps;
  return ports.locks.hold('mailbox.read', async () => {
    const server = await ports.server();
    for (let page = 0; page < BURST_PAGES; page++) {
      const from = await ports.db.read(['mailbox'], (tx) => checkpoint(tx, MAIN));
      const { messages } = await readPage(deps, server, from);
      if (messages.length === 0) return 'end';
      const whole = wholeMessages(messages).filter((message) => message.checkpoint > from);
      if (whole.length === 0) throw noProgress(from);
      await fileMessages(deps, whole, { advance: true });
    }
    return 'more';
  });
}

/** One page. A pass that the server's clock finds too old is replaced once: the answer has told us the time. */
async function readPage(deps: Deps, server: ArkServer, from: bigint) {
  const ask = async () =>
    server.readMailbox({ ...(await mainPass(deps, server, PASS_MS)), checkpoint: from });
  try {
    return await ask();
  } catch (error) {
    if (!saysExpired(error)) throw error;
    return ask();
  }
}

const itemsOf = ({ message }: MailboxMessage): number =>
  message.case === 'arkoor'
    ? message.value.vtxos.length
    : message.case === 'recoveryVtxoIds'
      ? message.value.vtxoIds.length
      : 1;

/** The messages of a page that are surely whole, in the order of their checkpoints. */
export function wholeMessages(messages: readonly MailboxMessage[]): MailboxMessage[] {
  const sorted = [...messages].sort((a, b) => (a.checkpoint < b.checkpoint ? -1 : 1));
  const items = messages.reduce((n, message) => n + itemsOf(message), 0);
  const last = sorted.at(-1)?.checkpoint;
  const before = sorted.filter((message) => message.checkpoint !== last);
  // The first message of a page is always whole, so a page of one needs no second look.
  return items < PAGE_ITEMS || before.length === 0 ? sorted : before;
}

const noProgress = (at: bigint) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The Ark server sends the same messages again and again.',
    retry: 'later',
    details: { checkpoint: at },
  });
