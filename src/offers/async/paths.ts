// Blinded paths to this wallet, and the static invoices that it makes. Every path enters at a node that everybody can reach
// and ends here with a sealed context. The keys of a payment path come from the offer and the time of the invoice, so that the
// wallet can compute them again when the payment comes.
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { hmacSha256 } from '../../crypto/hash.ts';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { buildBlindedPath, type BuiltPath } from '../../lightning/blinded/hops.ts';
import type { BlindedPath } from '../../lightning/blinded/path.ts';
import { aggregatePayInfo, type PayInfo } from '../../lightning/blinded/payinfo.ts';
import { padRecipientData, writeRecipientData } from '../../lightning/blinded/recipient-data.ts';
import type { PaymentConstraints, PaymentRelay } from '../../lightning/blinded/recipient-data.ts';
import { decodeOfferBytes } from '../../lightning/bolt12/offer.ts';
import { makeStaticInvoice, type StaticInvoice } from '../../lightning/bolt12/static-invoice.ts';
import { writeInt } from '../../lightning/wire.ts';
import type { Msats } from '../../units.ts';
import { NEVER, sealContext, type Context } from './contexts.ts';
import type { CachedOffer } from './state.ts';

/** The keys of an async recipient, all from the wallet's seed. 32 bytes each. */
export interface RecipientKeys {
  /** Of the node that peers see. */
  nodeSecret: Bytes;
  /** Seals contexts. */
  contextKey: Bytes;
  /** Signing keys and payment paths of offers come from it. */
  offerKey: Bytes;
}

/** Where money comes in: a public node that holds payments to a channel of this number for us. */
export interface LightningEdge {
  nodeId: Bytes;
  /** Virtual: no channel is behind it. */
  shortChannelId: bigint;
  relay: PaymentRelay;
  htlcMinimum: Msats;
  htlcMaximum: Msats;
  /** Blocks that we want between a payment's arrival and its end. */
  minFinalCltv: number;
  /** Height above which the path is dead. */
  maxCltvExpiry: number;
}

/** Everything that making messages depends on besides the state. */
export interface Surroundings {
  curve: Curve;
  keys: RecipientKeys;
  /** 33-byte key of the node that carries our onion messages. */
  gateway: Bytes;
  /** Absent while the Ark server takes no such payments for us: then no invoice can be made. */
  edge?: LightningEdge;
  /** Genesis hash, 32 bytes; absent: mainnet. */
  chain?: Bytes;
}

/** Plaintext of message hops is padded to a multiple of this, as LDK's. */
const MESSAGE_PADDING = 100;
const PAYMENT_PADDING = 30;

const tagged = (key: Bytes, tag: string, ...parts: Bytes[]): Bytes =>
  hmacSha256(key, utf8ToBytes(`skiff bolt12 ${tag}`), ...parts);

/** The offer's own signing key: 32-byte secret. */
export const offerSecret = ({ keys }: Pick<Surroundings, 'keys'>, salt: Bytes): Bytes =>
  tagged(keys.offerKey, 'offer', salt);

const ownNode = ({ curve, keys }: Surroundings): Bytes => curve.publicKey(keys.nodeSecret);

/** A path over the gateway to us. @param sessionKey fresh, 32 bytes */
export function messagePath(around: Surroundings, context: Context, sessionKey: Bytes): BlindedPath {
  const { curve, keys, gateway } = around;
  const nodeId = ownNode(around);
  const hop = (plaintext: Bytes) => padRecipientData(plaintext, MESSAGE_PADDING);
  return buildBlindedPath(curve, sessionKey, [
    { nodeId: gateway, plaintext: hop(writeRecipientData({ nextNodeId: nodeId })) },
    { nodeId, plaintext: hop(writeRecipientData({ pathId: sealContext(keys.contextKey, context) })) },
  ]).path;
}

const paymentSession = (
  { keys }: Pick<Surroundings, 'keys'>,
  { salt }: CachedOffer,
  createdAt: number,
): Bytes => tagged(keys.offerKey, 'payment path', salt, writeInt(BigInt(createdAt), 8));

/** What the first node of that path is given, by which a payment over it is known again. */
export const paymentPathKey = (around: Surroundings, offer: CachedOffer, createdAt: number): Bytes =>
  around.curve.publicKey(paymentSession(around, offer, createdAt));

/** The path of the payments to the invoice that was made then, with the path keys that each hop is given. */
export function paymentPath(
  around: Surroundings & { edge: LightningEdge },
  offer: CachedOffer,
  createdAt: number,
): BuiltPath {
  const { curve, keys, edge } = around;
  const sessionKey = paymentSession(around, offer, createdAt);
  const constraints: PaymentConstraints = {
    maxCltvExpiry: edge.maxCltvExpiry,
    htlcMinimum: edge.htlcMinimum,
  };
  const context: Context = { kind: 'payment', offerId: offer.offerId, expiresAt: offer.expiresAt ?? NEVER };
  const hop = (plaintext: Bytes) => padRecipientData(plaintext, PAYMENT_PADDING);
  const { shortChannelId, relay: paymentRelay } = edge;
  return buildBlindedPath(curve, sessionKey, [
    {
      nodeId: edge.nodeId,
      plaintext: hop(writeRecipientData({ shortChannelId, paymentRelay, paymentConstraints: constraints })),
    },
    {
      nodeId: ownNode(around),
      plaintext: hop(
        writeRecipientData({
          pathId: sealContext(keys.contextKey, context),
          paymentConstraints: constraints,
        }),
      ),
    },
  ]);
}

const U32_MAX = 0xffff_ffff;

/** What the way to us costs as a whole. */
export function payInfoOf({
  relay,
  htlcMinimum,
  htlcMaximum,
  minFinalCltv,
  maxCltvExpiry,
}: LightningEdge): PayInfo {
  const constraints = { maxCltvExpiry, htlcMinimum };
  const final = { minFinalCltv, htlcMinimum, htlcMaximum };
  return aggregatePayInfo([{ relay, constraints, htlcMaximum }], final);
}

/** Signs the invoice for an offer that is good as long as the offer. @param draw fresh 32 bytes for each label */
export function staticInvoice(
  around: Surroundings & { edge: LightningEdge },
  cached: CachedOffer,
  now: number,
  draw: (label: string) => Bytes,
): StaticInvoice {
  const { curve, edge } = around;
  const { offerId, expiresAt = NEVER } = cached;
  const held: Context = { kind: 'held-htlc', offerId, expiresAt };
  return makeStaticInvoice(curve, decodeOfferBytes(curve, cached.offer), {
    fields: {
      paths: [paymentPath(around, cached, now).path],
      payInfo: [payInfoOf(edge)],
      createdAt: BigInt(now),
      relativeExpiry: BigInt(Math.min(expiresAt - now, U32_MAX)),
      messagePaths: [messagePath(around, held, draw('held'))],
    },
    signingSecret: offerSecret(around, cached.salt),
    aux: draw('signature'),
  });
}

/** Fresh bytes by label from one 32-byte seed that is used for nothing else. */
export const drawFrom =
  (seed: Bytes) =>
  (label: string): Bytes =>
    tagged(seed, `draw ${label}`);

export const saltOf = (draw: (label: string) => Bytes): Bytes => draw('salt').slice(0, 16);
