// One message → its handler. A handler that throws leaves the message in the inbox for another try; one that returns has
// finished it. Only coins and rounds can throw: everything else is a hint to something that is durable by itself.

import { fromBinary } from '@bufbuild/protobuf';
import {
  MailboxMessageSchema,
  type IncomingOnionHtlc,
  type OnionMessage,
} from '../../server/gen/mailbox_server_pb.js';
import { dropMessage } from '../../store/mailbox.ts';
import type { WriteTx } from '../../store/port.ts';
import type { InboxRow } from '../../store/rows.ts';
import type { Deps } from '../ports.ts';
import { receiveCoins } from './handlers/arkoor.ts';
import { incomingPayment, type OnIncomingPayment } from './handlers/incoming-payment.ts';
import { roundCompleted, type OnRoundCompleted } from './handlers/round-completed.ts';
import { sendFinished } from './handlers/send-finished.ts';
import { MAILBOX_TABLES } from './tables.ts';

/** The edge of the Lightning network, where something is built on the wallet that knows it. */
export interface EdgeHooks {
  /** @throws what makes another try worthwhile */
  onOnionMessage(message: OnionMessage): Promise<void>;
  /** @throws what makes another try worthwhile */
  onOnionHtlc(htlc: IncomingOnionHtlc): Promise<void>;
}

/** What other parts of the wallet do with a message. */
export interface MailboxHooks {
  /** Drives an action; nobody waits for it. */
  wake(actionId: string): void;
  /** New coins were stored. */
  received(): void;
  onIncomingPayment: OnIncomingPayment;
  onRoundCompleted: OnRoundCompleted;
  edge?: EdgeHooks;
}

/** Handles one message of the inbox. @throws what makes another try worthwhile */
export async function dispatch(deps: Deps, hooks: MailboxHooks, row: InboxRow): Promise<void> {
  const { message } = fromBinary(MailboxMessageSchema, row.bytes);
  const done = (tx: WriteTx) => dropMessage(tx, row.id);
  switch (message.case) {
    case 'arkoor':
      return receiveCoins(deps, message.value.vtxos, done, hooks.received);
    case 'roundParticipationCompleted':
      await roundCompleted(deps, message.value.unlockHash, hooks.onRoundCompleted);
      break;
    case 'incomingLightningPayment':
      await incomingPayment(deps, message.value.paymentHash, hooks.onIncomingPayment);
      break;
    case 'lightningSendFinished':
      await sendFinished(deps, message.value, hooks.wake);
      break;
    case 'onionMessage':
      await hooks.edge?.onOnionMessage(message.value);
      break;
    case 'incomingOnionHtlc':
      await hooks.edge?.onOnionHtlc(message.value);
      break;
    case 'recoveryVtxoIds':
      // Notes of ours to ourselves: only a restore from the seed reads them.
      break;
    default:
      deps.ports.log.warn('a message of an unknown kind was passed over; Skiff may need an update', {
        checkpoint: `${row.checkpoint}`,
      });
  }
  await deps.ports.db.write(MAILBOX_TABLES, done);
}
