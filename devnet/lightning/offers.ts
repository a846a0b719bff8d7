// Offers of the simulated nodes, and the way of an invoice request: what the Ark server asks for its users, and what a
// node answers. An offer can be told to lie, as a dishonest server or issuer would.
import { randomBytes } from 'node:crypto';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import type { Curve } from '../../src/crypto/curve.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { BlindedPath } from '../../src/lightning/blinded/path.ts';
import { decodeInvoiceRequest, makeInvoiceRequest } from '../../src/lightning/bolt12/invoice-request.ts';
import { makeBolt12Invoice } from '../../src/lightning/bolt12/invoice.ts';
import { encodeOffer, type Offer } from '../../src/lightning/bolt12/offer.ts';
import { featureVector } from '../../src/lightning/features.ts';
import { msats } from '../../src/units.ts';
import { readInvoice, type DevInvoice } from './invoice.ts';

const REGTEST = fromHex('06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f');
const SIGNET = fromHex('f61eee3b63a380a477a063af32b2bbc97c9ff9f01f2c4225e973988108000000');

/**
 * inflated: the invoice is over ten times what was asked for. wrong-key: another node issued it. other-offer: it is for
 * another offer of the same node. broken-signature. expired: before it arrives. silent: the node does not answer.
 */
export const OFFER_LIES = [
  'inflated',
  'wrong-key',
  'other-offer',
  'broken-signature',
  'expired',
  'silent',
] as const;
export type OfferLie = (typeof OFFER_LIES)[number];

export interface OfferRequest {
  node?: string;
  /** Left out: the payer chooses. */
  amountMsat?: bigint;
  /** ISO 4217: the amount is in its minor unit. */
  currency?: string;
  description?: string;
  /** A name that it gives itself. */
  issuer?: string;
  /** Unix seconds. */
  expiresAt?: bigint;
  /** The node hides behind a blinded path instead of naming its key. */
  hidden?: boolean;
  network?: 'regtest' | 'signet';
  /** Its invoices are held until they are settled or canceled. */
  hold?: boolean;
  /** What is special about its invoices; left out: they may be paid in parts, demand nothing unknown, live an hour. */
  invoices?: InvoiceTraits;
  lie?: OfferLie;
}

export interface InvoiceTraits {
  /** False: the whole amount at once, from one payer. */
  parts?: boolean;
  /** A feature that nobody knows is required. */
  unknownFeature?: boolean;
  /** Expired when it is made. */
  expired?: boolean;
}

export interface DevOffer {
  /** `lno1…`. */
  readonly text: string;
  readonly offer: Offer;
  readonly node: string;
  readonly hold: boolean;
  readonly invoices: InvoiceTraits;
  lie: OfferLie | undefined;
}

export interface OfferParts {
  readonly curve: Curve;
  /** Milliseconds. */
  readonly now: () => number;
  /** 32 bytes of the node with this name. */
  readonly nodeSecret: (name: string) => Uint8Array;
  /** An invoice that can be paid from now on. */
  readonly issued: (invoice: DevInvoice) => void;
}

export interface Offers {
  createOffer(request?: OfferRequest): DevOffer;
  /**
   * Asks the issuer of `offer` for an invoice. @returns its bytes, or undefined when nobody answers
   * @throws SkiffError INVALID_INVOICE for a request that does not fit the offer
   */
  fetchInvoice(offer: Offer, amountMsat: bigint): Uint8Array | undefined;
  readonly offers: readonly DevOffer[];
}

const fresh = () => new Uint8Array(randomBytes(32));

export function createOffers({ curve, now, nodeSecret, issued }: OfferParts): Offers {
  const offers = new Map<string, DevOffer>();
  const seconds = () => BigInt(Math.floor(now() / 1000));

  /** A path of one hop; nothing on this network reads what is in it. */
  const pathTo = (nodeId: Uint8Array): BlindedPath => ({
    introduction: { nodeId },
    pathKey: curve.publicKey(fresh()),
    hops: [{ nodeId, data: fresh() }],
  });

  /** Hidden nodes sign with the key at the end of their path. */
  const signer = (node: string, hidden: boolean) =>
    hidden ? sha256(new TextEncoder().encode('blinded'), nodeSecret(node)) : nodeSecret(node);

  function createOffer(request: OfferRequest = {}): DevOffer {
    const node = request.node ?? 'alice';
    const key = curve.publicKey(signer(node, request.hidden ?? false));
    const offer = encodeOffer(curve, {
      chains: [request.network === 'signet' ? SIGNET : REGTEST],
      metadata: fresh(),
      ...(request.amountMsat !== undefined && { amount: request.amountMsat }),
      ...(request.currency !== undefined && { currency: request.currency }),
      description: request.description ?? `offer of ${node}`,
      ...(request.issuer !== undefined && { issuer: request.issuer }),
      ...(request.expiresAt !== undefined && { absoluteExpiry: request.expiresAt }),
      ...(request.hidden ? { paths: [pathTo(key)] } : { issuerId: key }),
    });
    const { hold = false, invoices = {}, lie } = request;
    const made = { text: offer.text, offer, node, hold, invoices, lie };
    offers.set(toHex(offer.id), made);
    return made;
  }

  const ask = (offer: Offer, amountMsat: bigint): Uint8Array =>
    makeInvoiceRequest(curve, offer, {
      fields: { payerMetadata: fresh(), chain: REGTEST, amount: amountMsat },
      payerSecret: fresh(),
      aux: fresh(),
    }).bytes;

  /** The node's part: what it makes of a request. */
  function answer({ node, offer, hold, lie, invoices }: DevOffer, bytes: Uint8Array): Uint8Array {
    const request = decodeInvoiceRequest(curve, bytes);
    const preimage = fresh();
    const secret = signer(node, offer.issuerKey === undefined);
    const invoice = makeBolt12Invoice(curve, request.tlvs, {
      fields: {
        paths: [pathTo(curve.publicKey(secret))],
        payInfo: [
          {
            feeBaseMsat: 0,
            feeProportionalMillionths: 0,
            cltvExpiryDelta: 18,
            htlcMinimum: msats(1n),
            htlcMaximum: request.amount,
            features: new Uint8Array(),
          },
        ],
        features: featureVector([
          ...(invoices.parts === false ? [] : [17]),
          ...(invoices.unknownFeature ? [98] : []),
        ]),
        createdAt: lie === 'expired' || invoices.expired ? seconds() - 7201n : seconds(),
        relativeExpiry: 3600n,
        paymentHash: sha256(preimage),
        amount: request.amount,
      },
      signingSecret: secret,
      aux: fresh(),
    });
    const terms = readInvoice(curve, invoice.text);
    const { paymentHash } = terms;
    issued({ text: invoice.text, terms, node, paymentHash, preimage, hold, settleAfterMs: 0, state: 'open' });
    return invoice.bytes;
  }

  /** The last byte of the signature record (type 240) changed; nothing follows it. */
  const damaged = (bytes: Uint8Array) => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1);

  function fetchInvoice(offer: Offer, amountMsat: bigint): Uint8Array | undefined {
    const known = offers.get(toHex(offer.id));
    if (known === undefined || known.lie === 'silent') return undefined;
    const { lie, node } = known;
    switch (lie) {
      case 'inflated':
        return answer(known, ask(offer, amountMsat * 10n));
      case 'wrong-key':
      case 'other-offer': {
        const other = createOffer({
          node: lie === 'wrong-key' ? `not ${node}` : node,
          description: 'another',
        });
        return answer(other, ask(other.offer, amountMsat));
      }
      case 'broken-signature':
        return damaged(answer(known, ask(offer, amountMsat)));
      default:
        return answer(known, ask(offer, amountMsat));
    }
  }

  return {
    createOffer,
    fetchInvoice,
    get offers() {
      return [...offers.values()];
    },
  };
}
