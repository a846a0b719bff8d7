// The few peer messages that a node without channels needs (BOLT 1): init, ping, pong, error, warning, and the onion
// message (513, BOLT 4), whose body src/lightning/onion reads.
import { concat, equalBytes } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { isSkiffError } from '../../errors.ts';
import { featureVector, hasFeature, requiresUnknownFeature } from '../features.ts';
import { listOf, raw } from '../forms.ts';
import { readFields, readTlvs, writeFields, writeTlvs } from '../tlv.ts';
import type { Schema } from '../tlv.ts';
import { createReader, writeInt } from '../wire.ts';
import type { Reader } from '../wire.ts';
import { peerError } from './cipher.ts';

export type PeerMessage =
  | { kind: 'init'; features: Bytes; networks?: Bytes[] }
  | { kind: 'ping'; pongBytes: number; length: number }
  | { kind: 'pong'; length: number }
  /** `text`: what the peer says, cut down to printable ASCII. */
  | { kind: 'error' | 'warning'; channelId: Bytes; text: string }
  | { kind: 'onion'; body: Bytes };

const TYPES = { warning: 1, init: 16, error: 17, ping: 18, pong: 19, onion: 513 } as const;

/** Above this a ping wants no pong. */
const MAX_PONG = 65_531;

const ONION_MESSAGES = 38;

/** data_loss_protect, var_onion, static_remote_key, payment_secret, onion_messages, channel_type: even bit numbers. */
const OFFERED = [0, 8, 12, 14, ONION_MESSAGES, 44];

/** Even bits that BOLT 9 gives a meaning: what they ask of channels and gossip does not concern this node. */
const KNOWN = [...OFFERED, ...[4, 6, 10, 16, 18, 20, 22, 24, 26, 28, 34, 36, 42, 46, 48, 50, 60, 62]];

/**
 * Features for init: onion messages, and those that LDK demands of every peer although this node never opens a channel.
 * All optional (odd).
 */
export const INIT_FEATURES = featureVector(OFFERED.map((bit) => bit + 1));

const INIT_TLVS: Schema<{ networks: Bytes[]; remoteAddress: Bytes }> = {
  networks: [1n, listOf(32)],
  remoteAddress: [3n, raw],
};

const sized = (bytes: Bytes): Bytes => concat(writeInt(bytes.length, 2), bytes);
const takeSized = (reader: Reader): Bytes => reader.take(reader.int(2));
const printable = (bytes: Bytes): string =>
  Array.from(bytes, (b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '')).join('');

/** The two vectors of init count as one: a bit in either is set. */
function union(a: Bytes, b: Bytes): Bytes {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const offset = long.length - short.length;
  return long.map((byte, i) => byte | (short[i - offset] ?? 0));
}

function readBody(kind: keyof typeof TYPES, reader: Reader, curve: Curve): PeerMessage {
  switch (kind) {
    case 'init': {
      const features = union(takeSized(reader), takeSized(reader));
      const { networks } = readFields(INIT_TLVS, readTlvs(reader.take(reader.left())), curve).fields;
      return { kind, features, networks };
    }
    case 'ping': {
      const pongBytes = reader.int(2);
      return { kind, pongBytes, length: takeSized(reader).length };
    }
    case 'pong':
      return { kind, length: takeSized(reader).length };
    case 'error':
    case 'warning':
      return { kind, channelId: reader.take(32), text: printable(takeSized(reader)) };
    case 'onion':
      return { kind, body: reader.take(reader.left()) };
  }
}

/**
 * Reads a message. Undefined for an unknown odd type, which is passed over.
 * @throws SkiffError PEER_MISBEHAVED for damage or an unknown even type.
 */
export function readPeerMessage(curve: Curve, bytes: Bytes): PeerMessage | undefined {
  try {
    const reader = createReader(bytes);
    const type = reader.int(2);
    const kind = (Object.keys(TYPES) as Array<keyof typeof TYPES>).find((k) => TYPES[k] === type);
    if (kind !== undefined) return readBody(kind, reader, curve);
    if (type % 2 === 1) return undefined;
    throw peerError(`message ${type}`);
  } catch (e) {
    if (isSkiffError(e, 'INVALID_ENCODING')) throw peerError(e.details.reason ?? 'encoding');
    throw e;
  }
}

function body(message: PeerMessage): Bytes {
  switch (message.kind) {
    case 'init': {
      const tlvs = writeFields(INIT_TLVS, { networks: message.networks });
      return concat(sized(new Uint8Array()), sized(message.features), writeTlvs(tlvs));
    }
    case 'ping':
      return concat(writeInt(message.pongBytes, 2), sized(new Uint8Array(message.length)));
    case 'pong':
      return sized(new Uint8Array(message.length));
    case 'error':
    case 'warning':
      return concat(message.channelId, sized(new TextEncoder().encode(message.text)));
    case 'onion':
      return message.body;
  }
}

export const writePeerMessage = (message: PeerMessage): Bytes =>
  concat(writeInt(TYPES[message.kind], 2), body(message));

/** The answer a ping wants, if any. */
export const pongFor = (ping: { pongBytes: number }): PeerMessage | undefined =>
  ping.pongBytes > MAX_PONG ? undefined : { kind: 'pong', length: ping.pongBytes };

/**
 * Can this node talk to a peer that said `init`? @throws SkiffError PEER_MISBEHAVED when the peer demands an unknown
 * feature, passes no onion messages on, or names only other chains. `chain`: 32-byte genesis hash.
 */
export function checkInit(init: { features: Bytes; networks?: Bytes[] }, chain: Bytes): void {
  if (requiresUnknownFeature(init.features, KNOWN)) throw peerError('unknown required feature');
  if (!hasFeature(init.features, ONION_MESSAGES)) throw peerError('no onion messages');
  if (init.networks !== undefined && !init.networks.some((n) => equalBytes(n, chain)))
    throw peerError('other chains only');
}
