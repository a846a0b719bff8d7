// A Lightning peer over any byte stream: BOLT 8 handshake and encryption, init, ping and pong, and of all the rest of the
// protocol only onion messages. The other end proves its node key, so whatever carries the bytes need not be trusted.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import { ACT_TWO, initiate } from '../../lightning/noise/handshake.ts';
import {
  checkInit,
  INIT_FEATURES,
  pongFor,
  readPeerMessage,
  writePeerMessage,
  type PeerMessage,
} from '../../lightning/noise/messages.ts';
import { createTransport, type Transport } from '../../lightning/noise/transport.ts';
import { readOnionMessage, writeOnionMessage } from '../../lightning/onion/message.ts';
import type { OnionMessage } from '../../lightning/onion/message.ts';
import type { ByteStream, OpenStream } from '../../http/stream.ts';

export interface PeerOrder {
  curve: Curve;
  /** Of this wallet's node, 32 bytes. */
  nodeSecret: Bytes;
  /** Fresh 32-byte secret for this connection alone. */
  ephemeral: Bytes;
  /** 33-byte key of the node that is called. */
  remote: Bytes;
  /** Genesis hash, 32 bytes. */
  chain: Bytes;
  open: OpenStream;
  /** Ends the connection, made or not. */
  signal?: AbortSignal;
}

/** A connection to a node; after its end nothing happens. */
export interface Peer {
  send(message: OnionMessage): void;
  /** Resolves when the other end has read everything that was sent. @throws SkiffError RECIPIENT_UNREACHABLE at the end */
  flush(): Promise<void>;
  close(): void;
}

export interface PeerEvents {
  received(message: OnionMessage): void;
  /** The end, told once; with an error when the other end broke the rules. */
  closed(why?: SkiffError): void;
}

const unreachable = (): SkiffError =>
  new SkiffError({
    code: 'RECIPIENT_UNREACHABLE',
    say: 'The Lightning node that carries messages for your offers does not answer.',
    retry: 'later',
  });

/** The wire's side of a connection: bytes in, messages out, in the order of the protocol. */
function createWire({ curve, nodeSecret, ephemeral, remote, chain }: PeerOrder, out: (bytes: Bytes) => void) {
  const handshake = initiate(curve, { secret: nodeSecret, ephemeral }, remote);
  let waiting: Bytes = new Uint8Array();
  let transport: Transport | undefined;
  let isReady = false;
  const say = (message: PeerMessage) => transport && out(transport.write(writePeerMessage(message)));

  /** Bytes after the handshake, once it is done. */
  function plain(bytes: Bytes): Bytes | undefined {
    if (transport) return bytes;
    waiting = concat(waiting, bytes);
    if (waiting.length < ACT_TWO) return undefined;
    const { actThree, keys } = handshake.finish(waiting.slice(0, ACT_TWO));
    transport = createTransport(keys);
    out(actThree);
    say({ kind: 'init', features: INIT_FEATURES, networks: [chain] });
    return waiting.slice(ACT_TWO);
  }

  return {
    begin: () => out(handshake.actOne),
    say,
    /** The messages that these bytes complete. @throws SkiffError PEER_MISBEHAVED */
    read(bytes: Bytes): PeerMessage[] {
      const rest = plain(bytes);
      if (rest === undefined || !transport) return [];
      return transport.read(rest).flatMap((one) => {
        const message = readPeerMessage(curve, one);
        if (message?.kind === 'init') {
          checkInit(message, chain);
          isReady = true;
        }
        // Nothing counts before init.
        return message && isReady ? [message] : [];
      });
    },
  };
}

/**
 * Connects; resolves when the other end has said who it is and that it carries onion messages.
 * @throws SkiffError RECIPIENT_UNREACHABLE when the stream ends before; PEER_MISBEHAVED
 */
export async function connectPeer(order: PeerOrder, events: PeerEvents): Promise<Peer> {
  const ready = Promise.withResolvers<void>();
  let isOver = false;
  const wired: { stream?: ByteStream } = {};
  /** Who waits for a pong, in the order of the pings. */
  const pinged: { resolve: () => void; reject: (why: SkiffError) => void }[] = [];

  function end(why?: SkiffError): void {
    if (isOver) return;
    isOver = true;
    wired.stream?.close();
    ready.reject(why ?? unreachable());
    for (const { reject } of pinged.splice(0)) reject(why ?? unreachable());
    events.closed(why);
  }
  const wire = createWire(order, (bytes) => wired.stream?.send(bytes));

  function hear(message: PeerMessage): void {
    switch (message.kind) {
      case 'init':
        return ready.resolve();
      case 'ping': {
        const pong = pongFor(message);
        if (pong) wire.say(pong);
        return;
      }
      case 'pong':
        return pinged.shift()?.resolve();
      case 'onion':
        return events.received(readOnionMessage(order.curve, message.body));
      case 'error':
        return end();
    }
  }

  function data(bytes: Bytes): void {
    if (isOver) return;
    let messages: PeerMessage[];
    try {
      messages = wire.read(bytes);
    } catch (e) {
      return end(e instanceof SkiffError ? e : unreachable());
    }
    for (const message of messages) {
      try {
        hear(message);
      } catch {
        // An onion that does not read is one message less, not the end of the connection.
      }
    }
  }

  ready.promise.catch(() => undefined);
  order.signal?.addEventListener('abort', () => end());
  wired.stream = await order.open({ data, closed: () => end() });
  if (isOver || order.signal?.aborted) {
    wired.stream.close();
    throw unreachable();
  }
  wire.begin();
  await ready.promise;
  return {
    async flush() {
      if (isOver) throw unreachable();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      pinged.push({ resolve, reject });
      wire.say({ kind: 'ping', pongBytes: 1, length: 0 });
      return promise;
    },
    send(message) {
      if (!isOver) wire.say({ kind: 'onion', body: writeOnionMessage(message) });
    },
    close: () => end(),
  };
}
