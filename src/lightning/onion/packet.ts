// The onion packet (BOLT 4, "Packet Structure"): layers of ChaCha20 under a MAC, all hops' payloads in one fixed length.
// Payload contents are others' business: here a payload is bytes with a BigSize length in front.
import { concat, isZero } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { hmacSha256 } from '../../crypto/hash.ts';
import { SkiffError } from '../../errors.ts';
import { notForUs } from '../blinded/hops.ts';
import { point } from '../forms.ts';
import { createReader, writeBigSize } from '../wire.ts';
import { keyStream, xor } from './cipher.ts';
import { equalSecret, keyOf, nextPoint, nextSecret, sharedSecret } from './keys.ts';

const HMAC = 32;
/** Hop data of payment onions and of ordinary onion messages. */
export const SMALL_PACKET = 1300;
/** Hop data of onion messages that do not fit the ordinary length. */
export const LARGE_PACKET = 32768;
/** Nobody's packet is longer than a Lightning message. */
const MAX_HOP_DATA = 65_535 - 66;

export interface OnionPacket {
  version: number;
  /** Ephemeral key, 33 bytes. */
  key: Bytes;
  hopData: Bytes;
  hmac: Bytes;
}

export interface OnionHop {
  /** Key the layer is for: a node's, or a blinded node id. */
  key: Bytes;
  /** TLVs, without the length in front. */
  payload: Bytes;
}

/** Reads a packet; its hop data is as long as the bytes leave. @throws SkiffError INVALID_ENCODING. */
export function readPacket(curve: Curve, bytes: Bytes): OnionPacket {
  const reader = createReader(bytes);
  const version = reader.int(1);
  const key = point.read(reader.take(33), curve);
  const hopData = reader.take(Math.max(0, reader.left() - HMAC));
  return { version, key, hopData, hmac: reader.take(HMAC) };
}

export const writePacket = ({ version, key, hopData, hmac }: OnionPacket): Bytes =>
  concat(Uint8Array.of(version), key, hopData, hmac);

const framed = (payload: Bytes): Bytes => concat(writeBigSize(payload.length), payload);

/** Bytes that hops take in the packet. */
export const packetUse = (payloads: readonly Bytes[]): number =>
  payloads.reduce((sum, payload) => sum + framed(payload).length + HMAC, 0);

export interface PacketPlan {
  /** Fresh 32-byte secret. */
  sessionKey: Bytes;
  /** First to last. */
  hops: readonly OnionHop[];
  /** What the packet starts with before any layer: `length` bytes that look random. */
  filling: Bytes;
  /** Bound by every MAC: the payment hash, nothing for messages. */
  associatedData: Bytes;
}

export interface BuiltPacket {
  packet: OnionPacket;
  /** Of every hop, to read errors that come back. */
  sharedSecrets: Bytes[];
}

/** Tail that each hop will see in the bytes its own shift moved in, so that the last MACs hold ("Filler Generation"). */
function filler(frames: readonly Bytes[], rhos: readonly Bytes[], length: number): Bytes {
  let tail: Bytes = new Uint8Array();
  for (const [i, frame] of frames.slice(0, -1).entries()) {
    const size = frame.length + HMAC;
    const stream = keyStream(rhos[i] as Bytes, length + size);
    tail = xor(concat(tail, new Uint8Array(size)), stream.subarray(length - tail.length));
  }
  return tail;
}

/** Wraps payloads in layers, the last hop's innermost. @throws SkiffError INVALID_ARGUMENT when they do not fit. */
export function buildPacket(curve: Curve, plan: PacketPlan): BuiltPacket {
  const { hops, filling, associatedData } = plan;
  const length = filling.length;
  if (hops.length === 0 || packetUse(hops.map((h) => h.payload)) > length) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'This does not fit into a Lightning onion.',
      details: { ldk: 'OnionPacketSizeExceeded', hops: hops.length, length },
    });
  }
  let secret = plan.sessionKey;
  const sharedSecrets = hops.map(({ key }) => {
    const shared = sharedSecret(curve, secret, key);
    secret = nextSecret(curve, secret, curve.publicKey(secret), shared);
    return shared;
  });
  const rhos = sharedSecrets.map((shared) => keyOf('rho', shared));
  const frames = hops.map(({ payload }) => framed(payload));
  const tail = filler(frames, rhos, length);
  let data = filling;
  let hmac: Bytes = new Uint8Array(HMAC);
  for (let i = hops.length - 1; i >= 0; i--) {
    const frame = frames[i] as Bytes;
    data = concat(frame, hmac, data).subarray(0, length);
    data = xor(data, keyStream(rhos[i] as Bytes, length));
    if (i === hops.length - 1) data.set(tail, length - tail.length);
    hmac = hmacSha256(keyOf('mu', sharedSecrets[i] as Bytes), concat(data, associatedData));
  }
  return {
    packet: { version: 0, key: curve.publicKey(plan.sessionKey), hopData: data, hmac },
    sharedSecrets,
  };
}

export interface PeeledLayer {
  payload: Bytes;
  sharedSecret: Bytes;
  /** What goes to the next hop; absent: the packet ends here. */
  next?: OnionPacket;
}

/**
 * Takes one layer off. `secret`: the node's, or its blinded one when the packet came over a blinded path.
 * @throws SkiffError INVALID_ONION for a wrong MAC or a payload that does not fit.
 */
export function peelPacket(
  curve: Curve,
  secret: Bytes,
  packet: OnionPacket,
  associatedData: Bytes,
): PeeledLayer {
  const length = packet.hopData.length;
  if (length > MAX_HOP_DATA) throw notForUs('packet too long');
  const shared = sharedSecret(curve, secret, packet.key);
  const mac = hmacSha256(keyOf('mu', shared), concat(packet.hopData, associatedData));
  if (!equalSecret(mac, packet.hmac)) throw notForUs('hmac');
  const padded = concat(packet.hopData, new Uint8Array(length));
  const open = xor(padded, keyStream(keyOf('rho', shared), 2 * length));
  const reader = createReader(open.subarray(0, length));
  const size = reader.bigSize();
  if (size > BigInt(reader.left() - HMAC)) throw notForUs('payload length');
  const payload = reader.take(Number(size));
  const hmac = reader.take(HMAC);
  if (isZero(hmac)) return { payload, sharedSecret: shared };
  const used = length - reader.left();
  const hopData = open.slice(used, used + length);
  const key = nextPoint(curve, packet.key, shared);
  return { payload, sharedSecret: shared, next: { version: 0, key, hopData, hmac } };
}
