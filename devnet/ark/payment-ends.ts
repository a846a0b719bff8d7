// How a payment attempt ends: its state, its HTLC coins, the news for the payer's mailbox.
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { LightningFailureReason } from '../../src/server/gen/core_pb.js';
import type { FailureReason } from '../lightning/network.ts';
import type { ArkContext } from './context.ts';
import type { PaymentAttempt } from './state.ts';

const REASONS: Record<FailureReason, LightningFailureReason> = {
  FEE_TOO_LOW: LightningFailureReason.LIGHTNING_FAILURE_FEE_TOO_LOW,
  CLTV_TOO_LONG: LightningFailureReason.LIGHTNING_FAILURE_CLTV_TOO_LONG,
  NO_ROUTE: LightningFailureReason.LIGHTNING_FAILURE_NO_ROUTE,
  DESTINATION_REJECTED: LightningFailureReason.LIGHTNING_FAILURE_DESTINATION_REJECTED,
  SETUP_TIMEOUT: LightningFailureReason.LIGHTNING_FAILURE_SETUP_TIMEOUT,
  INVOICE_STATE: LightningFailureReason.LIGHTNING_FAILURE_INVOICE_STATE,
  OTHER: LightningFailureReason.LIGHTNING_FAILURE_OTHER,
  RETRIES_EXHAUSTED: LightningFailureReason.LIGHTNING_FAILURE_RETRIES_EXHAUSTED,
};

function postOutcome(ctx: ArkContext, attempt: PaymentAttempt, preimage?: Uint8Array): void {
  if (attempt.mailbox === undefined) return;
  const paymentHash = Uint8Array.from(Buffer.from(attempt.paymentHash, 'hex'));
  ctx.mailboxes.post(attempt.mailbox, [
    { kind: 'send-finished', paymentHash, preimage, reason: attempt.reason },
  ]);
}

export function failAttempt(ctx: ArkContext, attempt: PaymentAttempt, reason: FailureReason): void {
  attempt.status = 'failed';
  attempt.reason = REASONS[reason];
  postOutcome(ctx, attempt);
}

export function succeedAttempt(ctx: ArkContext, attempt: PaymentAttempt, preimage: Uint8Array): void {
  const { state } = ctx;
  if (toHex(sha256(preimage)) !== attempt.paymentHash)
    throw new Error('lightning network gave a wrong preimage');
  state.preimages.set(attempt.paymentHash, preimage);
  for (const id of attempt.htlcIds) {
    const row = state.vtxos.get(id);
    if (row?.state === 'spendable') row.state = 'ln-spent';
  }
  attempt.status = 'succeeded';
  postOutcome(ctx, attempt, preimage);
}
