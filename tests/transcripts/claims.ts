// Everything that was signed or derived from the wallets' seeds in the requests, recomputed and verified: attestations,
// mailbox and recovery authorizations, blinded mailbox ids, payment hashes and invoices.
import {
  arkoorCosignPreimage,
  delegatedRoundPreimage,
  lightningReceivePreimage,
  offboardRequestPreimage,
  roundAttemptPreimage,
  verifyAttestation,
  vtxoStatusPreimage,
} from '../../src/ark/attestation.ts';
import type { AttestedOutput } from '../../src/ark/attestation.ts';
import {
  blindMailbox,
  decodeMailboxAuthorization,
  verifyMailboxAuthorization,
  xpubRecoveryPreimage,
} from '../../src/ark/mailbox.ts';
import { decodePolicy } from '../../src/ark/policy.ts';
import { decodeVtxo } from '../../src/ark/vtxo.ts';
import { equalBytes, toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11.ts';
import { decodeBolt12InvoiceText } from '../../src/lightning/bolt12/invoice.ts';
import { isPreimageOf } from '../../src/lightning/preimage.ts';
import type * as ark from '../../src/server/gen/bark_server_pb.js';
import type * as box from '../../src/server/gen/mailbox_server_pb.js';
import { sats } from '../../src/units.ts';
import type { Tally } from './tally.ts';
import type { Call } from './transcript.ts';
import { ofType } from './walk.ts';
import type { World } from './world.ts';

const policyOf = (bytes: Uint8Array) => decodePolicy(curve, bytes);
const outputs = (list: readonly ark.ArkoorDestination[]): AttestedOutput[] =>
  list.map((o) => ({ amount: sats(o.totalAmount), policy: policyOf(o.policy) }));

/** The attestation is by the user key of the input, which belongs to one of the wallets. */
function attested(world: World, id: Uint8Array, preimage: Uint8Array, attestation: Uint8Array): boolean {
  const vtxo = world.vtxo(id);
  if (!vtxo) throw new Error('the input is in no transcript');
  const user = vtxo.policy.userPubkey;
  if (!world.ownerOf(user)) throw new Error('the input belongs to no wallet');
  return verifyAttestation(curve, preimage, attestation, user);
}

function attestations(call: Call, calls: readonly Call[], world: World, tally: Tally, label: string): void {
  const check = (kind: string, id: Uint8Array, preimage: Uint8Array, attestation: Uint8Array) =>
    tally.attempt(`attestation: ${kind}`, label, () => attested(world, id, preimage, attestation));
  for (const part of ofType<ark.ArkoorCosignRequest>(call.requests, 'ArkoorCosignRequest')) {
    const all = outputs([...part.outputs, ...part.isolatedOutputs]);
    check('arkoor cosign', part.inputVtxoId, arkoorCosignPreimage(part.inputVtxoId, all), part.attestation);
  }
  for (const query of [
    ...ofType<ark.GetVtxoStatusRequest>(call.requests, 'GetVtxoStatusRequest'),
    ...ofType<ark.VtxoStatusQuery>(call.requests, 'VtxoStatusQuery'),
  ]) {
    check('vtxo status', query.vtxoId, vtxoStatusPreimage(query.vtxoId), query.attestation);
  }
  for (const claim of ofType<ark.PrepareLightningReceiveClaimRequest>(
    call.requests,
    'PrepareLightningReceiveClaimRequest',
  )) {
    if (claim.lightningReceiveAntiDos.case !== 'inputVtxo') continue;
    const { vtxoId, attestation } = claim.lightningReceiveAntiDos.value;
    check('lightning receive', vtxoId, lightningReceivePreimage(claim.paymentHash, vtxoId), attestation);
  }
  for (const prepare of ofType<ark.PrepareOffboardRequest>(call.requests, 'PrepareOffboardRequest')) {
    const { offboard, inputVtxoIds } = prepare;
    if (!offboard) throw new Error(`${label}: no offboard`);
    const preimage = offboardRequestPreimage(
      { value: sats(offboard.netAmountSat), script: offboard.offboardSpk },
      inputVtxoIds,
    );
    inputVtxoIds.forEach((id, i) =>
      check('offboard', id, preimage, prepare.attestation[i] ?? new Uint8Array()),
    );
  }
  for (const join of ofType<ark.RoundParticipationRequest>(call.requests, 'RoundParticipationRequest')) {
    const wanted = join.vtxoRequests.map((r) => ({ amount: sats(r.amount), policy: policyOf(r.policy) }));
    for (const { vtxoId, attestation } of join.inputVtxos) {
      check('delegated round', vtxoId, delegatedRoundPreimage(vtxoId, wanted), attestation);
    }
  }
  for (const submit of ofType<ark.SubmitPaymentRequest>(call.requests, 'SubmitPaymentRequest')) {
    const inFile = calls.filter((c) => c.file === call.file).flatMap((c) => c.responses);
    const [attempt] = ofType<ark.RoundAttempt>(inFile, 'RoundAttempt');
    const wanted = submit.vtxoRequests.map((r) => {
      if (!r.vtxo) throw new Error(`${label}: no vtxo request`);
      return { amount: sats(r.vtxo.amount), policy: policyOf(r.vtxo.policy), cosignPubkey: r.cosignPubkey };
    });
    for (const { vtxoId, attestation } of submit.inputVtxos) {
      const challenge = attempt?.roundAttemptChallenge ?? new Uint8Array();
      check('round attempt', vtxoId, roundAttemptPreimage(challenge, vtxoId, wanted), attestation);
    }
  }
}

function authorizations(call: Call, world: World, tally: Tally, label: string): void {
  const wallets = [...world.wallets.values()];
  const check = (kind: string, id: Uint8Array, bytes: Uint8Array | undefined, keys: readonly Uint8Array[]) =>
    tally.attempt(`authorization: ${kind}`, label, () => {
      if (!bytes) throw new Error('missing');
      if (!keys.some((key) => equalBytes(key, id))) throw new Error('the mailbox belongs to no wallet');
      const authorization = decodeMailboxAuthorization(curve, bytes);
      return equalBytes(authorization.mailboxId, id) && verifyMailboxAuthorization(curve, authorization);
    });
  const recovery = wallets.map((w) => w.recoveryMailbox().publicKey);
  for (const read of ofType<box.MailboxRequest>(call.requests, 'MailboxRequest')) {
    const all = [...wallets.map((w) => w.mailbox().publicKey), ...recovery];
    check('read mailbox', read.mailboxId, read.authorization, all);
  }
  for (const post of ofType<box.PostRecoveryVtxoIdsRequest>(call.requests, 'PostRecoveryVtxoIdsRequest')) {
    check('recovery ids', post.mailboxId, post.authorization, recovery);
    for (const id of post.vtxoIds) {
      tally.check('recovery ids of known VTXOs', world.vtxo(id) !== undefined, `${label} ${toHex(id)}`);
    }
  }
  for (const recover of ofType<ark.RecoverVtxosByXpubRequest>(call.requests, 'RecoverVtxosByXpubRequest')) {
    tally.attempt('authorization: xpub recovery', label, () => {
      const account = wallets.map((w) => w.vtxoAccount(true)).find((a) => equalBytes(a.xpub, recover.xpub));
      if (!account) throw new Error('the xpub belongs to no wallet');
      const bytes = recover.authorization;
      const expiry = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
      const digest = sha256(xpubRecoveryPreimage(world.serverPubkey, recover.xpub, expiry));
      return curve.schnorrVerify(bytes.slice(8), digest, account.publicKey.slice(1));
    });
  }
}

function deliveries(call: Call, world: World, tally: Tally, label: string): void {
  for (const post of ofType<box.PostArkoorMessageRequest>(call.requests, 'PostArkoorMessageRequest')) {
    tally.attempt('blinded mailbox ids', label, () => {
      const [first] = post.vtxos;
      const owner = first && world.ownerOf(decodeVtxo(curve, first, 'full').policy.userPubkey);
      if (!owner) throw new Error('the recipient is no wallet');
      const { secret } = owner.keys.vtxoKey(owner.index);
      const blinded = blindMailbox(curve, owner.keys.mailbox().publicKey, secret, world.mailboxPubkey);
      return equalBytes(blinded, post.blindedId);
    });
  }
}

function lightning(call: Call, world: World, tally: Tally, label: string): void {
  const [check] = ofType<ark.CheckLightningPaymentRequest>(call.requests, 'CheckLightningPaymentRequest');
  for (const { preimage } of ofType<ark.PaymentSuccessStatus>(call.responses, 'PaymentSuccessStatus')) {
    tally.check('preimages', check !== undefined && isPreimageOf(preimage, check.hash), label);
  }
  for (const done of ofType<box.LightningSendFinishedMessage>(
    call.responses,
    'LightningSendFinishedMessage',
  )) {
    if (done.preimage) tally.check('preimages', isPreimageOf(done.preimage, done.paymentHash), label);
  }
  for (const claim of ofType<ark.ClaimLightningReceiveRequest>(
    call.requests,
    'ClaimLightningReceiveRequest',
  )) {
    tally.check('preimages', isPreimageOf(claim.paymentPreimage, claim.paymentHash), label);
  }
  const [start] = ofType<ark.StartLightningReceiveRequest>(call.requests, 'StartLightningReceiveRequest');
  for (const { bolt11 } of ofType<ark.StartLightningReceiveResponse>(
    call.responses,
    'StartLightningReceiveResponse',
  )) {
    tally.attempt('invoices', label, () => {
      const invoice = decodeBolt11(curve, bolt11);
      return (
        start &&
        equalBytes(invoice.paymentHash, start.paymentHash) &&
        invoice.amount === start.amountSat * 1000n
      );
    });
  }
  for (const state of ofType<ark.CheckLightningReceiveResponse>(
    call.responses,
    'CheckLightningReceiveResponse',
  )) {
    // The 0.6 server names the HTLC coins here by id; the coins themselves stand in the answer around it.
    for (const id of state.htlcVtxos)
      tally.check('ids of known HTLC VTXOs', world.vtxo(id) !== undefined, label);
  }
  const htlcHash = (ids: readonly Uint8Array[]): Uint8Array | undefined => {
    const policy = ids[0] && world.vtxo(ids[0])?.policy;
    return policy?.type === 'server-htlc-send' ? policy.paymentHash : undefined;
  };
  for (const pay of ofType<ark.InitiateLightningPaymentRequest>(
    call.requests,
    'InitiateLightningPaymentRequest',
  )) {
    tally.attempt('invoices', label, () => {
      const isBolt12 = pay.invoice.startsWith('lni1');
      const { paymentHash } = isBolt12
        ? decodeBolt12InvoiceText(curve, pay.invoice)
        : decodeBolt11(curve, pay.invoice);
      return equalBytes(paymentHash, htlcHash(pay.htlcVtxoIds) ?? new Uint8Array());
    });
    const mailboxes = [...world.wallets.values()].map((w) => w.mailbox().publicKey);
    const { mailboxId } = pay;
    if (mailboxId)
      tally.check(
        'mailbox ids',
        mailboxes.some((m) => equalBytes(m, mailboxId)),
        label,
      );
  }
}

/** Every claim of every request. */
export function checkClaims(calls: readonly Call[], world: World, tallyOf: (file: string) => Tally): void {
  for (const call of calls) {
    const tally = tallyOf(call.file);
    const label = `${call.file} ${call.method}`;
    attestations(call, calls, world, tally, label);
    authorizations(call, world, tally, label);
    deliveries(call, world, tally, label);
    lightning(call, world, tally, label);
  }
}
