// What the wallet shows: read-only answers from the store, no network and no keys.

import { fromHex } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import type { PayerContext } from '../lightning/payment-request.ts';
import { action, actions } from '../store/actions.ts';
import { meta } from '../store/meta.ts';
import { movementOf } from '../store/movements.ts';
import { paidInvoice } from '../store/paid-invoices.ts';
import type { ReadTx } from '../store/port.ts';
import type { MetadataValue, MovementRow } from '../store/rows.ts';
import type { Sats } from '../units.ts';
import { KIND as ARKOOR_SEND, type ArkoorSendState } from './actions/arkoor-send/state.ts';
import type { FailureNote } from './actions/failure.ts';
import { KIND as LIGHTNING_SEND, type LightningSendState } from './actions/lightning-send/state.ts';
import type { Deps } from './ports.ts';

export type Outcome =
  | {
      status: 'paid';
      fee: Sats;
      preimage?: string;
      /** False while the recipient has not been told yet. */ delivered: boolean;
    }
  | { status: 'failed'; error: SkiffError };

export type PaymentStatus =
  | { status: 'unknown' }
  | { status: 'pending'; actionId: string }
  | { status: 'paid'; preimage: string; paidAt: number };

/** What the classifier has to know of us. */
export async function payerContext({ ports, config }: Deps): Promise<PayerContext> {
  const wallet = await ports.db.read(['meta'], (tx) => meta(tx, 'wallet'));
  return {
    network: config.network,
    now: Math.floor(ports.now() / 1000),
    ...(wallet?.serverPubkey && { serverPubkey: fromHex(wallet.serverPubkey) }),
  };
}

const OUTCOME_TABLES = ['actions', 'movements'] as const;

async function readOutcome(tx: ReadTx, id: string): Promise<Outcome | undefined> {
  const line = await movementOf(tx, id);
  if (!line)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'There is no such payment.', details: { id } });
  if (line.status === 'successful') return paid(line, true);
  if (line.status !== 'pending') return { status: 'failed', error: failureOf(line.metadata['failure']) };
  const row = await action(tx, id);
  const delivering = row?.kind === ARKOOR_SEND && (row.state as ArkoorSendState).step === 'delivering';
  return delivering && row.lastError ? paid(line, false) : undefined;
}

function paid(line: MovementRow, delivered: boolean): Outcome {
  const preimage = line.metadata['payment_preimage'];
  return {
    status: 'paid',
    fee: line.fee,
    ...(typeof preimage === 'string' && { preimage }),
    delivered,
  };
}

function failureOf(note: MetadataValue | undefined): SkiffError {
  const { code, say, details } = (note ?? {}) as Partial<FailureNote>;
  return new SkiffError({
    code: code ?? 'PAYMENT_FAILED',
    say: say ?? 'The payment failed. No money was lost.',
    ...(details && { details }),
  });
}

/**
 * Resolves when the action has ended (also when it had ended long ago), whatever context drives it.
 * @throws SkiffError INVALID_ARGUMENT for an unknown id; the signal's reason when it aborts
 */
export async function waitForOutcome({ ports }: Deps, id: string, signal?: AbortSignal): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const look = () => {
    ports.db.read(OUTCOME_TABLES, (tx) => readOutcome(tx, id)).then((o) => o && resolve(o), reject);
  };
  const abort = () => reject(signal?.reason as Error);
  const unwatch = ports.db.watch(OUTCOME_TABLES, look);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    look();
    return await promise;
  } finally {
    unwatch();
    signal?.removeEventListener('abort', abort);
  }
}

/** What became of the payment with this hash (hex). A payment that failed for good is unknown: it may be tried again. */
export async function paymentStatus(tx: ReadTx, hash: string): Promise<PaymentStatus> {
  const receipt = await paidInvoice(tx, hash);
  if (receipt) return { status: 'paid', preimage: receipt.preimage, paidAt: receipt.paidAt };
  const open = await actions(tx, LIGHTNING_SEND);
  const mine = open.find((row) => (row.state as LightningSendState).hash === hash);
  return mine ? { status: 'pending', actionId: mine.id } : { status: 'unknown' };
}
