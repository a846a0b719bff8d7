// The gateway: one Lightning node that is the Ark server's, the static-invoice server and the carrier of onion messages in
// one. Messages for wallets go to their mailboxes, where they wait for as long as it takes. And what every node does that
// carries messages and keeps invoices.
import { toHex } from '../../../src/crypto/bytes.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { peelOnionMessage, type OnionMessage } from '../../../src/lightning/onion/message.ts';
import { readPacket, writePacket } from '../../../src/lightning/onion/packet.ts';
import { makeOnionMessage } from '../../../src/lightning/onion/send.ts';
import { isSkiffError } from '../../../src/errors.ts';
import type { ArkContext } from '../context.ts';
import { serveRecipient } from './invoice-server.ts';
import type { InvoiceNode, Letter } from './paths.ts';

/** Hands a message to the node that peels it next. */
export type Deliver = (nodeId: Bytes, message: OnionMessage) => void;

export const gatewayNode = ({ curve, edge, edgeKey, now, random }: ArkContext): InvoiceNode => ({
  curve,
  key: edgeKey,
  shelf: edge,
  now,
  random,
});

/** A message of the node's own, on its way. */
function send({ curve, random }: InvoiceNode, { to, content, replyPath }: Letter, deliver: Deliver): void {
  if (!('nodeId' in to.introduction)) return;
  const message = makeOnionMessage(curve, {
    sessionKey: random(32),
    seed: random(32),
    destination: to,
    content,
    ...(replyPath && { replyPath }),
  });
  deliver(to.introduction.nodeId, message);
}

/** What a node does with a message that arrives: its own word, or one for the next node. Silence for the rest. */
export function carryAt(node: InvoiceNode, message: OnionMessage, deliver: Deliver): void {
  const { curve, key, shelf } = node;
  try {
    const peeled = peelOnionMessage(curve, { secret: key.secret }, message);
    if (peeled.kind === 'forward' && 'nodeId' in peeled.next)
      return deliver(peeled.next.nodeId, peeled.message);
    if (peeled.kind !== 'receive') return;
    const context = shelf.contexts.get(toHex(peeled.data.pathId ?? new Uint8Array()));
    if (!context) return;
    const { content, replyPath } = peeled;
    for (const letter of serveRecipient(node, context, content, replyPath)) send(node, letter, deliver);
  } catch (e) {
    if (!isSkiffError(e)) throw e;
  }
}

/** Sends a message of the gateway's own, or passes one on under its name. */
export const sendOnion = (ctx: ArkContext, letter: Letter): void =>
  send(gatewayNode(ctx), letter, (nodeId, message) => deliver(ctx, nodeId, message));

/** Where a message goes from the gateway; unknown nodes are out of reach, and nobody is told. */
export function deliver(ctx: ArkContext, nodeId: Bytes, message: OnionMessage): void {
  const { config, edge, edgeKey, mailboxes } = ctx;
  const id = toHex(nodeId);
  if (id === toHex(edgeKey.public)) return carry(ctx, message);
  const bytes = { pathKey: message.pathKey, packet: writePacket(message.packet) };
  edge.neighbours.get(id)?.(bytes);
  const peer = edge.peers.get(id);
  if (!peer || !config.extensions.includes('onion-mailbox')) return;
  edge.messages += 1;
  mailboxes.post(peer.mailbox, [{ kind: 'onion-message', name: `onion ${edge.messages} ${id}`, ...bytes }]);
}

/** What the gateway does with a message that arrives. */
export const carry = (ctx: ArkContext, message: OnionMessage): void =>
  carryAt(gatewayNode(ctx), message, (nodeId, next) => deliver(ctx, nodeId, next));

/** A message as it comes over the wire. @throws SkiffError INVALID_ENCODING */
export const readMessage = (
  { curve }: Pick<ArkContext, 'curve'>,
  { pathKey, packet }: { pathKey: Bytes; packet: Bytes },
): OnionMessage => ({ pathKey, packet: readPacket(curve, packet) });
