// The comparer that the three bolt12-onion-messages files share: every message of an async-payment handshake peeled at
// every node and made again from its recorded randomness; offer, requests and invoices of the scenario signed again with
// LDK's derived keys.
import { concat, equalBytes, fromHex, toHex } from '../../src/crypto/bytes.ts';
import type { Bytes } from '../../src/crypto/curve.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { onePath, writeBlindedPath } from '../../src/lightning/blinded/path.ts';
import type { BlindedPath } from '../../src/lightning/blinded/path.ts';
import { writeRecipientData } from '../../src/lightning/blinded/recipient-data.ts';
import { answersRequest, isFromSameOffer } from '../../src/lightning/bolt12/invoice-check.ts';
import { decodeInvoiceRequest, makeInvoiceRequest } from '../../src/lightning/bolt12/invoice-request.ts';
import { decodeBolt12Invoice, makeBolt12Invoice } from '../../src/lightning/bolt12/invoice.ts';
import { decodeOffer, chainNetwork } from '../../src/lightning/bolt12/offer.ts';
import { decodeStaticInvoice, makeStaticInvoice } from '../../src/lightning/bolt12/static-invoice.ts';
import { readContent, writeContent } from '../../src/lightning/onion/contents.ts';
import { peelOnionMessage, readOnionMessage, writeOnionMessage } from '../../src/lightning/onion/message.ts';
import type { PeeledMessage } from '../../src/lightning/onion/message.ts';
import { advancePath, makeOnionMessage } from '../../src/lightning/onion/send.ts';
import { readTlvs } from '../../src/lightning/tlv.ts';
import type { Tlv } from '../../src/lightning/tlv.ts';
import { writeInt } from '../../src/lightning/wire.ts';
import {
  ldkCrypt,
  ldkKeys,
  ldkOfferSecret,
  ldkPayerSecret,
  readLdkContext,
  tlvList,
  ZERO_AUX,
} from './bolt12.ts';
import type { Check } from './check.ts';
import { nodeOf, nodesOf, tag } from './onion-scenario.ts';
import type { MessageData, Nodes, Scenario, ScenarioFile } from './onion-scenario.ts';
import { compareHtlc } from './payment-onions.ts';

const pathBytes = (path: BlindedPath | undefined): Bytes | undefined => path && writeBlindedPath(path);

/** Peels at every hop; returns what the last one received. */
function walk(m: MessageData, nodes: Nodes, check: Check): PeeledMessage {
  let message = readOnionMessage(curve, fromHex(m.onion_message));
  check(writeOnionMessage(message), m.onion_message, `${m.step} read and written`);
  let last: PeeledMessage | undefined;
  const passed = [m.from];
  for (const [i, h] of m.hops.entries()) {
    const label = `${m.step} hop ${i}`;
    if (last?.kind === 'forward' && 'nodeId' in last.next)
      check(last.next.nodeId, nodeOf(nodes, h.at).id, `${label} sent to`);
    check(message.pathKey, h.path_key, `${label} path key`);
    const peeled = peelOnionMessage(curve, nodeOf(nodes, h.at), message);
    check(peeled.secrets.path, h.path_shared_secret, `${label} path secret`);
    check(peeled.secrets.onion, h.onion_shared_secret, `${label} onion secret`);
    check(tlvList(peeled.records), h.payload_tlvs, `${label} payload`);
    const data = writeRecipientData(peeled.data, peeled.notes);
    check(tlvList(readTlvs(data)), h.recipient_data_tlvs, `${label} recipient data`);
    check(tag(peeled.own), h.recipient_data_tag, `${label} tag`);
    check(peeled.kind === 'receive', h.final, `${label} final`);
    if (peeled.kind !== 'receive') message = peeled.message;
    if (passed.at(-1) !== h.at) passed.push(h.at);
    last = peeled;
  }
  check(passed, m.route, `${m.step} route`);
  return last as PeeledMessage;
}

function compareMessage(m: MessageData, nodes: Nodes, check: Check): PeeledMessage {
  const received = walk(m, nodes, check);
  const type = BigInt(m.onion_tlv_type);
  const content = readContent(curve, type, fromHex(m.content));
  if (content === undefined || received.kind !== 'receive') throw new Error(`${m.step}: nothing received`);
  const written = writeContent(content);
  check(written.type, m.onion_tlv_type, `${m.step} type`);
  check(written.value, m.content, `${m.step} content written`);
  check(writeContent(received.content).value, m.content, `${m.step} content received`);
  check(pathBytes(received.replyPath), m.reply_path, `${m.step} reply path`);
  const destination = onePath.read(fromHex(m.destination), curve);
  check(writeBlindedPath(destination), m.destination, `${m.step} destination`);
  const from = nodeOf(nodes, m.from);
  const isSelf = 'nodeId' in destination.introduction && toHex(destination.introduction.nodeId) === from.id;
  const path = isSelf ? advancePath(curve, from.secret, destination).path : destination;
  const first = 'nodeId' in path.introduction ? path.introduction.nodeId : undefined;
  check(first, m.first_node, `${m.step} first node`);
  const made = makeOnionMessage(curve, {
    sessionKey: fromHex(m.session_priv),
    seed: fromHex(m.prng_seed),
    destination: path,
    content,
    replyPath: m.reply_path === null ? undefined : onePath.read(fromHex(m.reply_path), curve),
  });
  check(writeOnionMessage(made), m.onion_message, `${m.step} made`);
  return received;
}

const contextOf = (peeled: PeeledMessage | undefined) =>
  readLdkContext(peeled?.notes.find((t) => t.type === 65537n)?.value as Bytes);
const field = (tlvs: readonly Tlv[], type: bigint) => tlvs.find((t) => t.type === type)?.value as Bytes;

/** Offer, request and invoices of the scenario: consistent, and signed again with the keys LDK derives. */
function compareDocuments(
  s: Scenario,
  nodes: Nodes,
  received: ReadonlyMap<string, PeeledMessage>,
  check: Check,
): void {
  const offer = decodeOffer(curve, s.offer);
  check(tlvList(offer.tlvs), s.offer_tlvs, 'offer records');
  check(chainNetwork(offer.fields.chains?.[0]), s.chain, 'chain');
  check(offer.expiresAt, s.paths_absolute_expiry, 'offer expiry');
  const nonce = field(contextOf(received.get('invoice_request forwarded to the recipient')).tlvs, 0n).slice(
    -16,
  );
  const keys = ldkKeys(nodeOf(nodes, 'recipient').material);
  const signer = ldkOfferSecret(keys, nonce, offer.tlvs, 'LDK Offer v2~~~~');
  check(curve.publicKey(signer), offer.issuerKey, 'issuer key derived');

  const still = decodeStaticInvoice(curve, fromHex(s.static_invoice));
  check(isFromSameOffer(still, offer), true, 'static invoice is of the offer');
  const plan = (fields: typeof still.fields) => ({ fields, signingSecret: signer, aux: ZERO_AUX });
  const { nodeId: _still, ...stillFields } = still.fields;
  check(makeStaticInvoice(curve, offer, plan(stillFields)).bytes, s.static_invoice, 'static invoice made');

  const sent = received.get('invoice_request to the server');
  if (sent?.kind !== 'receive' || sent.content.kind !== 'invoice_request') throw new Error('no request');
  const request = decodeInvoiceRequest(curve, sent.content.bytes);
  check(request.amount, s.amount_msats, 'requested amount');
  const payer = ldkKeys(nodeOf(nodes, 'payer').material);
  const metadata = request.fields.payerMetadata as Bytes;
  const payerNonce = metadata.slice(32);
  check(ldkCrypt(payer.offersEncryption, payerNonce, metadata.slice(0, 32)), s.payment_id, 'payment id');
  const payerSecret = ldkPayerSecret(payer, payerNonce, metadata.slice(0, 32), request.tlvs);
  const remade = makeInvoiceRequest(curve, offer, {
    fields: { ...request.fields, payerMetadata: metadata },
    payerSecret,
    aux: ZERO_AUX,
  });
  check(remade.bytes, toHex(sent.content.bytes), 'request made');

  const fresh = decodeBolt12Invoice(curve, fromHex(s.fresh_invoice));
  check(answersRequest(fresh, request), true, 'fresh invoice answers the request');
  check(sha256(fromHex(s.fresh_invoice_preimage)), toHex(fresh.paymentHash), 'fresh invoice preimage');
  const { nodeId: _fresh, ...freshFields } = fresh.fields;
  check(
    makeBolt12Invoice(curve, request.tlvs, plan(freshFields)).bytes,
    s.fresh_invoice,
    'fresh invoice made',
  );
}

/** What the messages carry is the scenario's. */
function compareContents(s: Scenario, received: ReadonlyMap<string, PeeledMessage>, check: Check): void {
  const content = (step: string) => {
    const peeled = received.get(step);
    if (peeled?.kind !== 'receive') throw new Error(`${step} was not received`);
    return peeled.content;
  };
  check(content('offer_paths_request'), { kind: 'offer_paths_request', slot: s.slot }, 'slot asked for');
  const paths = content('offer_paths');
  if (paths.kind !== 'offer_paths') throw new Error('no paths');
  check(paths.expiresAt, s.paths_absolute_expiry, 'expiry of the paths');
  const offered = decodeOffer(curve, s.offer).fields.paths ?? [];
  check(paths.paths.map(writeBlindedPath), offered.map(writeBlindedPath).map(toHex), 'paths in the offer');
  const serve = content('serve_static_invoice');
  if (serve.kind !== 'serve_static_invoice') throw new Error('no invoice');
  check(serve.invoice, s.static_invoice, 'invoice to serve');
  check(writeBlindedPath(serve.forwardPath), s.forward_invoice_request_path, 'forward path');
  check(
    content('fresh invoice from the online recipient'),
    { kind: 'invoice', bytes: s.fresh_invoice },
    'fresh',
  );
  check(
    content('static_invoice to the payer'),
    { kind: 'static_invoice', bytes: s.static_invoice },
    'static',
  );
  const server = contextOf(received.get('offer_paths_request')).tlvs;
  const id = fromHex(s.recipient_id);
  check(field(server, 0n), toHex(concat(writeInt(id.length, 2), id)), 'recipient id');
  const payment = contextOf(received.get('static_invoice to the payer')).tlvs;
  check(field(payment, 0n), s.payment_id, 'payment id in the context');
}

export function compareScenario({ set, now, scenario: s }: ScenarioFile, check: Check): void {
  check.informative(set, s.name);
  check(s.now, now, 'now');
  const nodes = nodesOf(s, check);
  const received = new Map(s.messages.map((m) => [m.step, compareMessage(m, nodes, check)]));
  const [request, held] = ['offer_paths_request', 'held_htlc_available'].map((step) =>
    s.messages.find((m) => m.step === step),
  ) as [MessageData, MessageData];
  check(request.destination, s.server_paths_given_out_of_band[0], 'path to the server');
  for (const path of s.server_paths_given_out_of_band)
    check(writeBlindedPath(onePath.read(fromHex(path), curve)), path, 'path given out of band');
  check(held.route[1], s.recipient_reached_via, 'recipient reached via');
  compareContents(s, received, check);
  compareDocuments(s, nodes, received, check);
  for (const [i, h] of s.htlcs.entries()) compareHtlc(h, s, nodes, check, `htlc ${i}`);
  compareCache(s, check);
}

/**
 * LDK's own store of offers: what it holds is compared; how it behaves in time is the flow's, which these figures
 * describe.
 */
function compareCache(s: Scenario, check: Check): void {
  const { ldk_bytes: stores, ...behaviour } = s.cache;
  check.informative(...Object.values(behaviour));
  const offer = toHex(decodeOffer(curve, s.offer).bytes);
  for (const store of stores) {
    check(store.includes(offer), true, 'cache holds the offer');
    for (const path of s.server_paths_given_out_of_band)
      check(store.includes(path), true, 'cache holds the path to the server');
  }
  check(equalBytes(fromHex(stores[0] as string), fromHex(stores[1] as string)), false, 'cache changes');
}
