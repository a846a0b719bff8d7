// Blinded paths to a static-invoice server, and what it sends over those of others.
import { toHex } from '../../../src/crypto/bytes.ts';
import { buildBlindedPath } from '../../../src/lightning/blinded/hops.ts';
import type { BlindedPath } from '../../../src/lightning/blinded/path.ts';
import { writeRecipientData } from '../../../src/lightning/blinded/recipient-data.ts';
import type { OnionContent } from '../../../src/lightning/onion/contents.ts';
import type { Bytes, Curve } from '../../../src/crypto/curve.ts';
import type { KeyPair } from '../context.ts';
import type { InvoiceShelf, ServerContext } from './state.ts';

/** A node that is a static-invoice server. */
export interface InvoiceNode {
  readonly curve: Curve;
  readonly key: KeyPair;
  readonly shelf: InvoiceShelf;
  /** ms. */
  readonly now: () => number;
  readonly random: (length: number) => Bytes;
}

/** A path of one hop to the node, by which it knows what a message is about. */
export function pathTo({ curve, key, shelf, random }: InvoiceNode, context: ServerContext): BlindedPath {
  const pathId = random(16);
  shelf.contexts.set(toHex(pathId), context);
  const plaintext = writeRecipientData({ pathId });
  return buildBlindedPath(curve, random(32), [{ nodeId: key.public, plaintext }]).path;
}

export interface Letter {
  readonly to: BlindedPath;
  readonly content: OnionContent;
  readonly replyPath?: BlindedPath;
}
