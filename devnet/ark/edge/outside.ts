// A static-invoice server that is not the Ark server's: a Lightning node that takes callers over BOLT 8, on a TCP port and,
// for browsers, behind a WebSocket bridge. For callers that are away it keeps their onion messages, in memory, and hands
// them over when they call again, as LDK's does.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { concat, toHex } from '../../../src/crypto/bytes.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { writeBlindedPath } from '../../../src/lightning/blinded/path.ts';
import { chainHash } from '../../../src/lightning/bolt12/offer.ts';
import { ACT_ONE, ACT_THREE, respond } from '../../../src/lightning/noise/handshake.ts';
import {
  INIT_FEATURES,
  pongFor,
  readPeerMessage,
  writePeerMessage,
  type PeerMessage,
} from '../../../src/lightning/noise/messages.ts';
import { createTransport, type Transport } from '../../../src/lightning/noise/transport.ts';
import { readOnionMessage, writeOnionMessage } from '../../../src/lightning/onion/message.ts';
import type { OnionMessage } from '../../../src/lightning/onion/message.ts';
import { writePacket } from '../../../src/lightning/onion/packet.ts';
import { startBridge, type Bridge } from '../../lightning/bridge.ts';
import type { ArkContext, KeyPair } from '../context.ts';
import { carryAt, deliver, readMessage } from './gateway.ts';
import { pathTo, type InvoiceNode } from './paths.ts';

export interface OutsideServer {
  /** Hex. */
  readonly nodeId: string;
  /** TCP, 127.0.0.1. */
  readonly port: number;
  /** Where browsers knock: `<node id>@ws://…`. */
  readonly address: string;
  /** Takes a customer: the blinded paths that it is to be told, hex. */
  invite(customer: string): string[];
  /** Node ids (hex) of who is connected. */
  callers(): string[];
  /** How many messages wait for this node (hex). */
  waiting(nodeId: string): number;
  /** Cuts this caller off. */
  hangUp(nodeId: string): void;
  /** Nobody answers at its port until `restart`; what it keeps, it keeps. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Callers hear from it this often, so that both ends know that the other is there. */
const PING_MS = 10_000;

/** One caller, from the first byte on. */
function take(
  node: InvoiceNode,
  socket: Socket,
  on: { ready(id: string, say: Say): void; onion(m: OnionMessage): void },
) {
  const { curve, key, random } = node;
  const handshake = respond(curve, { secret: key.secret, ephemeral: random(32) });
  let [waiting, stage]: [Bytes, number] = [new Uint8Array(), 0];
  let transport: Transport | undefined;
  let caller = '';
  const say: Say = (message) => void (transport && socket.write(transport.write(writePeerMessage(message))));

  function hear(message: PeerMessage): void {
    if (message.kind === 'init') on.ready(caller, say);
    else if (message.kind === 'onion') on.onion(readOnionMessage(curve, message.body));
    else if (message.kind === 'ping') {
      const pong = pongFor(message);
      if (pong) say(pong);
    }
  }
  function read(bytes: Bytes): void {
    for (const one of transport?.read(bytes) ?? []) {
      const message = readPeerMessage(curve, one);
      if (message) hear(message);
    }
  }
  function data(bytes: Bytes): void {
    if (stage === 2) return read(bytes);
    waiting = concat(waiting, bytes);
    if (stage === 0 && waiting.length >= ACT_ONE) {
      socket.write(handshake.answer(waiting.slice(0, ACT_ONE)));
      [waiting, stage] = [waiting.slice(ACT_ONE), 1];
    }
    if (stage !== 1 || waiting.length < ACT_THREE) return;
    const { remote, keys } = handshake.finish(waiting.slice(0, ACT_THREE));
    [caller, transport, stage] = [toHex(remote), createTransport(keys), 2];
    say({ kind: 'init', features: INIT_FEATURES, networks: [chainHash('regtest')] });
    read(waiting.slice(ACT_THREE));
  }
  socket.on('data', (bytes) => {
    try {
      data(Uint8Array.from(bytes));
    } catch (e) {
      if (!isSkiffError(e)) throw e;
      socket.destroy();
    }
  });
}
type Say = (message: PeerMessage) => void;

/** Starts it on free ports of 127.0.0.1. */
export async function startOutsideServer(ctx: ArkContext, key: KeyPair): Promise<OutsideServer> {
  const { curve, edge, now, random } = ctx;
  const { elsewhere } = edge;
  const node: InvoiceNode = { curve, key, shelf: elsewhere, now, random };
  const callers = new Map<string, { socket: Socket; say: Say }>();
  const sockets = new Set<Socket>();
  const onion = (message: OnionMessage): PeerMessage => ({ kind: 'onion', body: writeOnionMessage(message) });

  const toCaller = (nodeId: Bytes, message: OnionMessage): void => {
    const id = toHex(nodeId);
    const there = callers.get(id);
    if (there) return there.say(onion(message));
    const stored = elsewhere.waiting.get(id);
    if (stored) stored.push({ pathKey: message.pathKey, packet: writePacket(message.packet) });
    else deliver(ctx, nodeId, message);
  };
  const carry = (message: OnionMessage) => carryAt(node, message, toCaller);
  edge.neighbours.set(toHex(key.public), (bytes) => carry(readMessage(ctx, bytes)));

  function accept(socket: Socket): void {
    sockets.add(socket);
    let id = '';
    const pings = setInterval(() => callers.get(id)?.say({ kind: 'ping', pongBytes: 1, length: 0 }), PING_MS);
    take(node, socket, {
      ready(caller, say) {
        id = caller;
        callers.get(id)?.socket.destroy();
        callers.set(id, { socket, say });
        for (const bytes of elsewhere.waiting.get(id) ?? []) say(onion(readMessage(ctx, bytes)));
        elsewhere.waiting.set(id, []);
      },
      onion: carry,
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearInterval(pings);
      sockets.delete(socket);
      if (callers.get(id)?.socket === socket) callers.delete(id);
    });
  }

  let server: Server | undefined;
  const listen = (at: number) =>
    new Promise<number>((resolve, reject) => {
      server = createServer(accept);
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => resolve((server?.address() as AddressInfo).port));
    });
  async function crash(): Promise<void> {
    const old = server;
    server = undefined;
    sockets.forEach((socket) => socket.destroy());
    if (old) await new Promise((resolve) => old.close(resolve));
  }

  const port = await listen(0);
  const bridge: Bridge = await startBridge(port);
  const nodeId = toHex(key.public);
  return {
    nodeId,
    port,
    address: `${nodeId}@${bridge.url}`,
    invite: (recipient) => [toHex(writeBlindedPath(pathTo(node, { is: 'setup', recipient })))],
    callers: () => [...callers.keys()],
    waiting: (id) => elsewhere.waiting.get(id)?.length ?? 0,
    hangUp: (id) => void callers.get(id)?.socket.destroy(),
    crash,
    async restart() {
      if (!server) await listen(port);
    },
    async stop() {
      await crash();
      await bridge.stop();
    },
  };
}
