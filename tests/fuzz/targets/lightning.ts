// Invoices, offers, onions and links: what anybody may send.
import { bech32 } from '@scure/base';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { decodeBolt11 } from '../../../src/lightning/bolt11.ts';
import { decodeInvoiceRequest } from '../../../src/lightning/bolt12/invoice-request.ts';
import { decodeBolt12Invoice } from '../../../src/lightning/bolt12/invoice.ts';
import { decodeOffer, decodeOfferBytes } from '../../../src/lightning/bolt12/offer.ts';
import { decodeStaticInvoice } from '../../../src/lightning/bolt12/static-invoice.ts';
import { readPayAnswer, readPayTerms } from '../../../src/lightning/lnurl-pay.ts';
import { readPeerMessage } from '../../../src/lightning/noise/messages.ts';
import { peelOnionMessage, readOnionMessage } from '../../../src/lightning/onion/message.ts';
import { classify } from '../../../src/lightning/payment-request.ts';
import type { Target } from '../target.ts';
import { vectors } from './files.ts';
import { bech32Target, bytesTarget, jsonTarget, textTarget } from './kinds.ts';

type Bytes = Uint8Array;
const valid = (file: string): Bytes[] =>
  vectors<{ valid: { hex: string }[] }>(file).valid.map((v) => fromHex(v.hex));
const invoices = vectors<{ valid: { invoice: string }[] }>('bolt11').valid.map((v) => v.invoice);
const offers = vectors<{ valid: { bech32: string }[] }>('bolt12-offers').valid.map((v) => v.bech32);
const addresses = vectors<{ addresses: { address: string }[] }>('address').addresses.map((a) => a.address);

interface Onions {
  recipient: { secret: string; receive_auth_key: string };
  cases: { onion_message: string }[];
}
const onions = vectors<Onions>('bolt12-onion-negatives');
const node = {
  secret: fromHex(onions.recipient.secret),
  authKey: fromHex(onions.recipient.receive_auth_key),
};

const terms = {
  tag: 'payRequest',
  callback: 'https://shop.example/pay?id=1',
  minSendable: 1000,
  maxSendable: 100_000_000,
  metadata: '[["text/plain","Coffee"],["text/identifier","ben@shop.example"]]',
  commentAllowed: 100,
};
const payAnswer = {
  pr: invoices[0],
  routes: [],
  successAction: { tag: 'url', description: 'Thanks', url: 'https://shop.example/thanks' },
};
const link = new URL('https://shop.example/pay');

const links = [
  `bitcoin:bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080?amount=0.0001&lightning=${invoices[0]}`,
  `bitcoin:?ark=${addresses[0]}&lno=${offers[0]}&label=Shop%20%26%20Co`,
  'ben@shop.example',
  'lnurl1dp68gurn8ghj7um9wfmxjcm99e3k7mf0v9cxj0m385ekvcenxc6r2c35xvukxefcv5mkvv34x5ekzd3ev56nyd3hxqurzepexejxxepnxscrvwfnv9nxzcn9xq6xyefhvgcxxcmyxymnserxfq5fns',
  'lnurlp://shop.example/pay',
  'lightning:ben@shop.example',
];

export const lightning: Target[] = [
  bech32Target(
    'bolt11',
    () => invoices,
    (text) => decodeBolt11(curve, text),
    bech32,
  ),
  bytesTarget(
    'offer',
    () => valid('bolt12-offers'),
    (b) => decodeOfferBytes(curve, b),
  ),
  textTarget(
    'offer-text',
    () => offers,
    (text) => decodeOffer(curve, text),
  ),
  bytesTarget(
    'invoice-request',
    () => valid('bolt12-invoice-requests'),
    (b) => decodeInvoiceRequest(curve, b),
  ),
  bytesTarget(
    'bolt12-invoice',
    () => valid('bolt12-invoices'),
    (b) => decodeBolt12Invoice(curve, b),
  ),
  bytesTarget(
    'static-invoice',
    () => valid('bolt12-static-invoices'),
    (b) => decodeStaticInvoice(curve, b),
  ),
  bytesTarget(
    'onion',
    () => onions.cases.map((c) => fromHex(c.onion_message)),
    (bytes) => peelOnionMessage(curve, node, readOnionMessage(curve, bytes)),
  ),
  bytesTarget(
    'peer-message',
    () => [
      // init, ping, pong, warning, onion message
      fromHex('001000000000'),
      fromHex('0012000400020000'),
      fromHex('001300020000'),
      fromHex(`0001${'00'.repeat(32)}00026f6e`),
      fromHex(`0201${onions.cases[0]!.onion_message}`),
    ],
    (bytes) => readPeerMessage(curve, bytes),
  ),
  jsonTarget(
    'lnurl',
    () => [terms, payAnswer, { status: 'ERROR', reason: 'closed' }],
    (json) => {
      if (typeof json === 'object' && json !== null && 'pr' in json) return readPayAnswer(link, json);
      return readPayTerms(link, json);
    },
  ),
  textTarget(
    'pay-box',
    () => [...links, ...invoices, ...offers.slice(0, 10), ...addresses.slice(0, 10)],
    (text) => classify(curve, text, { network: 'regtest', now: 1_700_000_000 }),
  ),
];
