// Lightning receives of the transcripts, judged as Skiff judges its own: the deltas that bark asked for, the invoice that
// the server made, the coins it handed out, what bark claimed with the preimage and the fee that the server kept.
import { lightningReceiveFee } from '../../src/ark/fees.ts';
import { vtxoIdBytes, vtxoIdText, vtxoIdFromBytes } from '../../src/ark/vtxo-id.ts';
import { decodeVtxo } from '../../src/ark/vtxo.ts';
import { equalBytes, toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11.ts';
import { parseArkInfo } from '../../src/server/ark-info.ts';
import type * as ark from '../../src/server/gen/bark_server_pb.js';
import type * as box from '../../src/server/gen/mailbox_server_pb.js';
import { sats } from '../../src/units.ts';
import {
  htlcReceiveExpiry,
  minCltvDelta,
  timeToClaim,
} from '../../src/wallet/actions/lightning-receive/deltas.ts';
import { checkMadeInvoice } from '../../src/wallet/actions/lightning-receive/invoice-check.ts';
import { defaultConfig } from '../../src/wallet/ports.ts';
import type { Tally } from './tally.ts';
import type { Call } from './transcript.ts';
import { ofType } from './walk.ts';
import type { World } from './world.ts';

const config = defaultConfig('regtest');

/** One receive: its calls, found by the payment hash. */
function receive(calls: readonly Call[], world: World, tally: Tally, start: Call): void {
  const [info] = ofType<ark.ArkInfo>(
    calls.flatMap((c) => c.responses),
    'ArkInfo',
  ).map((message) => parseArkInfo(message, curve));
  const [asked] = ofType<ark.StartLightningReceiveRequest>(start.requests, 'StartLightningReceiveRequest');
  const [made] = ofType<ark.StartLightningReceiveResponse>(start.responses, 'StartLightningReceiveResponse');
  if (!info || !asked || !made) throw new Error('a receive without beginning');
  const label = `${start.file} receive of ${asked.amountSat}`;
  const fee = lightningReceiveFee(info.fees.lightningReceive, sats(asked.amountSat));

  tally.check('receives: deltas asked for', asked.minCltvDelta === minCltvDelta(info, config), label);
  tally.attempt('receives: invoices as asked', label, () =>
    checkMadeInvoice(curve, made.bolt11, {
      paymentHash: toHex(asked.paymentHash),
      network: 'regtest',
      amount: sats(asked.amountSat),
      memo: asked.description ?? '',
      minFinalCltv: asked.minCltvDelta + info.htlcExpiryDelta,
      clocks: [decodeBolt11(curve, made.bolt11).timestamp],
    }),
  );
  const mailboxes = [...world.wallets.values()].map((w) => w.mailbox().publicKey);
  tally.check(
    'receives: mailbox ids',
    mailboxes.some((id) => equalBytes(id, asked.mailboxId ?? new Uint8Array())),
    label,
  );

  const mine = <T extends { paymentHash: Uint8Array }>(messages: T[]): T | undefined =>
    messages.find((m) => equalBytes(m.paymentHash, asked.paymentHash));
  const notice = mine(
    ofType<box.IncomingLightningPaymentMessage>(
      calls.flatMap((c) => c.responses),
      'IncomingLightningPaymentMessage',
    ),
  );
  tally.check('receives: notices of the amount', notice?.amountMsat === asked.amountSat * 1000n, label);

  const prepare = calls.find((c) =>
    mine(ofType<ark.PrepareLightningReceiveClaimRequest>(c.requests, 'PrepareLightningReceiveClaimRequest')),
  );
  const [wish] = ofType<ark.PrepareLightningReceiveClaimRequest>(
    prepare?.requests ?? [],
    'PrepareLightningReceiveClaimRequest',
  );
  const [grant] = ofType<ark.PrepareLightningReceiveClaimResponse>(
    prepare?.responses ?? [],
    'PrepareLightningReceiveClaimResponse',
  );
  if (!wish || !grant) return tally.check('receives: grants', false, label);
  const coins = grant.htlcVtxos.map((bytes) => decodeVtxo(curve, bytes, 'full'));
  const total = coins.reduce((sum, c) => sum + c.amount, 0n);
  const tip = wish.htlcRecvExpiry - htlcReceiveExpiry({ tip: 0, asked: 0 }, asked.minCltvDelta, config);
  tally.check('receives: amounts less the fee', total === asked.amountSat - fee, `${label}: ${total}`);
  tally.check('receives: keys of the wallets', world.ownerOf(wish.userPubkey) !== undefined, label);
  for (const { policy, serverPubkey, exitDelta, expiryHeight, point } of coins) {
    const where = `${label} ${vtxoIdText(point)}`;
    const isOurs =
      policy.type === 'server-htlc-receive' &&
      policy.version === 1 &&
      equalBytes(policy.paymentHash, asked.paymentHash) &&
      equalBytes(policy.userPubkey, wish.userPubkey) &&
      policy.htlcExpiry === wish.htlcRecvExpiry;
    tally.check('receives: policies of HTLC coins', isOurs, where);
    const coin = {
      vtxoExitDelta: exitDelta,
      htlcExpiryDelta: policy.type === 'server-htlc-receive' ? policy.htlcExpiryDelta : 0xffff,
      htlcExpiry: wish.htlcRecvExpiry,
    };
    const hasTime = timeToClaim(coin, { tip, asked: tip }, config) === 'enough';
    tally.check('receives: time to claim alone', hasTime && expiryHeight >= tip + config.exitMargin, where);
    tally.check('receives: server keys', equalBytes(serverPubkey, info.serverPubkey), where);
  }
  tally.check(
    'receives: ids in the answer',
    grant.receive?.htlcVtxos.map(toHex).join() === coins.map((c) => toHex(vtxoIdBytes(c.point))).join(),
    label,
  );

  const claim = mine(
    ofType<ark.ClaimLightningReceiveRequest>(
      calls.flatMap((c) => c.requests),
      'ClaimLightningReceiveRequest',
    ),
  );
  const parts = claim?.cosignRequest?.parts ?? [];
  const inOrder = coins.map((c) => toHex(vtxoIdBytes(c.point))).sort();
  tally.check(
    'receives: inputs of the claim in order',
    parts.map((p) => toHex(p.inputVtxoId)).join() === inOrder.join(),
    label,
  );
  for (const { inputVtxoId, outputs, isolatedOutputs, useCheckpoint } of parts) {
    const coin = coins.find((c) => vtxoIdText(c.point) === vtxoIdText(vtxoIdFromBytes(inputVtxoId)));
    const all = outputs.length === 1 && isolatedOutputs.length === 0 && useCheckpoint;
    tally.check('receives: whole coins claimed', all && outputs[0]?.totalAmount === coin?.amount, label);
  }
  const preimage = claim?.paymentPreimage ?? new Uint8Array();
  tally.check('receives: preimages', equalBytes(sha256(preimage), asked.paymentHash), label);
}

/** Every receive of every transcript. */
export function checkReceives(calls: readonly Call[], world: World, tallyOf: (file: string) => Tally): void {
  for (const start of calls.filter((c) => c.method === 'StartLightningReceive')) {
    const inFile = calls.filter((c) => c.file === start.file);
    receive(inFile, world, tallyOf(start.file), start);
  }
}
