// Messages go into the inbox as they are, before anything is done with them. What needs a key, a chain source or a
// server that does not answer can then wait there without holding up what comes after it.

import { toBinary } from '@bufbuild/protobuf';
import { MailboxMessageSchema, type MailboxMessage } from '../../server/gen/mailbox_server_pb.js';
import { advanceCheckpoint, keepMessage } from '../../store/mailbox.ts';
import type { Deps } from '../ports.ts';
import { INTAKE_TABLES, MAIN } from './tables.ts';

/**
 * Files messages of the main mailbox, due at once. Only messages of a page that was read move the checkpoint (`advance`);
 * those of a stream may come out of order or cut, so the next pull brings them again.
 */
export async function fileMessages(
  { ports }: Deps,
  messages: readonly MailboxMessage[],
  { advance }: { advance: boolean },
): Promise<void> {
  const now = ports.now();
  const filed = messages.map((message) => ({
    checkpoint: message.checkpoint,
    bytes: toBinary(MailboxMessageSchema, message),
  }));
  await ports.db.write(INTAKE_TABLES, async (tx) => {
    for (const message of filed) {
      await keepMessage(tx, { ...message, mailbox: MAIN }, now);
      if (advance) await advanceCheckpoint(tx, MAIN, message.checkpoint);
    }
  });
}
