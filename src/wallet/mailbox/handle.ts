// What each kind of message means. A handler that fails for a passing reason leaves the message filed in the inbox, to
// be tried again; a message nobody can use is noted and passed over.

import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { toHex } from '../../crypto/bytes.ts';
import { isSkiffError } from '../../errors.ts';
import { MailboxMessageSchema, type MailboxMessage } from '../../server/gen/mailbox_server_pb.js';
import { actions } from '../../store/actions.ts';
import {
  advanceCheckpoint,
  dropMessage,
  dueMessages,
  fileMessage,
  inboxId,
  nextMessageWake,
} from '../../store/mailbox.ts';
import type { WriteTx } from '../../store/port.ts';
import type { Executor } from '../actions/executor.ts';
import { KIND as LIGHTNING_SEND, type LightningSendState } from '../actions/lightning-send/state.ts';
import type { Deps } from '../ports.ts';
import { receiveCoins } from './receive.ts';
import { MAILBOX_TABLES, MAIN } from './tables.ts';

export type MessageHandler = (message: MailboxMessage) => Promise<void>;

/** Pauses before a filed message is tried again: 10 s, 40 s, 90 s … at most ten minutes. */
const pause = (attempts: number): number => Math.min(attempts * attempts * 10_000, 600_000);

/** Handles messages in the order they come; see the invariant in read.ts. */
export function createHandler(deps: Deps, executor: Pick<Executor, 'drive'>): MessageHandler {
  return async (message) => {
    try {
      await dispatch(deps, executor, message);
    } catch (error) {
      if (isSkiffError(error, 'FENCED')) throw error;
      await file(deps, message, 0, error);
    }
  };
}

/** Tries the filed messages whose time has come once more. */
export async function retryInbox(deps: Deps, executor: Pick<Executor, 'drive'>): Promise<void> {
  const { ports } = deps;
  await ports.locks.hold('mailbox', async () => {
    for (const row of await ports.db.read(['inbox'], (tx) => dueMessages(tx, ports.now()))) {
      const message = fromBinary(MailboxMessageSchema, row.bytes);
      try {
        await dispatch(deps, executor, message);
      } catch (error) {
        if (isSkiffError(error, 'FENCED')) throw error;
        await file(deps, message, row.attempts, error);
      }
    }
  });
  const next = await ports.db.read(['inbox'], nextMessageWake);
  if (next !== undefined) ports.schedule(next);
}

async function dispatch(
  deps: Deps,
  executor: Pick<Executor, 'drive'>,
  message: MailboxMessage,
): Promise<void> {
  const { message: content } = message;
  const done = (tx: WriteTx) => finish(tx, message);
  switch (content.case) {
    case 'arkoor':
      return receiveCoins(deps, content.value.vtxos, done);
    case 'lightningSendFinished':
      // Through the executor, as a timer would: it asks for the status and checks the preimage.
      await drivePayment(deps, executor, toHex(content.value.paymentHash));
      break;
    case undefined:
      deps.ports.log.warn('a message of an unknown kind was passed over', {
        checkpoint: `${message.checkpoint}`,
      });
      break;
    default:
      break;
  }
  await deps.ports.db.write(MAILBOX_TABLES, done);
}

async function drivePayment(deps: Deps, executor: Pick<Executor, 'drive'>, hash: string): Promise<void> {
  const open = await deps.ports.db.read(['actions'], (tx) => actions(tx, LIGHTNING_SEND));
  const mine = open.find((row) => (row.state as LightningSendState).hash === hash);
  if (mine) await executor.drive(mine.id);
}

/** The message is dealt with: past the checkpoint, out of the inbox. */
async function finish(tx: WriteTx, message: MailboxMessage): Promise<void> {
  await advanceCheckpoint(tx, MAIN, message.checkpoint);
  await dropMessage(tx, inboxId(MAIN, message.checkpoint));
}

async function file(deps: Deps, message: MailboxMessage, attempts: number, error: unknown): Promise<void> {
  const { ports } = deps;
  const now = ports.now();
  const wakeAt = now + pause(attempts + 1);
  await ports.db.write(MAILBOX_TABLES, async (tx) => {
    await fileMessage(
      tx,
      {
        mailbox: MAIN,
        checkpoint: message.checkpoint,
        bytes: toBinary(MailboxMessageSchema, message),
        wakeAt,
        lastError: error instanceof Error ? error.message : String(error),
      },
      now,
    );
    await advanceCheckpoint(tx, MAIN, message.checkpoint);
  });
  ports.schedule(wakeAt);
}
