// Blinded paths to the gateway, and what it sends over those of others.
import { toHex } from '../../../src/crypto/bytes.ts';
import { buildBlindedPath } from '../../../src/lightning/blinded/hops.ts';
import type { BlindedPath } from '../../../src/lightning/blinded/path.ts';
import { writeRecipientData } from '../../../src/lightning/blinded/recipient-data.ts';
import type { OnionContent } from '../../../src/lightning/onion/contents.ts';
import type { ArkContext } from '../context.ts';
import type { ServerContext } from './state.ts';

/** A path of one hop to the gateway, by which it knows what a message is about. */
export function pathToGateway(
  { curve, edge, edgeKey, random }: ArkContext,
  context: ServerContext,
): BlindedPath {
  const pathId = random(16);
  edge.contexts.set(toHex(pathId), context);
  const plaintext = writeRecipientData({ pathId });
  return buildBlindedPath(curve, random(32), [{ nodeId: edgeKey.public, plaintext }]).path;
}

export interface Letter {
  readonly to: BlindedPath;
  readonly content: OnionContent;
  readonly replyPath?: BlindedPath;
}
