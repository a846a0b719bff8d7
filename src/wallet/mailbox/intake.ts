// Messages go into the inbox as they are, before anything is done with them. What needs a key, a chain source or a
// server that does not answer can then wait there without holding up what comes after it.

import { create, toBinary } from '@bufbuild/protobuf';
import { MailboxMessageSchema, type MailboxMessage } from '../../server/gen/mailbox_server_pb.js';
import { advanceCheckpoint, keepMessage } from '../../store/mailbox.ts';
import type { Deps } from '../ports.ts';
import { INTAKE_TABLES, MAIN, PEER } from './tables.ts';

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

/** An onion message as BOLT 4 has it; `packet` encoded. */
export interface FiledOnion {
  pathKey: Uint8Array;
  packet: Uint8Array;
}

/** Files an onion message that came over another way than the mailbox, due at once. @param place ascending */
export async function fileOnion(
  { ports }: Deps,
  { pathKey, packet }: FiledOnion,
  place: bigint,
): Promise<void> {
  const message = create(MailboxMessageSchema, {
    message: { case: 'onionMessage', value: { pathKey, packet } },
  });
  const bytes = toBinary(MailboxMessageSchema, message);
  await ports.db.write(INTAKE_TABLES, (tx) =>
    keepMessage(tx, { mailbox: PEER, checkpoint: place, bytes }, ports.now()),
  );
}
