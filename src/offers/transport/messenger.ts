// Between the flow's messages and a transport: wraps what goes out in an onion, over the gateway where the destination is
// somewhere else, and peels what comes in. What cannot be peeled is not for us and is dropped.
import { equalBytes } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { isSkiffError } from '../../errors.ts';
import { makeOnionMessage, type MessagePlan } from '../../lightning/onion/send.ts';
import { peelOnionMessage, type OnionMessage } from '../../lightning/onion/message.ts';
import type { Arrived, Outgoing } from '../async/flow.ts';

export interface Envelopes {
  /** The onion for the gateway. @throws SkiffError INVALID_ARGUMENT for a path that begins with an unknown channel */
  wrap(message: Outgoing, gateway: Bytes): OnionMessage;
  /** What it says, if it is for us. */
  unwrap(message: OnionMessage): Arrived | undefined;
}

export interface EnvelopeParts {
  curve: Curve;
  /** Of this wallet's node, 32 bytes. */
  nodeSecret: Bytes;
  random(length: number): Bytes;
}

export const createEnvelopes = ({ curve, nodeSecret, random }: EnvelopeParts): Envelopes => ({
  wrap({ to, content, replyPath }, gateway) {
    const { introduction } = to;
    const isNear = 'nodeId' in introduction && equalBytes(introduction.nodeId, gateway);
    const plan: MessagePlan = {
      sessionKey: random(32),
      seed: random(32),
      relays: isNear ? [] : [gateway],
      destination: to,
      content,
      ...(replyPath && { replyPath }),
    };
    return makeOnionMessage(curve, plan);
  },

  unwrap(message) {
    try {
      const peeled = peelOnionMessage(curve, { secret: nodeSecret }, message);
      if (peeled.kind !== 'receive') return undefined;
      const { content, data, replyPath } = peeled;
      return { content, pathId: data.pathId, ...(replyPath && { replyPath }) };
    } catch (e) {
      if (isSkiffError(e)) return undefined;
      throw e;
    }
  },
});
