// How far each mailbox has been read, and messages that could not be finished yet. The checkpoint only grows. A message
// that fails for a passing reason is filed here in the same write that advances the checkpoint, so it neither gets lost
// nor holds up those behind it.
import type { ReadTx, WriteTx } from './port.ts';
import type { InboxRow, MailboxRow } from './rows.ts';

/** Everything up to this checkpoint was handled or filed; 0 at first. */
export const checkpoint = async (tx: ReadTx, mailbox: string): Promise<bigint> =>
  (await tx.get<MailboxRow>('mailbox', mailbox))?.checkpoint ?? 0n;

/** Moves the checkpoint forward; a smaller one is ignored. Resolves with the one in force. */
export async function advanceCheckpoint(tx: WriteTx, mailbox: string, to: bigint): Promise<bigint> {
  const now = await checkpoint(tx, mailbox);
  if (to <= now) return now;
  await tx.put<MailboxRow>('mailbox', { id: mailbox, checkpoint: to });
  return to;
}

/** Key of a filed message: sorts as the mailbox does. */
export const inboxId = (mailbox: string, at: bigint): string =>
  `${mailbox}:${at.toString().padStart(20, '0')}`;

/** Files a message for later (again: replaces its bytes, counts an attempt). */
export async function fileMessage(
  tx: WriteTx,
  message: Pick<InboxRow, 'mailbox' | 'checkpoint' | 'bytes' | 'wakeAt' | 'lastError'>,
  now: number,
): Promise<InboxRow> {
  const id = inboxId(message.mailbox, message.checkpoint);
  const there = await tx.get<InboxRow>('inbox', id);
  const row: InboxRow = {
    ...message,
    id,
    attempts: (there?.attempts ?? 0) + 1,
    receivedAt: there?.receivedAt ?? now,
  };
  await tx.put<InboxRow>('inbox', row);
  return row;
}

/** Filed messages whose time has come. */
export const dueMessages = (tx: ReadTx, now: number): Promise<InboxRow[]> =>
  tx.query<InboxRow>('inbox', 'wakeAt', { to: now });

/** When the next filed message wants another try. */
export const nextMessageWake = async (tx: ReadTx): Promise<number | undefined> =>
  (await tx.query<InboxRow>('inbox', 'wakeAt', { limit: 1 }))[0]?.wakeAt;

/** A filed message is done. */
export const dropMessage = (tx: WriteTx, id: string): Promise<void> => tx.delete('inbox', id);
