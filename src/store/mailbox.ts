// How far each mailbox has been read, and the inbox: messages that are not finished. The checkpoint only grows. A message
// is put into the inbox in the same write that moves the checkpoint past it, and leaves it in the write that finishes it.
import type { ReadTx, WriteTx } from './port.ts';
import type { InboxRow, MailboxRow } from './rows.ts';

/** Everything up to this checkpoint is in the inbox or finished; 0 at first. */
export const checkpoint = async (tx: ReadTx, mailbox: string): Promise<bigint> =>
  (await tx.get<MailboxRow>('mailbox', mailbox))?.checkpoint ?? 0n;

/** Moves the checkpoint forward; a smaller one is ignored. Resolves with the one in force. */
export async function advanceCheckpoint(tx: WriteTx, mailbox: string, to: bigint): Promise<bigint> {
  const now = await checkpoint(tx, mailbox);
  if (to <= now) return now;
  await tx.put<MailboxRow>('mailbox', { id: mailbox, checkpoint: to });
  return to;
}

/** Key of a message: sorts as the mailbox does. */
const inboxId = (mailbox: string, at: bigint): string => `${mailbox}:${at.toString().padStart(20, '0')}`;

/** Puts a message into the inbox, due at once. One that is there gets the longer bytes: the other had been cut. */
export async function keepMessage(
  tx: WriteTx,
  { mailbox, checkpoint: at, bytes }: Pick<InboxRow, 'mailbox' | 'checkpoint' | 'bytes'>,
  now: number,
): Promise<void> {
  const id = inboxId(mailbox, at);
  const there = await tx.get<InboxRow>('inbox', id);
  if (there && there.bytes.length >= bytes.length) return;
  const fresh: InboxRow = { id, mailbox, checkpoint: at, bytes, attempts: 0, wakeAt: now, receivedAt: now };
  await tx.put<InboxRow>('inbox', there ? { ...there, bytes, wakeAt: now } : fresh);
}

/** A message could not be finished: it waits until `wakeAt`, or, with `needsKey`, for the unlock. */
export async function postponeMessage(
  tx: WriteTx,
  id: string,
  change: { wakeAt: number; lastError: string; needsKey?: true },
): Promise<void> {
  const there = await tx.get<InboxRow>('inbox', id);
  if (!there) return;
  const { needsKey: _before, ...row } = there;
  await tx.put<InboxRow>('inbox', { ...row, ...change, attempts: row.attempts + 1 });
}

/** Messages whose time has come, at most `limit`. */
export const dueMessages = (tx: ReadTx, now: number, limit?: number): Promise<InboxRow[]> =>
  tx.query<InboxRow>('inbox', 'wakeAt', { to: now, ...(limit !== undefined && { limit }) });

/** The keys are here: what waited for them is due. */
export async function wakeLockedMessages(tx: WriteTx, now: number): Promise<void> {
  for (const row of await tx.query<InboxRow>('inbox')) {
    if (!row.needsKey) continue;
    const { needsKey: _now, ...rest } = row;
    await tx.put<InboxRow>('inbox', { ...rest, wakeAt: now });
  }
}

/** How many messages wait for the unlock. */
export const lockedMessages = async (tx: ReadTx): Promise<number> =>
  (await tx.query<InboxRow>('inbox')).filter((row) => row.needsKey).length;

/** When the next message wants another try. */
export const nextMessageWake = async (tx: ReadTx): Promise<number | undefined> =>
  (await tx.query<InboxRow>('inbox', 'wakeAt', { limit: 1 }))[0]?.wakeAt;

/** A message is finished. */
export const dropMessage = (tx: WriteTx, id: string): Promise<void> => tx.delete('inbox', id);
