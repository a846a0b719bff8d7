// How onion messages travel between this wallet and the node that carries them. What is above does not know which way it is:
// BOLT 8 over a byte stream (bolt8.ts) is one.
import type { Bytes } from '../../crypto/curve.ts';
import type { SkiffError } from '../../errors.ts';
import type { OnionMessage } from '../../lightning/onion/message.ts';

export interface OnionTransport {
  /** 33-byte key of the node at the other end: everything that is sent passes it first. */
  readonly gateway: Bytes;
  /** Hands a message over; it may be lost. After the end nothing happens. */
  send(message: OnionMessage): void;
  close(): void;
}

export interface TransportEvents {
  received(message: OnionMessage): void;
  /** The end, told once; with an error when the other end broke the rules. */
  closed(why?: SkiffError): void;
}

/** Bytes to and fro in any pieces: a WebSocket in the browser, a socket elsewhere. */
export interface ByteStream {
  send(bytes: Bytes): void;
  close(): void;
}

/** Opens a stream. @throws SkiffError when nobody answers */
export type OpenStream = (events: { data(bytes: Bytes): void; closed(): void }) => Promise<ByteStream>;
