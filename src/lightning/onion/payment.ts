// Payment onions over a blinded path (BOLT 4, "Payload Format" and "Route Blinding"): the payer's onion from the path's
// introduction node on, what a forwarding hop makes of it, and what the recipient finds inside.
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { isSkiffError } from '../../errors.ts';
import { blindedSecret, notForUs, unwrapHop } from '../blinded/hops.ts';
import type { BlindedPath } from '../blinded/path.ts';
import { amountToForward } from '../blinded/payinfo.ts';
import { readRecipientData } from '../blinded/recipient-data.ts';
import type { RecipientData } from '../blinded/recipient-data.ts';
import { fixed, point, raw, tu32, tu64 } from '../forms.ts';
import { readFields, readTlvs, writeFields, writeTlvs } from '../tlv.ts';
import type { Schema, Tlv } from '../tlv.ts';
import { keyStream } from './cipher.ts';
import { sharedSecret } from './keys.ts';
import type { OnionNode } from './message.ts';
import { buildPacket, peelPacket, readPacket, SMALL_PACKET, writePacket } from './packet.ts';
import type { BuiltPacket } from './packet.ts';

export interface PaymentPayload {
  /** amt_to_forward, millisatoshi. */
  amount: bigint;
  /** outgoing_cltv_value, block height. */
  cltvExpiry: bigint;
  /** encrypted_recipient_data. */
  data: Bytes;
  /** For the introduction node. */
  pathKey: Bytes;
  /** Of all parts together, millisatoshi. */
  totalAmount: bigint;
  /** 32 bytes: the payer drew it, because a static invoice has no hash. */
  keysendPreimage: Bytes;
  /** The request the payment belongs to (LDK's number). */
  invoiceRequest: Bytes;
}

const SCHEMA: Schema<PaymentPayload> = {
  amount: [2n, tu64],
  cltvExpiry: [4n, tu32],
  data: [10n, raw],
  pathKey: [12n, point],
  totalAmount: [18n, tu64],
  invoiceRequest: [77777n, raw],
  keysendPreimage: [5_482_373_484n, fixed(32)],
};

export interface PaymentOnionPlan {
  /** Fresh 32-byte secret. */
  sessionKey: Bytes;
  /** 32 random bytes to fill the packet with. */
  seed: Bytes;
  paymentHash: Bytes;
  /** The onion is for the path's introduction node, whose key this is. */
  introductionKey: Bytes;
  path: BlindedPath;
  final: Pick<PaymentPayload, 'amount' | 'cltvExpiry' | 'totalAmount'> &
    Partial<Pick<PaymentPayload, 'keysendPreimage' | 'invoiceRequest'>>;
}

/** The onion a payer hands to a path's introduction node, 1366 bytes. @throws SkiffError INVALID_ARGUMENT when too long. */
export function makePaymentOnion(
  curve: Curve,
  plan: PaymentOnionPlan,
): { onion: Bytes; sharedSecrets: BuiltPacket['sharedSecrets'] } {
  const { hops, pathKey } = plan.path;
  const onionHops = hops.map(({ nodeId, data }, i) => {
    const payload: Partial<PaymentPayload> = { data, pathKey: i === 0 ? pathKey : undefined };
    if (i === hops.length - 1) Object.assign(payload, plan.final);
    return {
      key: i === 0 ? plan.introductionKey : nodeId,
      payload: writeTlvs(writeFields(SCHEMA, payload)),
    };
  });
  const { packet, sharedSecrets } = buildPacket(curve, {
    sessionKey: plan.sessionKey,
    hops: onionHops,
    filling: keyStream(plan.seed, SMALL_PACKET),
    associatedData: plan.paymentHash,
  });
  return { onion: writePacket(packet), sharedSecrets };
}

export interface IncomingHtlc {
  /** 1366 bytes. */
  onion: Bytes;
  paymentHash: Bytes;
  /** Millisatoshi. */
  amount: bigint;
  /** Block height. */
  cltvExpiry: number;
  /** From update_add_htlc, when this node is not the path's first. */
  pathKey?: Bytes;
}

interface PeeledLayer {
  payload: Partial<PaymentPayload>;
  /** The payload's records as they came. */
  records: Tlv[];
  data: Partial<RecipientData>;
  /** Unknown records of the path's author. */
  notes: Tlv[];
  /** The path was written by this node itself: only then are `data` and `notes` of a received HTLC to be believed. */
  own: boolean;
  /** Of the onion layer: errors go back under it. */
  sharedSecret: Bytes;
}

export type PeeledHtlc = PeeledLayer &
  (
    | {
        kind: 'forward';
        shortChannelId?: bigint;
        nextNodeId?: Bytes;
        /** Millisatoshi, after the fee. */
        amount: bigint;
        cltvExpiry: number;
        onion: Bytes;
        pathKey: Bytes;
      }
    | { kind: 'receive' }
  );

/** What goes on to the next hop. @throws SkiffError INVALID_ONION when the HTLC does not keep to the path's terms. */
function forward(htlc: IncomingHtlc, data: Partial<RecipientData>): { amount: bigint; cltvExpiry: number } {
  const { paymentRelay: relay, paymentConstraints: constraints } = data;
  if (relay === undefined) throw notForUs('no relay terms');
  if (constraints && htlc.cltvExpiry > constraints.maxCltvExpiry) throw notForUs('path is expired');
  if (constraints && htlc.amount < constraints.htlcMinimum) throw notForUs('amount below the minimum');
  const amount = amountToForward(htlc.amount, relay);
  const cltvExpiry = htlc.cltvExpiry - relay.cltvExpiryDelta;
  if (amount === undefined || cltvExpiry <= 0) throw notForUs('nothing left to forward');
  return { amount, cltvExpiry };
}

function peel(curve: Curve, node: OnionNode, htlc: IncomingHtlc): PeeledHtlc {
  const secret =
    htlc.pathKey === undefined
      ? node.secret
      : blindedSecret(curve, node.secret, sharedSecret(curve, node.secret, htlc.pathKey));
  const packet = readPacket(curve, htlc.onion);
  if (packet.version !== 0 || packet.hopData.length !== SMALL_PACKET) throw notForUs('packet');
  const peeled = peelPacket(curve, secret, packet, htlc.paymentHash);
  const records = readTlvs(peeled.payload);
  const { fields: payload } = readFields(SCHEMA, records, curve);
  if ((payload.pathKey === undefined) === (htlc.pathKey === undefined)) throw notForUs('path key');
  if (payload.data === undefined) throw notForUs('no recipient data');
  const pathKey = htlc.pathKey ?? (payload.pathKey as Bytes);
  const hop = unwrapHop(curve, node.secret, pathKey, payload.data, node.authKey);
  const { fields: data, unknown: notes } = readRecipientData(curve, hop.plaintext, hop.own);
  const layer: PeeledLayer = {
    payload,
    records,
    data,
    notes,
    own: hop.own,
    sharedSecret: peeled.sharedSecret,
  };
  if (peeled.next === undefined) {
    const { amount, cltvExpiry, totalAmount } = payload;
    if (amount === undefined || cltvExpiry === undefined || totalAmount === undefined)
      throw notForUs('final payload is incomplete');
    return { ...layer, kind: 'receive' };
  }
  if (Object.keys(payload).some((name) => name !== 'data' && name !== 'pathKey'))
    throw notForUs('final fields in a forwarding payload');
  if ((data.shortChannelId === undefined) === (data.nextNodeId === undefined)) throw notForUs('next node');
  return {
    ...layer,
    kind: 'forward',
    shortChannelId: data.shortChannelId,
    nextNodeId: data.nextNodeId,
    ...forward(htlc, data),
    onion: writePacket(peeled.next),
    pathKey: data.nextPathKey ?? hop.nextPathKey,
  };
}

/**
 * Takes one layer off the onion of an HTLC that came over a blinded path. @throws SkiffError INVALID_ONION when it is
 * damaged, not for this node, or against the path's terms (BOLT 4 answers all with `invalid_onion_blinding`).
 */
export function peelPaymentOnion(curve: Curve, node: OnionNode, htlc: IncomingHtlc): PeeledHtlc {
  try {
    return peel(curve, node, htlc);
  } catch (e) {
    if (isSkiffError(e, 'INVALID_ENCODING')) throw notForUs(e.details.reason ?? 'encoding');
    throw e;
  }
}
