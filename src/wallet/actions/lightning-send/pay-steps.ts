// The steps from HTLC coins to a preimage. The status is asked first on every drive, because the payment may have gone
// out, and even have been settled, in a run of this step that died before its commit.

import { parseVtxoId, vtxoIdBytes } from '../../../ark/vtxo-id.ts';
import { fromHex } from '../../../crypto/bytes.ts';
import type { SkiffError } from '../../../errors.ts';
import { sats } from '../../../units.ts';
import type { Change } from '../../changes.ts';
import { freshTip, recentTip } from '../../coins/chain-facts.ts';
import { loadCoins, registerMissing } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { pollDelay } from '../backoff.ts';
import type { FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { isDeadInvoice, isRejection, refusalNote } from '../rejection.ts';
import { terms, type Htlcs, type InStep, type LightningSendState } from './state.ts';
import { askStatus } from './status.ts';
import { withOffer } from './surplus.ts';

type Result = Outcome<LightningSendState>;

/** Tells the server to pay, unless it did already or it is too late to start. */
export async function htlcReceived(deps: Deps, state: InStep<'htlc-received'>): Promise<Result> {
  // Uploading chains promises nothing, so it need not wait for the answer; a refusal counts only if it is needed.
  const uploading = uploadHtlcs(deps, state).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const status = await askStatus(deps, state.hash);
  const upload = await uploading;
  if (status.is === 'paid') return settle(deps, state, status.preimage);
  // A failure may belong to an earlier attempt at the same invoice: asking to pay again settles which.
  if (status.is === 'pending') return initiated(state, deps.ports.now());
  if (nearExpiry(deps, state, await recentTip(deps))) return giveUp(state, tooLate);
  if (deps.ports.now() / 1000 > state.invoiceExpiry) return giveUp(state, invoiceExpired);

  const server = await deps.ports.server();
  try {
    if (upload) throw upload.error;
    await server.initiateLightningPayment({
      invoice: state.invoice,
      htlcVtxoIds: state.htlcs.map((c) => vtxoIdBytes(parseVtxoId(c))),
      paymentAmountSat: state.amount,
      mailboxId: deps.ports.keys.unlocked().mailbox().publicKey,
      ...(state.retryFor !== undefined && { retryForSecs: state.retryFor }),
      ...(state.part && { partialMsat: state.part.msats, paymentId: fromHex(state.part.paymentId) }),
    });
  } catch (error) {
    if (isRejection(error) || isDeadInvoice(error)) return giveUp(state, refusalNote(error as SkiffError));
    throw error;
  }
  return initiated(state, deps.ports.now());
}

/** Looks for the end of the payment. */
export async function paymentInitiated(deps: Deps, state: InStep<'initiated'>): Promise<Result> {
  const status = await askStatus(deps, state.hash);
  if (status.is === 'paid') return settle(deps, state, status.preimage);
  if (status.is === 'failed') return giveUp(state, withOffer(state, status.failure));
  if (nearExpiry(deps, state, await freshTip(deps))) return giveUp(state, tooLate);
  const now = deps.ports.now();
  return { then: 'park', state, wakeAt: now + pollDelay(now - state.initiatedAt) };
}

/** The one way a payment succeeds: the preimage was checked against the hash (status.ts). */
export function settle(deps: Deps, state: LightningSendState & Htlcs, preimage: string): Result {
  // What a swap pays for arrives later: it ends the line itself.
  const status = state.swap ? undefined : ('successful' as const);
  const changes: Change[] = [
    { do: 'paid-invoice', row: { hash: state.hash, preimage, paidAt: deps.ports.now() } },
    { do: 'spend-coins', ids: state.htlcs },
    { do: 'movement', patch: { ...(status && { status }), metadata: { payment_preimage: preimage } } },
    { do: 'settle-budget', cost: sats(state.amount + state.fee) },
  ];
  return { then: 'done', changes };
}

const initiated = (state: InStep<'htlc-received'>, now: number): Result => ({
  then: 'next',
  state: { ...terms(state), step: 'initiated', htlcs: state.htlcs, initiatedAt: now },
});

const giveUp = (state: LightningSendState & Htlcs, failure: FailureNote): Result => ({
  then: 'next',
  state: { ...terms(state), step: 'revocable', htlcs: state.htlcs, failure },
});

/** Is the tip within the safety distance of the HTLC's expiry? */
const nearExpiry = ({ config }: Deps, state: LightningSendState, tip: number): boolean =>
  tip > state.htlcExpiry - config.refreshThreshold;

const uploadHtlcs = async (deps: Deps, state: Htlcs): Promise<void> =>
  registerMissing(await deps.ports.server(), await loadCoins(deps, state.htlcs));

const tooLate: FailureNote = {
  code: 'PAYMENT_FAILED',
  say: 'The payment took too long and was called off. Your money is back.',
};

const invoiceExpired: FailureNote = {
  code: 'INVOICE_EXPIRED',
  say: 'The invoice expired before the payment could be sent. Your money is back.',
};
