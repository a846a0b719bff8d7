// Somebody out there who pays offers: asks for an invoice over the offer's path, pays what comes first — a fresh one, or,
// for a recipient that sleeps, the money held back until it says that it is awake.
import { toHex } from '../../../src/crypto/bytes.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { buildBlindedPath } from '../../../src/lightning/blinded/hops.ts';
import { feeFor } from '../../../src/lightning/blinded/payinfo.ts';
import { writeRecipientData } from '../../../src/lightning/blinded/recipient-data.ts';
import { answersRequest, isFromSameOffer } from '../../../src/lightning/bolt12/invoice-check.ts';
import { makeInvoiceRequest, type InvoiceRequest } from '../../../src/lightning/bolt12/invoice-request.ts';
import { decodeBolt12Invoice } from '../../../src/lightning/bolt12/invoice.ts';
import { decodeOffer } from '../../../src/lightning/bolt12/offer.ts';
import { decodeStaticInvoice, type StaticInvoice } from '../../../src/lightning/bolt12/static-invoice.ts';
import type { OnionContent } from '../../../src/lightning/onion/contents.ts';
import { peelOnionMessage } from '../../../src/lightning/onion/message.ts';
import { makePaymentOnion } from '../../../src/lightning/onion/payment.ts';
import type { ArkContext } from '../context.ts';
import { readMessage, sendOnion } from './gateway.ts';
import { arriveOverPath } from './htlcs.ts';

/** One payment of an offer. */
export interface OfferPayment {
  readonly offer: string;
  readonly amountMsat: bigint;
  /** asking: nothing came yet. holding: waits for the recipient to wake up. */
  state: 'asking' | 'holding' | 'paying' | 'paid' | 'failed';
  /** What it is paid with. */
  kind?: 'invoice' | 'static-invoice';
  /** Hex. */
  paymentHash?: string;
  preimage?: string;
  /** Resolves when it is paid or has failed. */
  readonly ended: Promise<void>;
  /** With `waits`, an invoice of now is here: pays it. */
  proceed?: () => void;
}

export interface OfferPayer {
  /**
   * @param how.firstOnly as LDK: once a static invoice has come, one of now that comes later is no longer paid
   * @param how.waits takes invoices of now only, and pays when the test says so
   * @throws SkiffError for what is no offer, or none that this network pays
   */
  pay(offer: string, amountMsat: bigint, how?: { firstOnly?: boolean; waits?: boolean }): OfferPayment;
  readonly payments: readonly OfferPayment[];
}

interface Open {
  payment: OfferPayment;
  request: InvoiceRequest;
  held?: StaticInvoice;
  firstOnly: boolean;
  waits: boolean;
  end: () => void;
}

const REGTEST = Uint8Array.from(
  Buffer.from('06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f', 'hex'),
);

export function createOfferPayer(ctx: ArkContext): OfferPayer {
  const { curve, edge, edgeKey, lightning, random } = ctx;
  const secret = random(32);
  const nodeId = curve.publicKey(secret);
  const open = new Map<string, Open>();
  const payments: OfferPayment[] = [];

  /** A path over the gateway to the payer, for one payment. */
  function pathFor(id: Bytes) {
    const plan = [
      { nodeId: edgeKey.public, plaintext: writeRecipientData({ nextNodeId: nodeId }) },
      { nodeId, plaintext: writeRecipientData({ pathId: id }) },
    ];
    return buildBlindedPath(curve, random(32), plan).path;
  }

  function finish({ payment, end }: Open, preimage: string | undefined): void {
    payment.state = preimage === undefined ? 'failed' : 'paid';
    if (preimage !== undefined) payment.preimage = preimage;
    end();
  }

  function payInvoice(one: Open, bytes: Bytes): void {
    const { payment, request } = one;
    const invoice = decodeBolt12Invoice(curve, bytes);
    if (!answersRequest(invoice, request)) return;
    payment.kind = 'invoice';
    payment.paymentHash = toHex(invoice.paymentHash);
    const go = () => {
      payment.state = 'paying';
      const sent = lightning.payer.pay(invoice.text);
      void sent.ended.then(() => finish(one, sent.preimage));
    };
    if (!one.waits) return go();
    payment.proceed = go;
  }

  function hold(one: Open, id: Bytes, bytes: Bytes): void {
    const invoice = decodeStaticInvoice(curve, bytes);
    const [to] = invoice.messagePaths;
    if (!to || !isFromSameOffer(invoice, one.request)) return;
    one.held = invoice;
    one.payment.state = 'holding';
    sendOnion(ctx, { to, content: { kind: 'held_htlc_available' }, replyPath: pathFor(id) });
  }

  /** The recipient is awake: the money goes, with a preimage that only its layer of the onion tells. */
  async function release(one: Open): Promise<void> {
    const { payment, request, held } = one;
    const [way] = held?.paths ?? [];
    if (!way || payment.state !== 'holding') return;
    payment.state = 'paying';
    payment.kind = 'static-invoice';
    const preimage = random(32);
    const paymentHash = sha256(preimage);
    payment.paymentHash = toHex(paymentHash);
    const { amountMsat: amount } = payment;
    const tip = ctx.chain.height();
    const { onion } = makePaymentOnion(curve, {
      sessionKey: random(32),
      seed: random(32),
      paymentHash,
      introductionKey: edgeKey.public,
      path: way.path,
      final: {
        amount,
        cltvExpiry: BigInt(tip),
        totalAmount: amount,
        keysendPreimage: preimage,
        invoiceRequest: request.bytes,
      },
    });
    const settled = await arriveOverPath(ctx, {
      onion,
      paymentHash,
      amount: amount + feeFor(amount, way.payInfo),
      cltvExpiry: tip + way.payInfo.cltvExpiryDelta,
    });
    finish(one, settled && toHex(settled));
  }

  function hear(id: Bytes | undefined, content: OnionContent): void {
    const one = open.get(toHex(id ?? new Uint8Array()));
    if (!one || !id || !['asking', 'holding'].includes(one.payment.state)) return;
    if (content.kind === 'invoice') {
      if ((!one.held || !one.firstOnly) && !one.payment.proceed) payInvoice(one, content.bytes);
    } else if (content.kind === 'static_invoice' && !one.held && !one.waits) hold(one, id, content.bytes);
    else if (content.kind === 'release_held_htlc') void release(one);
  }

  edge.neighbours.set(toHex(nodeId), (message) => {
    try {
      const peeled = peelOnionMessage(curve, { secret }, readMessage(ctx, message));
      if (peeled.kind === 'receive') hear(peeled.data.pathId, peeled.content);
    } catch (e) {
      if (!isSkiffError(e)) throw e;
    }
  });

  return {
    pay(text, amountMsat, { firstOnly = false, waits = false } = {}) {
      const offer = decodeOffer(curve, text);
      const request = makeInvoiceRequest(curve, offer, {
        fields: { payerMetadata: random(16), chain: REGTEST, amount: amountMsat },
        payerSecret: random(32),
        aux: random(32),
      });
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const payment: OfferPayment = { offer: text, amountMsat, state: 'asking', ended };
      payments.push(payment);
      const id = random(16);
      open.set(toHex(id), { payment, request, firstOnly, waits, end });
      for (const to of offer.fields.paths ?? [])
        sendOnion(ctx, {
          to,
          content: { kind: 'invoice_request', bytes: request.bytes },
          replyPath: pathFor(id),
        });
      return payment;
    },
    payments,
  };
}
