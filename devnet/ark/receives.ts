// What happens to an expected Lightning payment between the RPCs: the invoice is held at the server's Lightning node, money
// arrives from outside or from a wallet of the same server, waits for the wallet, and is settled or sent back.
import { equalBytes, toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { BlindedPath } from '../../src/lightning/blinded/path.ts';
import { decodeBolt12InvoiceText } from '../../src/lightning/bolt12/invoice.ts';
import { badArgument, internal, parsing } from '../grpc/status.ts';
import type { ArkContext } from './context.ts';
import { failAttempt, succeedAttempt } from './payment-ends.ts';
import { latestAttempt, type PaymentAttempt, type Receive } from './state.ts';

/** Name of the server's node in the Lightning network. */
const NODE = 'ark server';

export interface NewInvoice {
  readonly paymentHash: Uint8Array;
  readonly amount: bigint;
  readonly description?: string;
  readonly cltvDelta: number;
  readonly mailbox?: Uint8Array;
}

/** Makes the invoice and waits for its payer. */
export function issueInvoice(ctx: ArkContext, wanted: NewInvoice): Receive {
  const { config, lightning, state } = ctx;
  const hash = toHex(wanted.paymentHash);
  const { bolt11 } = lightning.holdInvoice({
    node: NODE,
    paymentHash: wanted.paymentHash,
    amountMsat: wanted.amount * 1000n,
    memo: wanted.description ?? '',
    expirySeconds: config.invoiceExpirySecs,
    minFinalCltv: wanted.cltvDelta,
    arrived: (blocks) => arrived(ctx, hash, blocks),
  });
  const receive: Receive = {
    paymentHash: hash,
    invoice: bolt11,
    amountSat: wanted.amount,
    mailbox: wanted.mailbox,
    expiresAt: (Math.floor(ctx.now() / 1000) + config.invoiceExpirySecs) * 1000,
    status: 'created',
    htlcIds: [],
    inside: false,
  };
  state.receives.set(hash, receive);
  return receive;
}

/** Extension bolt12-inject: an invoice that the wallet signed is held as one that the server made. */
export function injectInvoice(ctx: ArkContext, text: string, mailbox: Uint8Array): void {
  const { curve, edgeKey, state } = ctx;
  const invoice = parsing('invoice', () => decodeBolt12InvoiceText(curve, text));
  const hash = toHex(invoice.paymentHash);
  if (mailbox.length !== 33 || !curve.isPoint(mailbox)) throw badArgument('invalid mailbox_id');
  const enters = ({ introduction }: BlindedPath) =>
    'nodeId' in introduction && equalBytes(introduction.nodeId, edgeKey.public);
  if (!invoice.paths.every(({ path }) => enters(path)))
    throw badArgument('the invoice is not payable through this server');
  if (invoice.amount < 1000n) throw badArgument('Cannot hold an invoice for 0 sats');
  const before = state.receives.get(hash);
  if (before?.invoice === invoice.text) return;
  if (before !== undefined) throw badArgument('payment hash is in use');
  state.receives.set(hash, {
    paymentHash: hash,
    invoice: invoice.text,
    amountSat: invoice.amount / 1000n,
    mailbox,
    expiresAt: Number(invoice.createdAt + invoice.expirySeconds) * 1000,
    status: 'created',
    htlcIds: [],
    inside: false,
  });
  ctx.lightning.reopenHold(invoice.text, NODE, (blocks) => arrived(ctx, hash, blocks));
}

/** After a cancellation the same invoice may be paid once more. */
export function holdAgain(ctx: ArkContext, before: Receive): Receive {
  const { paymentHash } = before;
  ctx.lightning.reopenHold(before.invoice, NODE, (blocks) => arrived(ctx, paymentHash, blocks));
  const { lowestExpiry: _expiry, acceptedAt: _at, ...rest } = before;
  const receive: Receive = { ...rest, status: 'created', htlcIds: [], inside: false };
  ctx.state.receives.set(paymentHash, receive);
  return receive;
}

/** Money from outside. @param blocks that its HTLC lives */
function arrived(ctx: ArkContext, hash: string, blocks: number): void {
  const receive = ctx.state.receives.get(hash);
  if (receive?.status !== 'created') return ctx.lightning.cancelHold(hash);
  accept(ctx, receive, ctx.chain.height() + blocks);
}

function accept(ctx: ArkContext, receive: Receive, lowestExpiry: number): void {
  receive.status = 'accepted';
  receive.lowestExpiry = lowestExpiry;
  receive.acceptedAt = ctx.now();
  const { mailbox, paymentHash, amountSat } = receive;
  if (mailbox === undefined) return;
  const hash = Uint8Array.from(Buffer.from(paymentHash, 'hex'));
  ctx.mailboxes.post(mailbox, [
    { kind: 'incoming-payment', paymentHash: hash, amountMsat: amountSat * 1000n },
  ]);
}

/** A wallet of this server pays: it must pay exactly the invoice that we made. @throws ConnectError INVALID_ARGUMENT */
export function checkInside(ctx: ArkContext, hash: string, invoice: string, amountSat: bigint): void {
  const receive = ctx.state.receives.get(hash);
  if (receive === undefined) return;
  if (receive.invoice !== invoice.toLowerCase())
    throw badArgument(`invoice does not match the invoice we issued for payment hash ${hash}`);
  if (amountSat < receive.amountSat)
    throw badArgument(
      `payment amount of ${amountSat} is less than the invoiced amount of ${receive.amountSat}`,
    );
}

/**
 * Routes an attempt to a receive of this server instead of the network.
 * @returns whether there is one @throws ConnectError INTERNAL when it cannot be paid (the attempt has failed then)
 */
export function payInside(ctx: ArkContext, attempt: PaymentAttempt, htlcExpiry: number): boolean {
  expireReceives(ctx);
  const receive = ctx.state.receives.get(attempt.paymentHash);
  if (receive === undefined) return false;
  if (receive.status !== 'created') {
    failAttempt(ctx, attempt, 'INVOICE_STATE');
    throw internal(`invoice is not in a valid state to pay: ${receive.status}. expected: created`);
  }
  ctx.lightning.cancelHold(receive.paymentHash);
  receive.inside = true;
  accept(ctx, receive, htlcExpiry);
  return true;
}

/** The open attempt of a wallet of this server that pays this receive. */
function attemptInside({ state }: ArkContext, receive: Receive): PaymentAttempt | undefined {
  const attempt = latestAttempt(state, receive.paymentHash);
  return receive.inside && attempt?.status === 'pending' ? attempt : undefined;
}

/** The preimage is known: the payer's money is the server's. */
export function settleReceive(ctx: ArkContext, receive: Receive, preimage: Uint8Array): void {
  if (toHex(sha256(preimage)) !== receive.paymentHash) throw internal('wrong preimage');
  ctx.state.preimages.set(receive.paymentHash, preimage);
  if (receive.status === 'settled') return;
  const attempt = attemptInside(ctx, receive);
  if (attempt) succeedAttempt(ctx, attempt, preimage);
  else ctx.lightning.settleHold(preimage);
  receive.status = 'settled';
}

/** Sends the payer's money back. */
export function cancelReceive(ctx: ArkContext, receive: Receive, _reason: string): void {
  const attempt = attemptInside(ctx, receive);
  receive.status = 'canceled';
  if (attempt) failAttempt(ctx, attempt, 'SETUP_TIMEOUT');
  else ctx.lightning.cancelHold(receive.paymentHash);
}

/** A payer inside takes the money back: the receive goes with it. @throws ConnectError INVALID_ARGUMENT when it is too late */
export function cancelForRevocation(ctx: ArkContext, hash: string): void {
  const receive = ctx.state.receives.get(hash);
  if (receive === undefined) return;
  if (receive.status === 'htlcs-ready' || receive.status === 'settled')
    throw badArgument(
      `invoice receive is already committed (status: ${receive.status}), cannot revoke: the payment can still be claimed`,
    );
  if (receive.status !== 'canceled') cancelReceive(ctx, receive, 'revoked by sender');
}

/**
 * The server's limits: a wallet that does not answer within three minutes of the arrival; an invoice that has expired,
 * however far its payment has come (captaind 0.6); an HTLC of the network that is about to time out.
 */
export function expireReceives(ctx: ArkContext): void {
  const { chain, config, state } = ctx;
  const now = ctx.now();
  for (const receive of state.receives.values()) {
    if (receive.status === 'settled' || receive.status === 'canceled') continue;
    const { acceptedAt = Infinity, lowestExpiry = Infinity } = receive;
    if (receive.status === 'accepted' && now - acceptedAt > config.receiveForwardTimeoutSecs * 1000)
      cancelReceive(ctx, receive, 'htlc vtxo setup timed out');
    else if (now > receive.expiresAt) cancelReceive(ctx, receive, 'invoice expired');
    else if (!receive.inside && chain.height() >= lowestExpiry)
      cancelReceive(ctx, receive, 'incoming HTLC timed out');
  }
}

/** After a restart with a new Lightning network: open invoices are held again, money that was on its way has gone back. */
export function reopenReceives(ctx: ArkContext): void {
  for (const receive of ctx.state.receives.values()) {
    if (receive.status === 'created') holdAgain(ctx, receive);
    else if (!receive.inside && receive.status !== 'settled') receive.status = 'canceled';
  }
}
