// The five RPCs of receiving over Lightning: an invoice for the wallet's hash, its state, HTLC coins when the payer's money
// is here, ordinary coins for the preimage, calling it off. The server holds the payer's money until it sees the preimage.
import { verifyAttestation, lightningReceivePreimage } from '../../src/ark/attestation.ts';
import { lightningReceiveFee, subtractFee } from '../../src/ark/fees.ts';
import { vtxoId } from '../../src/ark/vtxo.ts';
import { parseVtxoId, vtxoIdBytes } from '../../src/ark/vtxo-id.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { sats, type Sats } from '../../src/units.ts';
import type {
  ArkoorPackageCosignRequest,
  PrepareLightningReceiveClaimRequest,
  StartLightningReceiveRequest,
} from '../../src/server/gen/bark_server_pb.js';
import { badArgument, internal, notFound } from '../grpc/status.ts';
import { checkPackage, executePackage, parsePackage } from './arkoor.ts';
import type { ArkContext } from './context.ts';
import { fillPool, sendFromPool } from './pool.ts';
import { bendGrant, bendInvoice, bendOutput } from './receive-lies.ts';
import { cancelReceive, expireReceives, holdAgain, issueInvoice, settleReceive } from './receives.ts';
import type { Receive, VtxoRow } from './state.ts';
import { findVtxos, readVtxoId } from './vtxos.ts';

/** Longest description of a BOLT 11 invoice, bytes. */
const MAX_DESCRIPTION = 639;
/** Blocks that the payer's HTLC must still live when the preimage comes. */
const CLAIM_MARGIN = 3;

const readHash = (bytes: Uint8Array): string => {
  if (bytes.length !== 32) throw badArgument('invalid lightning payment hash');
  return toHex(bytes);
};

function receiveOf(ctx: ArkContext, hash: string, text: string): Receive {
  expireReceives(ctx);
  const receive = ctx.state.receives.get(hash);
  if (receive === undefined) throw notFound(text, [hash]);
  return receive;
}

/** captaind's answers to this are no bad arguments: the fee and the rest are the server's own business rules. */
function receivable(ctx: ArkContext, amount: Sats): Sats {
  const fee = lightningReceiveFee(ctx.config.fees.lightningReceive, amount);
  const net = subtractFee(amount, fee);
  if (net === undefined) throw internal(`fee (${fee}) is higher than amount (${amount})`);
  return net;
}

/** StartLightningReceive. The same hash again gives the same invoice, as long as nobody has paid it. */
export function startReceive(ctx: ArkContext, request: StartLightningReceiveRequest): string {
  const { config, curve, state } = ctx;
  const hash = readHash(request.paymentHash);
  const { mailboxId, description, minCltvDelta } = request;
  if (mailboxId !== undefined && (mailboxId.length !== 33 || !curve.isPoint(mailboxId)))
    throw badArgument('invalid mailbox_id');
  const amount = sats(request.amountSat);
  if (amount === 0n) throw badArgument('Cannot create invoice for 0 sats');
  if (new TextEncoder().encode(description ?? '').length > MAX_DESCRIPTION)
    throw badArgument('invalid invoice description');
  if (minCltvDelta > config.maxUserInvoiceCltvDelta)
    throw internal('Requested min HTLC CLTV delta is greater than max HTLC recv CLTV delta');
  receivable(ctx, amount);
  if (config.maxVtxoAmount !== undefined && amount > config.maxVtxoAmount)
    throw badArgument(`Requested amount exceeds limit of ${config.maxVtxoAmount}`);
  if (config.maxLnReceiveAmount !== undefined && amount > config.maxLnReceiveAmount)
    throw badArgument(`Requested amount exceeds lightning receive limit of ${config.maxLnReceiveAmount}`);
  expireReceives(ctx);
  const before = state.receives.get(hash);
  if (before?.status === 'settled') throw internal('invoice already settled');
  if (before?.status === 'accepted') throw internal('invoice already accepted');
  if (before?.status === 'htlcs-ready') throw internal('invoice already has htlcs ready');
  if (before?.status === 'created') return before.invoice;
  fillPool(ctx, amount);
  if (before !== undefined) return holdAgain(ctx, before).invoice;
  const wanted = {
    paymentHash: request.paymentHash,
    amount,
    description,
    cltvDelta: minCltvDelta + config.htlcExpiryDelta,
    mailbox: mailboxId,
  };
  return bendInvoice(ctx, wanted, issueInvoice(ctx, wanted).invoice);
}

/** captaind names the HTLC coins by their ids here. */
const view = ({ invoice, amountSat, status, htlcIds }: Receive) => ({
  invoice,
  amountSat,
  status: { created: 0, accepted: 1, 'htlcs-ready': 2, settled: 3, canceled: 4 }[status],
  htlcVtxos: htlcIds.map((id) => vtxoIdBytes(parseVtxoId(id))),
});

const POLL_MS = 20;

/** CheckLightningReceive. `wait` holds the answer back until money is here. */
export async function checkReceive(
  ctx: ArkContext,
  paymentHash: Uint8Array,
  wait: boolean,
  signal: AbortSignal,
) {
  const hash = readHash(paymentHash);
  const here = () => ['accepted', 'htlcs-ready'].includes(receiveOf(ctx, hash, 'invoice not found').status);
  while (!here() && wait && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  return view(receiveOf(ctx, hash, 'invoice not found'));
}

type AntiDos = PrepareLightningReceiveClaimRequest['lightningReceiveAntiDos'];

function checkProof(ctx: ArkContext, proof: AntiDos, hash: Uint8Array): void {
  const { chain, config, curve, state } = ctx;
  if (proof.case === 'inputVtxo') {
    const { vtxoId: id, attestation } = proof.value;
    if (attestation.length !== 64) throw badArgument('invalid attestation');
    const [row] = findVtxos(ctx, [readVtxoId(id)]) as [VtxoRow];
    if (row.state !== 'spendable' && row.state !== 'unregistered')
      throw badArgument(`anti-dos proof vtxo must be spendable (state: ${row.state})`);
    if (row.bannedUntil !== undefined && chain.height() < row.bannedUntil)
      throw badArgument(`vtxo ${row.id} is banned until block ${row.bannedUntil}`);
    const asked = lightningReceivePreimage(hash, id);
    if (!verifyAttestation(curve, asked, attestation, row.vtxo.policy.userPubkey))
      throw badArgument('vtxo attestation invalid');
  } else if (proof.case === 'token') {
    const token = state.tokens.get(proof.value);
    if (token === undefined) throw notFound('token not found', [proof.value]);
    if (token.expiresAt !== undefined && ctx.now() > token.expiresAt) throw badArgument('token has expired');
    if (token.used) throw badArgument('token has already been used or is invalid');
    token.used = true;
  } else if (config.lnReceiveAntiDosRequired) {
    throw badArgument('either a receive token or a challenge proof must be provided');
  }
}

/** PrepareLightningReceiveClaim. Once given, the same coins are given again, whatever is asked. */
export function prepareClaim(ctx: ArkContext, request: PrepareLightningReceiveClaimRequest) {
  const { chain, config, curve, state } = ctx;
  const hash = readHash(request.paymentHash);
  const { userPubkey, htlcRecvExpiry } = request;
  if (userPubkey.length !== 33 || !curve.isPoint(userPubkey)) throw badArgument('invalid public key');
  const receive = receiveOf(ctx, hash, 'no pending payment with this payment hash');
  const answer = () => ({
    receive: view(receive),
    htlcVtxos: receive.htlcIds.map((id) => (state.vtxos.get(id) as VtxoRow).bytes),
  });
  switch (receive.status) {
    case 'htlcs-ready':
      return bendGrant(ctx, answer());
    case 'canceled':
      throw badArgument('payment canceled');
    case 'settled':
      throw badArgument('payment already settled');
    case 'created':
      throw badArgument('payment not yet initiated by sender');
    case 'accepted':
  }
  checkProof(ctx, request.lightningReceiveAntiDos, request.paymentHash);
  const amount = receivable(ctx, sats(receive.amountSat));
  const { lowestExpiry } = receive;
  if (lowestExpiry === undefined) throw internal('no incoming HTLCs found for this payment');
  if (chain.height() + config.htlcExpiryDelta > lowestExpiry)
    throw badArgument(
      `Inbound HTLC too close to expiring: chain tip ${chain.height()}, lowest incoming HTLC expiry ${lowestExpiry}`,
    );
  if (htlcRecvExpiry + config.htlcExpiryDelta > lowestExpiry)
    throw badArgument(
      `Requested HTLC recv expiry too close to inbound HTLC expiry: ${htlcRecvExpiry} + htlc_expiry_delta ${config.htlcExpiryDelta} > lowest incoming HTLC expiry ${lowestExpiry}`,
    );
  fillPool(ctx, amount);
  const policy = {
    type: 'server-htlc-receive',
    version: 1,
    userPubkey,
    paymentHash: request.paymentHash,
    htlcExpiry: htlcRecvExpiry,
    htlcExpiryDelta: config.htlcExpiryDelta,
  } as const;
  const coins = sendFromPool(ctx, bendOutput(ctx, { amount, policy }));
  receive.htlcIds = coins.map(vtxoId);
  receive.status = 'htlcs-ready';
  return bendGrant(ctx, answer());
}

const byIdBytes = (a: VtxoRow, b: VtxoRow): number =>
  toHex(vtxoIdBytes(a.vtxo.point)) < toHex(vtxoIdBytes(b.vtxo.point)) ? -1 : 1;

export interface Claim {
  readonly paymentHash: Uint8Array;
  readonly paymentPreimage: Uint8Array;
  readonly cosignRequest?: ArkoorPackageCosignRequest;
}

/** ClaimLightningReceive: the preimage settles the payer's money, the HTLC coins become ordinary ones. Repeats are fine. */
export function claimReceive(ctx: ArkContext, { paymentHash, paymentPreimage, cosignRequest }: Claim) {
  const hash = readHash(paymentHash);
  if (paymentPreimage.length !== 32) throw badArgument('invalid preimage');
  if (cosignRequest === undefined) throw badArgument('cosign request missing');
  const parts = parsePackage(ctx, cosignRequest.parts, 'ClaimLightningReceive');
  if (toHex(sha256(paymentPreimage)) !== hash) throw badArgument("preimage doesn't match payment hash");
  if (parts[0]?.outputs[0] === undefined) throw internal('no destination VTXO policy present');
  const receive = receiveOf(ctx, hash, 'no pending payment with this payment hash');
  if (receive.status !== 'htlcs-ready' && receive.status !== 'settled')
    throw badArgument(`payment status in incorrect state: ${receive.status}`);
  const { lowestExpiry } = receive;
  if (receive.status === 'htlcs-ready' && !receive.inside) {
    if (lowestExpiry === undefined) throw internal('no incoming HTLCs found for this payment');
    if (ctx.chain.height() + CLAIM_MARGIN > lowestExpiry)
      throw badArgument(
        `Lowest incoming HTLC expiry ${lowestExpiry} is too close to the current chaintip ${ctx.chain.height()} to safely settle the hold invoice`,
      );
  }
  const rows = receive.htlcIds.map((id) => ctx.state.vtxos.get(id) as VtxoRow).sort(byIdBytes);
  const asked = parts.map((part) => part.inputId);
  if (asked.join() !== rows.map((row) => row.id).join())
    throw badArgument(`cosign inputs do not match htlcs: inputs: ${asked.join()}`);
  const checked = checkPackage(ctx, parts, rows, { maxOutputs: 1 });
  settleReceive(ctx, receive, paymentPreimage);
  return executePackage(ctx, checked);
}

/** CancelLightningReceive, as long as no HTLC coin is out. Repeats are fine. */
export function cancelClaim(ctx: ArkContext, paymentHash: Uint8Array): void {
  const receive = receiveOf(ctx, readHash(paymentHash), 'no pending payment with this payment hash');
  if (receive.status === 'htlcs-ready')
    throw badArgument('cannot cancel: HTLC-recv vtxos have already been granted');
  if (receive.status === 'settled') throw badArgument('cannot cancel: payment already settled');
  if (receive.status !== 'canceled') cancelReceive(ctx, receive, 'canceled by receiver');
}
