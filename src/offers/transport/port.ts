// How onion messages travel between this wallet and the node that carries them: through the Ark server's mailbox, or over
// BOLT 8 with a node that the person chose. What is above does not know which way it is. Messages that come in go into the
// inbox, whichever way they came, and are worked on from there.
import type { Bytes } from '../../crypto/curve.ts';
import type { OnionMessage } from '../../lightning/onion/message.ts';

export interface OnionTransport {
  /** 33-byte key of the node that everything passes first. */
  readonly gateway: Bytes;
  /** Resolves when that node has them all. @throws SkiffError when it cannot be known that it has */
  send(messages: readonly OnionMessage[]): Promise<void>;
  /** Takes in what waits there for us, or, with `expecting`, what is about to come, and works on it. @throws SkiffError */
  take(expecting?: boolean): Promise<void>;
}
