// The four RPCs of a Lightning payment: coins into an HTLC, the payment, its outcome, taking back what failed.
import { blocksToExpiry, lightningSendFee } from '../../src/ark/fees.ts';
import { equalBytes, toHex } from '../../src/crypto/bytes.ts';
import { decodeOfferBytes } from '../../src/lightning/bolt12/offer.ts';
import { msatsToSatsUp, sats, type Sats } from '../../src/units.ts';
import type { ArkoorCosignRequest } from '../../src/server/gen/bark_server_pb.js';
import type { LightningFailureReason } from '../../src/server/gen/core_pb.js';
import { readInvoice, type InvoiceTerms } from '../lightning/invoice.ts';
import { badArgument, internal, notFound, parsing } from '../grpc/status.ts';
import { checkPackage, executePackage, parsePackage } from './arkoor.ts';
import type { ArkContext } from './context.ts';
import { failAttempt, succeedAttempt } from './payment-ends.ts';
import { cancelForRevocation, checkInside, expireReceives, payInside } from './receives.ts';
import { latestAttempt, type PaymentAttempt } from './state.ts';
import { checkHtlcSpendable, checkSpendableBy, findVtxos } from './vtxos.ts';

/** RequestLightningPayHtlcCosign. The order of the checks is the server's: a replay after the start is refused. */
export function cosignHtlc(ctx: ArkContext, wire: readonly ArkoorCosignRequest[]) {
  const { chain, config, state } = ctx;
  const parts = parsePackage(ctx, wire, 'RequestLightningPayHtlcCosign');
  const rows = findVtxos(
    ctx,
    parts.map((part) => part.inputId),
  );

  const policies = parts
    .flatMap((part) => [...part.outputs, ...part.isolatedOutputs])
    .map((out) => out.policy);
  const htlcs = policies.flatMap((p) => (p.type === 'server-htlc-send' && p.version === 1 ? [p] : []));
  const [htlc] = htlcs;
  if (htlc === undefined) throw badArgument('no HTLC outputs provided');
  const same = htlcs.every(
    (p) =>
      p.htlcExpiry === htlc.htlcExpiry &&
      equalBytes(p.paymentHash, htlc.paymentHash) &&
      equalBytes(p.userPubkey, htlc.userPubkey),
  );
  if (!same) throw internal('not all HTLC outputs are identical');

  const hash = toHex(htlc.paymentHash);
  if (state.preimages.has(hash)) throw badArgument('invoice has already been paid');
  if (htlc.htlcExpiry < chain.height() + config.htlcSendExpiryDelta - 1) {
    throw badArgument(
      `requested expiry is too low. our tip is ${chain.height()}. sync your node and try again`,
    );
  }
  if (latestAttempt(state, hash)?.status === 'pending') {
    throw badArgument('payment already in progress for this invoice');
  }
  const checked = checkPackage(ctx, parts, rows, {
    maxOutputs: config.maxArkoorFanout,
    maxInputDepth: config.maxVtxoExitDepth,
  });
  checked.forEach((part) => checkSpendableBy(ctx, part.row, part.spendingTxid));
  return executePackage(ctx, checked);
}

/** Runs an attempt to its end. The network's own HTLCs are gone before ours: what is revoked after expiry cannot settle. */
async function runAttempt(
  ctx: ArkContext,
  attempt: PaymentAttempt,
  maxFee: bigint,
  htlcExpiry: number,
): Promise<void> {
  const maxCltv = htlcExpiry - (ctx.chain.height() + ctx.config.htlcExpiryDelta);
  if (maxCltv < 0) return failAttempt(ctx, attempt, 'CLTV_TOO_LONG');
  const result = await ctx.lightning.pay({
    invoice: attempt.invoice,
    amountMsat: attempt.partialMsat ?? attempt.amountSat * 1000n,
    isPart: attempt.partialMsat !== undefined,
    maxFeeMsat: maxFee * 1000n,
    maxCltv,
    signal: attempt.givenUp.signal,
  });
  if ('failed' in result) failAttempt(ctx, attempt, result.failed);
  else succeedAttempt(ctx, attempt, result.preimage);
}

function checkAmount(invoice: InvoiceTerms, amount: Sats): void {
  if (invoice.amount === undefined) return;
  const msat = amount * 1000n;
  if (invoice.amount > msat) throw badArgument('requested payment amount too low for invoice');
  if (invoice.amount < msat / 2n)
    throw badArgument('requested payment amount more than double invoice amount');
}

/** Extension partial-payments: a contribution to a BOLT 12 invoice, exact to the millisatoshi. */
function checkPart({ config }: ArkContext, invoice: InvoiceTerms, amount: Sats, request: Initiate): void {
  const { partialMsat = 0n, paymentId } = request;
  if (!config.extensions.includes('partial-payments'))
    throw badArgument('partial payments are not supported');
  if (paymentId?.length !== 32) throw badArgument('invalid payment_id');
  if (!invoice.takesParts) throw badArgument('the invoice can only be paid as a whole');
  if (partialMsat <= 0n || partialMsat > (invoice.amount ?? 0n)) throw badArgument('invalid partial amount');
  if (amount * 1000n < partialMsat) throw badArgument('requested payment amount too low for its part');
}

/** One node has one payment for a hash: a second customer's part is refused, whatever coins it came with. */
function assertSameAttempt(open: PaymentAttempt, { htlcVtxoIds, partialMsat }: Initiate): void {
  if (partialMsat === undefined && open.partialMsat === undefined) return;
  if ([...htlcVtxoIds].sort().join() === [...open.htlcIds].sort().join()) return;
  throw badArgument('payment already in progress for this invoice');
}

/** FetchBolt12Invoice: asks the issuer of an offer, over onion messages in the real world. Nothing is checked for the user. */
export function fetchBolt12Invoice(
  { curve, lightning }: ArkContext,
  request: { readonly offer: Uint8Array; readonly amountSat?: bigint },
): Uint8Array {
  const offer = parsing('offer', () => decodeOfferBytes(curve, request.offer));
  if (!offer.networks.includes('regtest')) throw badArgument('offer is for another network');
  const price = offer.amount === undefined ? undefined : msatsToSatsUp(offer.amount);
  const amount = request.amountSat ?? price;
  if (amount === undefined) throw badArgument('amount field required for an offer without amount');
  const invoice = parsing('amount', () => lightning.fetchInvoice(offer, amount * 1000n));
  if (invoice === undefined) throw internal('the issuer of the offer did not answer');
  return invoice;
}

export interface Initiate {
  readonly invoice: string;
  readonly htlcVtxoIds: readonly string[];
  readonly paymentAmountSat: bigint;
  readonly mailboxId?: Uint8Array;
  readonly partialMsat?: bigint;
  readonly paymentId?: Uint8Array;
}

/** InitiateLightningPayment. OK does not mean that it started: a second call while one is under way changes nothing. */
export function initiate(ctx: ArkContext, request: Initiate): void {
  const { curve, chain, config, state } = ctx;
  const invoice = parsing('invoice', () => readInvoice(curve, request.invoice));
  const { mailboxId } = request;
  if (mailboxId !== undefined && (mailboxId.length !== 33 || !curve.isPoint(mailboxId))) {
    throw badArgument('invalid mailbox_id');
  }
  const amount = sats(request.paymentAmountSat);
  const hash = invoice.paymentHash;
  const rows = findVtxos(ctx, request.htlcVtxoIds);
  let sum = 0n;
  let htlcExpiry = 0xffff_ffff;
  for (const row of rows) {
    checkHtlcSpendable(ctx, row);
    const { policy } = row.vtxo;
    if (policy.type !== 'server-htlc-send') throw internal('vtxo provided is not an outgoing htlc vtxo');
    if (toHex(policy.paymentHash) !== hash) throw badArgument("htlc payment hash doesn't match invoice");
    sum += row.vtxo.amount;
    htlcExpiry = Math.min(htlcExpiry, policy.htlcExpiry);
  }
  if (request.partialMsat === undefined) checkAmount(invoice, amount);
  else checkPart(ctx, invoice, amount, request);
  checkInside(ctx, hash, request.invoice, amount);
  const tip = chain.height();
  const inputs = rows.map(({ vtxo }) => ({
    amount: vtxo.amount,
    blocksToExpiry: blocksToExpiry(vtxo.expiryHeight, tip),
  }));
  const fee = lightningSendFee(config.fees.lightningSend, amount, inputs);
  if (sum < amount + fee) {
    throw badArgument(
      `HTLC VTXO sum of ${sum} is less than the payment amount of ${amount} plus fees of ${fee}`,
    );
  }
  const open = latestAttempt(state, hash);
  if (open?.status === 'pending') return assertSameAttempt(open, request);
  const attempt: PaymentAttempt = {
    paymentHash: hash,
    invoice: request.invoice,
    amountSat: amount,
    ...(request.partialMsat !== undefined && { partialMsat: request.partialMsat }),
    htlcIds: request.htlcVtxoIds,
    mailbox: mailboxId,
    startedAt: ctx.now(),
    givenUp: new AbortController(),
    status: 'pending',
  };
  state.attempts.set(hash, [...(state.attempts.get(hash) ?? []), attempt]);
  if (payInside(ctx, attempt, htlcExpiry)) return;
  const routingBudget = (fee * config.lnMaxFeePpm) / 1_000_000n + (sum - amount - fee);
  void runAttempt(ctx, attempt, routingBudget, htlcExpiry);
}

function attemptFor({ state }: ArkContext, hash: string): PaymentAttempt {
  const attempt = latestAttempt(state, hash);
  if (attempt === undefined) throw notFound('payment attempt not found', [hash]);
  return attempt;
}

const POLL_MS = 20;

type PaymentOutcome =
  | { readonly case: 'pending'; readonly value: object }
  | { readonly case: 'success'; readonly value: { readonly preimage: Uint8Array } }
  | { readonly case: 'failed'; readonly value: { readonly reason: LightningFailureReason } };

/** CheckLightningPayment. Nobody has to prove anything: who knows the hash may read the preimage. */
export async function checkPayment(
  ctx: ArkContext,
  paymentHash: Uint8Array,
  wait: boolean,
  signal: AbortSignal,
): Promise<PaymentOutcome> {
  if (paymentHash.length !== 32) throw badArgument('invalid lightning payment hash');
  const hash = toHex(paymentHash);
  while (wait && attemptFor(ctx, hash).status === 'pending' && !signal.aborted) {
    expireReceives(ctx);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  expireReceives(ctx);
  const attempt = attemptFor(ctx, hash);
  const preimage = ctx.state.preimages.get(hash);
  if (attempt.status === 'succeeded' && preimage) return { case: 'success', value: { preimage } };
  if (attempt.status === 'failed') return { case: 'failed', value: { reason: attempt.reason ?? 0 } };
  return { case: 'pending', value: {} };
}

/** RequestLightningPayHtlcRevocation: HTLC coins back to a key of the user, once the payment can no longer succeed. */
export function revoke(ctx: ArkContext, wire: readonly ArkoorCosignRequest[]) {
  const { chain, state } = ctx;
  const parts = parsePackage(ctx, wire, 'RequestLightningPayHtlcRevocation');
  const policies = parts
    .flatMap((part) => [...part.outputs, ...part.isolatedOutputs])
    .map((out) => out.policy);
  const [target] = policies;
  const keyOf = (p: (typeof policies)[number]) => `${p.type} ${toHex(p.userPubkey)}`;
  if (target === undefined || !policies.every((p) => keyOf(p) === keyOf(target))) {
    throw internal('all revocation vtxo requests must have the same policy');
  }
  if (target.type !== 'pubkey') throw badArgument('pay htlcs revocation policy must be pubkey');

  const rows = findVtxos(
    ctx,
    parts.map((part) => part.inputId),
  );
  const inputs = rows.flatMap(({ vtxo: { policy } }) => (policy.type === 'server-htlc-send' ? [policy] : []));
  const [htlc] = inputs;
  if (htlc === undefined || inputs.length !== rows.length) throw internal('vtxo is not htlc send');
  const hash = toHex(htlc.paymentHash);
  if (
    !inputs.every(
      (p) =>
        toHex(p.paymentHash) === hash &&
        p.htlcExpiry === htlc.htlcExpiry &&
        equalBytes(p.userPubkey, htlc.userPubkey),
    )
  ) {
    throw internal('all vtxos should have the same policy');
  }
  const preimage = state.preimages.get(hash);
  if (preimage !== undefined) {
    throw badArgument(`invoice has already been paid, preimage: ${toHex(preimage)}`);
  }
  const checked = checkPackage(ctx, parts, rows, { maxOutputs: 1 });
  if (latestAttempt(state, hash)?.status === 'pending' && chain.height() <= htlc.htlcExpiry) {
    throw badArgument('This lightning payment is not eligible for revocation yet');
  }
  for (const { row, spendingTxid } of checked) {
    if (row.state === 'spendable' || (row.state === 'spent' && row.spentBy === spendingTxid)) continue;
    throw badArgument(`vtxo doesn't exist or is unspendable: ${row.id}`);
  }
  cancelForRevocation(ctx, hash);
  latestAttempt(state, hash)?.givenUp.abort();
  return executePackage(ctx, checked);
}
