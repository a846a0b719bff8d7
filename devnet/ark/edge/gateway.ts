// The gateway: one Lightning node that is the Ark server's, the static-invoice server and the carrier of onion messages in
// one. Messages for wallets go to their mailboxes, where they wait for as long as it takes.
import { toHex } from '../../../src/crypto/bytes.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { peelOnionMessage, type OnionMessage } from '../../../src/lightning/onion/message.ts';
import { readPacket, writePacket } from '../../../src/lightning/onion/packet.ts';
import { makeOnionMessage } from '../../../src/lightning/onion/send.ts';
import { isSkiffError } from '../../../src/errors.ts';
import type { ArkContext } from '../context.ts';
import { serveRecipient } from './invoice-server.ts';
import type { Letter } from './paths.ts';

/** Sends a message of the gateway's own, or passes one on under its name. */
export function sendOnion(ctx: ArkContext, { to, content, replyPath }: Letter): void {
  if (!('nodeId' in to.introduction)) return;
  const { curve, random } = ctx;
  const message = makeOnionMessage(curve, {
    sessionKey: random(32),
    seed: random(32),
    destination: to,
    content,
    ...(replyPath && { replyPath }),
  });
  deliver(ctx, to.introduction.nodeId, message);
}

/** Hands a message to the node that peels it next; unknown nodes are out of reach, and nobody is told. */
function deliver(ctx: ArkContext, nodeId: Bytes, message: OnionMessage): void {
  const { edge, edgeKey, mailboxes } = ctx;
  const id = toHex(nodeId);
  if (id === toHex(edgeKey.public)) return carry(ctx, message);
  const bytes = { pathKey: message.pathKey, packet: writePacket(message.packet) };
  edge.neighbours.get(id)?.(bytes);
  const peer = edge.peers.get(id);
  if (!peer) return;
  edge.messages += 1;
  mailboxes.post(peer.mailbox, [{ kind: 'onion-message', name: `onion ${edge.messages} ${id}`, ...bytes }]);
}

/** What the gateway does with a message that arrives: its own word, or one for the next node. Silence for the rest. */
export function carry(ctx: ArkContext, message: OnionMessage): void {
  const { curve, edge, edgeKey } = ctx;
  try {
    const peeled = peelOnionMessage(curve, { secret: edgeKey.secret }, message);
    if (peeled.kind === 'forward' && 'nodeId' in peeled.next)
      return deliver(ctx, peeled.next.nodeId, peeled.message);
    if (peeled.kind !== 'receive') return;
    const context = edge.contexts.get(toHex(peeled.data.pathId ?? new Uint8Array()));
    if (!context) return;
    const { content, replyPath } = peeled;
    for (const letter of serveRecipient(ctx, context, content, replyPath)) sendOnion(ctx, letter);
  } catch (e) {
    if (!isSkiffError(e)) throw e;
  }
}

/** A message as it comes over the wire. @throws SkiffError INVALID_ENCODING */
export const readMessage = (
  { curve }: ArkContext,
  { pathKey, packet }: { pathKey: Bytes; packet: Bytes },
): OnionMessage => ({ pathKey, packet: readPacket(curve, packet) });
