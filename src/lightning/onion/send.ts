// Sending onion messages: to a blinded path or a node, over relays when the first node of the path is not a peer
// (BOLT 4, "Onion Messages", and route blinding's concatenation of paths).
import { SkiffError } from '../../errors.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { buildBlindedPath, unwrapHop } from '../blinded/hops.ts';
import type { HopPlan } from '../blinded/hops.ts';
import type { BlindedHop, BlindedPath } from '../blinded/path.ts';
import { readRecipientData, writeRecipientData } from '../blinded/recipient-data.ts';
import { tlv, writeFields, writeTlvs } from '../tlv.ts';
import { keyStream } from './cipher.ts';
import { writeContent } from './contents.ts';
import type { OnionContent } from './contents.ts';
import { CONTROL } from './message.ts';
import type { NextNode, OnionMessage } from './message.ts';
import { buildPacket, LARGE_PACKET, packetUse, SMALL_PACKET } from './packet.ts';

export interface MessagePlan {
  /** Fresh 32-byte secret for the keys of both chains. */
  sessionKey: Bytes;
  /** 32 random bytes: what the packet is filled with. */
  seed: Bytes;
  /** Real keys of nodes to pass before the destination, first a peer. Empty when the destination's first node is one. */
  relays?: readonly Bytes[];
  /** A blinded path, or the key of a node that is not hidden. */
  destination: BlindedPath | { nodeId: Bytes };
  content: OnionContent;
  replyPath?: BlindedPath;
}

const introductionOf = (path: BlindedPath): Bytes => {
  if ('nodeId' in path.introduction) return path.introduction.nodeId;
  throw new SkiffError({
    code: 'INVALID_ARGUMENT',
    say: 'The first node of this path is named by a channel that is not known here.',
    details: { ldk: 'UnresolvedIntroductionNode' },
  });
};

/** Blinded hops from the first relay to the end, and the path key for the first of them. */
function hopsOf(curve: Curve, plan: MessagePlan): { hops: BlindedHop[]; pathKey: Bytes } {
  const { relays = [], destination } = plan;
  const isPath = 'hops' in destination;
  if (isPath && relays.length === 0) return { hops: destination.hops, pathKey: destination.pathKey };
  const nodes = isPath ? relays : [...relays, destination.nodeId];
  const hopPlans: HopPlan[] = nodes.map((nodeId, i) => {
    const isLast = i === nodes.length - 1;
    if (isLast && !isPath) return { nodeId, plaintext: new Uint8Array() };
    const next = isLast
      ? {
          nextNodeId: introductionOf(destination as BlindedPath),
          nextPathKey: (destination as BlindedPath).pathKey,
        }
      : { nextNodeId: nodes[i + 1] as Bytes };
    return { nodeId, plaintext: writeRecipientData(next) };
  });
  const { path } = buildBlindedPath(curve, plan.sessionKey, hopPlans);
  return { hops: [...path.hops, ...(isPath ? destination.hops : [])], pathKey: path.pathKey };
}

/**
 * Makes a message for the first relay, or the destination's first node. The packet has the ordinary length when the
 * content fits, else the large one. @throws SkiffError INVALID_ARGUMENT when it fits neither.
 */
export function makeOnionMessage(curve: Curve, plan: MessagePlan): OnionMessage {
  const { hops, pathKey } = hopsOf(curve, plan);
  const { type, value } = writeContent(plan.content);
  const onionHops = hops.map(({ nodeId, data }, i) => {
    const isLast = i === hops.length - 1;
    const control = writeFields(CONTROL, { replyPath: isLast ? plan.replyPath : undefined, data });
    return { key: nodeId, payload: writeTlvs(isLast ? [...control, tlv(type, value)] : control) };
  });
  const fits = packetUse(onionHops.map((hop) => hop.payload)) <= SMALL_PACKET;
  const { packet } = buildPacket(curve, {
    sessionKey: plan.sessionKey,
    hops: onionHops,
    filling: keyStream(plan.seed, fits ? SMALL_PACKET : LARGE_PACKET),
    associatedData: new Uint8Array(),
  });
  return { pathKey, packet };
}

/**
 * For a path that starts at this node itself: the rest of it, and to whom the message goes.
 * @throws SkiffError INVALID_ONION when the first hop is not this node's, or the path ends with it.
 */
export function advancePath(
  curve: Curve,
  nodeSecret: Bytes,
  path: BlindedPath,
): { next: NextNode; path: BlindedPath } {
  const [first, ...rest] = path.hops as [BlindedHop, ...BlindedHop[]];
  const hop = unwrapHop(curve, nodeSecret, path.pathKey, first.data);
  const { nextNodeId, shortChannelId, nextPathKey } = readRecipientData(curve, hop.plaintext).fields;
  const pathKey = nextPathKey ?? hop.nextPathKey;
  if (rest.length === 0 || (nextNodeId === undefined) === (shortChannelId === undefined)) {
    throw new SkiffError({ code: 'INVALID_ONION', say: 'This path ends at its first node.' });
  }
  if (nextNodeId !== undefined)
    return {
      next: { nodeId: nextNodeId },
      path: { introduction: { nodeId: nextNodeId }, pathKey, hops: rest },
    };
  const channel = shortChannelId as bigint;
  return {
    next: { shortChannelId: channel },
    path: { introduction: { direction: 0, shortChannelId: channel }, pathKey, hops: rest },
  };
}
