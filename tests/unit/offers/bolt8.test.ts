// A peer connection over a byte stream: who answers is who was called, nothing counts before init, only onion messages get
// through, and what is against the rules ends it.
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import type { SkiffError } from '../../../src/errors.ts';
import { featureVector } from '../../../src/lightning/features.ts';
import { ACT_ONE, ACT_THREE, respond } from '../../../src/lightning/noise/handshake.ts';
import {
  INIT_FEATURES,
  readPeerMessage,
  writePeerMessage,
  type PeerMessage,
} from '../../../src/lightning/noise/messages.ts';
import { createTransport, type Transport } from '../../../src/lightning/noise/transport.ts';
import { writeOnionMessage, type OnionMessage } from '../../../src/lightning/onion/message.ts';
import { release } from '../../../src/offers/async/flow.ts';
import { messagePath } from '../../../src/offers/async/paths.ts';
import { connectPeer } from '../../../src/offers/transport/bolt8.ts';
import { createEnvelopes } from '../../../src/offers/transport/messenger.ts';
import { AROUND, GATEWAY, NODE } from './world.ts';

const secret = (name: string): Bytes => sha256(new TextEncoder().encode(name));
const CHAIN = fromHex('06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f');
const INIT: PeerMessage = { kind: 'init', features: INIT_FEATURES, networks: [CHAIN] };

/** A node at the other end of a stream that delivers bytes one by one. */
function createNode(nodeSecret: Bytes, init: PeerMessage = INIT) {
  const two = respond(curve, { secret: nodeSecret, ephemeral: secret('theirs') });
  const heard: PeerMessage[] = [];
  let [waiting, transport, stage]: [Bytes, Transport | undefined, number] = [new Uint8Array(), undefined, 0];
  let toSkiff: (bytes: Bytes) => void = () => undefined;
  let hangUp: () => void = () => undefined;
  let [isClosed, isAwake] = [false, true];
  const say = (message: PeerMessage) =>
    transport?.write(writePeerMessage(message)).forEach((byte) => toSkiff(Uint8Array.of(byte)));
  function hear(bytes: Bytes): void {
    waiting = Uint8Array.from([...waiting, ...bytes]);
    if (stage === 0 && waiting.length >= ACT_ONE) {
      stage = 1;
      const actTwo = two.answer(waiting.slice(0, ACT_ONE));
      waiting = waiting.slice(ACT_ONE);
      toSkiff(actTwo);
    } else if (stage === 1 && waiting.length >= ACT_THREE) {
      stage = 2;
      transport = createTransport(two.finish(waiting.slice(0, ACT_THREE)).keys);
      const rest = waiting.slice(ACT_THREE);
      say(init);
      hear2(rest);
    } else if (stage === 2) hear2(bytes);
  }
  const hear2 = (bytes: Bytes) =>
    transport?.read(bytes).forEach((one) => {
      const message = readPeerMessage(curve, one);
      if (message) heard.push(message);
      if (message?.kind === 'ping' && isAwake) say({ kind: 'pong', length: message.pongBytes });
    });
  return {
    heard,
    say,
    raw: (bytes: Bytes) => toSkiff(bytes),
    hangUp: () => hangUp(),
    closed: () => isClosed,
    doze: () => void (isAwake = false),
    open: async ({ data, closed }: { data(bytes: Bytes): void; closed(): void }) => {
      [toSkiff, hangUp] = [data, closed];
      return { send: hear, close: () => void (isClosed = true) };
    },
  };
}
type Node = ReturnType<typeof createNode>;

async function call(node: Node, remote = curve.publicKey(GATEWAY)) {
  const received: OnionMessage[] = [];
  const ends: (SkiffError | undefined)[] = [];
  const order = { curve, nodeSecret: NODE, ephemeral: secret('ours'), remote, chain: CHAIN, open: node.open };
  const transport = await connectPeer(order, {
    received: (message) => received.push(message),
    closed: (why) => ends.push(why),
  });
  return { transport, received, ends };
}

const random = (() => {
  let i = 0;
  return (length: number) => secret(`random ${(i += 1)}`).slice(0, length);
})();
/** An onion from the gateway to us. */
function letter(): OnionMessage {
  const path = messagePath(AROUND, { kind: 'offer-paths', slot: 3, expiresAt: 9 }, random(32));
  const [, last] = path.hops;
  if (!last) throw new Error('no hop');
  const out = createEnvelopes({ curve, nodeSecret: NODE, random }).wrap(release(path), AROUND.gateway);
  return out;
}

describe('a peer over a byte stream', () => {
  test('says who it is, takes onion messages, answers pings', async () => {
    const node = createNode(GATEWAY);
    const { transport, received, ends } = await call(node);
    const message = letter();
    transport.send(message);
    node.say({ kind: 'ping', pongBytes: 7, length: 3 });
    node.say({ kind: 'onion', body: writeOnionMessage(message) });
    expect(node.heard).toEqual([
      INIT,
      { kind: 'onion', body: writeOnionMessage(message) },
      { kind: 'pong', length: 7 },
    ]);
    expect(received).toEqual([message]);
    transport.close();
    transport.close();
    expect([ends, node.closed()]).toEqual([[undefined], true]);
    transport.send(message);
    expect(node.heard).toHaveLength(3);
  });

  test('that is not the one that was called gets nothing', async () => {
    const node = createNode(secret('somebody else'));
    await expect(call(node)).rejects.toThrow();
    expect(node.heard).toEqual([]);
  });

  test('that goes before it has said who it is was not reached', async () => {
    const node = createNode(GATEWAY, { kind: 'pong', length: 0 });
    const calling = call(node);
    await Promise.resolve();
    node.hangUp();
    await expect(calling).rejects.toThrow('RECIPIENT_UNREACHABLE');
  });

  test.each<[string, PeerMessage]>([
    ['carries no onion messages', { ...INIT, kind: 'init', features: featureVector([1, 9]) }],
    ['wants a feature that nobody knows', { ...INIT, kind: 'init', features: featureVector([39, 1000]) }],
    ['is on another chain', { kind: 'init', features: INIT_FEATURES, networks: [secret('chain')] }],
  ])('that %s is left', async (_why, init) => {
    const node = createNode(GATEWAY, init);
    await expect(call(node)).rejects.toThrow('PEER_MISBEHAVED');
    expect(node.closed()).toBe(true);
  });

  test('whose bytes were touched is left at once', async () => {
    const node = createNode(GATEWAY);
    const { ends } = await call(node);
    node.raw(new Uint8Array(40));
    expect(ends).toMatchObject([{ code: 'PEER_MISBEHAVED' }]);
    expect(node.closed()).toBe(true);
  });

  test('may send an onion that does not read: it is one message less', async () => {
    const node = createNode(GATEWAY);
    const { received, ends } = await call(node);
    node.say({ kind: 'onion', body: Uint8Array.of(1, 2, 3) });
    const message = letter();
    node.say({ kind: 'onion', body: writeOnionMessage(message) });
    expect([received, ends]).toEqual([[message], []]);
  });

  test('has read what was sent when it says so; when it goes without a word nobody knows', async () => {
    const node = createNode(GATEWAY);
    const { transport } = await call(node);
    const message = letter();
    transport.send(message);
    await transport.flush();
    expect(node.heard.map(({ kind }) => kind)).toEqual(['init', 'onion', 'ping']);
    node.doze();
    transport.send(message);
    const waiting = transport.flush();
    node.hangUp();
    await expect(waiting).rejects.toThrow('RECIPIENT_UNREACHABLE');
    await expect(transport.flush()).rejects.toThrow('RECIPIENT_UNREACHABLE');
  });

  test('that is given up while it is called is left', async () => {
    const order = {
      curve,
      nodeSecret: NODE,
      ephemeral: secret('ours'),
      remote: curve.publicKey(GATEWAY),
      chain: CHAIN,
    };
    const giveUp = new AbortController();
    let isClosed = false;
    const open = async () => ({ send: () => undefined, close: () => void (isClosed = true) });
    const events = { received: () => undefined, closed: () => undefined };
    const calling = connectPeer({ ...order, open, signal: giveUp.signal }, events);
    await Promise.resolve();
    giveUp.abort();
    await expect(calling).rejects.toThrow('RECIPIENT_UNREACHABLE');
    expect(isClosed).toBe(true);
  });

  test('that says error is gone', async () => {
    const node = createNode(GATEWAY);
    const { ends } = await call(node);
    node.say({ kind: 'error', channelId: new Uint8Array(32), text: 'go away' });
    expect(ends).toEqual([undefined]);
  });
});

describe('envelopes', () => {
  const ours = createEnvelopes({ curve, nodeSecret: NODE, random });

  test('for somebody else, or damaged, are dropped', () => {
    const message = letter();
    expect(ours.unwrap(message)).toBeUndefined();
    const stranger = createEnvelopes({ curve, nodeSecret: secret('stranger'), random });
    expect(stranger.unwrap(message)).toBeUndefined();
  });
});
