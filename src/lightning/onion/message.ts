// Onion messages (BOLT 4, "Onion Messages"; peer message 513): what a node does with one that arrives. Silence is the
// answer to everything damaged, forged or unknown: callers drop what throws.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { isSkiffError } from '../../errors.ts';
import { blindedSecret, notForUs, unwrapHop } from '../blinded/hops.ts';
import { onePath } from '../blinded/path.ts';
import type { BlindedPath } from '../blinded/path.ts';
import { readRecipientData } from '../blinded/recipient-data.ts';
import type { RecipientData } from '../blinded/recipient-data.ts';
import { point, raw } from '../forms.ts';
import { readFields, readTlvs } from '../tlv.ts';
import type { Schema, Tlv } from '../tlv.ts';
import { readAll, writeInt } from '../wire.ts';
import { readContent } from './contents.ts';
import type { OnionContent } from './contents.ts';
import { sharedSecret } from './keys.ts';
import { peelPacket, readPacket, writePacket } from './packet.ts';
import type { OnionPacket } from './packet.ts';

export interface OnionMessage {
  /** 33 bytes: what the receiving node unblinds with. */
  pathKey: Bytes;
  packet: OnionPacket;
}

/** First record type of messages; below are control records. */
const FIRST_MESSAGE = 64n;
/** LDK's mark of a hop that only lengthens the path: the node peels on by itself. */
const DUMMY = 65539n;

export const CONTROL: Schema<{ replyPath: BlindedPath; data: Bytes }> = {
  replyPath: [2n, onePath],
  data: [4n, raw],
};

/** Body of peer message 513. @throws SkiffError INVALID_ENCODING. */
export const readOnionMessage = (curve: Curve, body: Bytes): OnionMessage =>
  readAll(body, (r) => ({
    pathKey: point.read(r.take(33), curve),
    packet: readPacket(curve, r.take(r.int(2))),
  }));

export const writeOnionMessage = ({ pathKey, packet }: OnionMessage): Bytes => {
  const bytes = writePacket(packet);
  return concat(pathKey, writeInt(bytes.length, 2), bytes);
};

/** What the node needs to know of itself. */
export interface OnionNode {
  secret: Bytes;
  /** 32 bytes: the key that its own blinded paths are written under (hops.ts `authKey`). */
  authKey?: Bytes;
}

export type NextNode = { nodeId: Bytes } | { shortChannelId: bigint };

interface Layer {
  data: Partial<RecipientData>;
  /** Unknown records of the path's author. */
  notes: Tlv[];
  /** The path was written by this node itself. */
  own: boolean;
  /** Of the path key and of the onion key. */
  secrets: { path: Bytes; onion: Bytes };
  /** The payload's records as they came. */
  records: Tlv[];
}

export type PeeledMessage = Layer &
  (
    | { kind: 'forward'; next: NextNode; message: OnionMessage }
    /** A hop to itself that only lengthens the path: peel `message` again. */
    | { kind: 'dummy'; message: OnionMessage }
    | { kind: 'receive'; content: OnionContent; replyPath?: BlindedPath }
  );

/** The one message record of a final payload. @throws SkiffError INVALID_ONION for none, two or an unknown one. */
function contentOf(curve: Curve, messages: readonly Tlv[]): OnionContent {
  const [message, second] = messages;
  if (message === undefined || second !== undefined) throw notForUs('number of messages');
  const content = readContent(curve, message.type, message.value);
  if (content === undefined) throw notForUs(`message ${message.type}`);
  return content;
}

function peel(curve: Curve, node: OnionNode, { pathKey, packet }: OnionMessage): PeeledMessage {
  // The payload can be opened only with the path's secret, the path's data only after the payload.
  const shared = sharedSecret(curve, node.secret, pathKey);
  const { payload, next, ...onion } = peelPacket(
    curve,
    blindedSecret(curve, node.secret, shared),
    packet,
    new Uint8Array(),
  );
  const records = readTlvs(payload);
  const messages = records.filter((t) => t.type >= FIRST_MESSAGE);
  const { fields } = readFields(
    CONTROL,
    records.filter((t) => t.type < FIRST_MESSAGE),
    curve,
  );
  if (fields.data === undefined) throw notForUs('no recipient data');
  const hop = unwrapHop(curve, node.secret, pathKey, fields.data, node.authKey);
  const { fields: data, unknown: notes } = readRecipientData(curve, hop.plaintext, hop.own);
  const secrets = { path: hop.sharedSecret, onion: onion.sharedSecret };
  const layer: Layer = { data, notes, own: hop.own, secrets, records };
  const { shortChannelId, nextNodeId } = data;
  if (shortChannelId !== undefined && nextNodeId !== undefined) throw notForUs('two next nodes');
  const isDummy = hop.own && notes.some((t) => t.type === DUMMY);
  if (shortChannelId === undefined && nextNodeId === undefined && !isDummy) {
    if (next !== undefined) throw notForUs('packet goes on after its end');
    return { ...layer, kind: 'receive', content: contentOf(curve, messages), replyPath: fields.replyPath };
  }
  if (next === undefined || messages.length > 0) throw notForUs('message for a forwarding hop');
  const message = { pathKey: data.nextPathKey ?? hop.nextPathKey, packet: next };
  if (isDummy) return { ...layer, kind: 'dummy', message };
  const to = nextNodeId === undefined ? { shortChannelId: shortChannelId as bigint } : { nodeId: nextNodeId };
  return { ...layer, kind: 'forward', next: to, message };
}

/**
 * Takes one layer off a message that arrived. @throws SkiffError INVALID_ONION when it is damaged, not for this node,
 * or says nothing this node understands. `own` on what is received says whether this node wrote the path: only then
 * are `data` and `notes` to be believed.
 */
export function peelOnionMessage(curve: Curve, node: OnionNode, message: OnionMessage): PeeledMessage {
  try {
    return peel(curve, node, message);
  } catch (e) {
    if (isSkiffError(e, 'INVALID_ENCODING')) throw notForUs(e.details.reason ?? 'encoding');
    throw e;
  }
}
