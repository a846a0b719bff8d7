// Onion messages and payment onions beyond the vector files: relays, reply paths, large packets, own and forged paths.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { buildBlindedPath } from '../../../src/lightning/blinded/hops.ts';
import type { HopPlan } from '../../../src/lightning/blinded/hops.ts';
import type { BlindedPath } from '../../../src/lightning/blinded/path.ts';
import { onePath } from '../../../src/lightning/blinded/path.ts';
import { padRecipientData, writeRecipientData } from '../../../src/lightning/blinded/recipient-data.ts';
import type { RecipientData } from '../../../src/lightning/blinded/recipient-data.ts';
import type { OnionContent } from '../../../src/lightning/onion/contents.ts';
import {
  peelOnionMessage,
  readOnionMessage,
  writeOnionMessage,
} from '../../../src/lightning/onion/message.ts';
import type { OnionMessage, OnionNode, PeeledMessage } from '../../../src/lightning/onion/message.ts';
import { LARGE_PACKET, SMALL_PACKET } from '../../../src/lightning/onion/packet.ts';
import { makePaymentOnion, peelPaymentOnion } from '../../../src/lightning/onion/payment.ts';
import { advancePath, makeOnionMessage } from '../../../src/lightning/onion/send.ts';
import { msats } from '../../../src/units.ts';

const secret = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const [alice, bob, carol, dave] = [1, 2, 3, 4].map((n) => ({
  secret: secret(n),
  authKey: secret(100 + n),
})) as [OnionNode, OnionNode, OnionNode, OnionNode];
const id = (node: OnionNode): Uint8Array => curve.publicKey(node.secret);
const keys = { sessionKey: secret(50), seed: secret(51) };
const held: OnionContent = { kind: 'held_htlc_available' };

/** Path over `nodes` to the last, which finds `pathId` in it under its own key. */
function pathTo(
  nodes: readonly OnionNode[],
  pathId: Uint8Array,
  more: Partial<RecipientData> = {},
): BlindedPath {
  const plan = nodes.map((node, i): HopPlan => {
    const next = nodes[i + 1];
    if (next) return { nodeId: id(node), plaintext: writeRecipientData({ nextNodeId: id(next), ...more }) };
    const plaintext = padRecipientData(writeRecipientData({ pathId }), 100);
    return { nodeId: id(node), plaintext, authKey: node.authKey };
  });
  return buildBlindedPath(curve, secret(60), plan).path;
}

/** Passes a message along `nodes` and checks that each is told the next. */
function pass(message: OnionMessage, nodes: readonly OnionNode[]): PeeledMessage & { kind: 'receive' } {
  let current = readOnionMessage(curve, writeOnionMessage(message));
  for (const [i, node] of nodes.entries()) {
    const peeled = peelOnionMessage(curve, node, current);
    if (peeled.kind === 'receive') {
      expect(i).toBe(nodes.length - 1);
      return peeled;
    }
    expect(peeled.kind === 'forward' && peeled.next).toEqual({ nodeId: id(nodes[i + 1] as OnionNode) });
    current = peeled.message;
  }
  throw new Error('nobody received it');
}

describe('onion messages', () => {
  test('pass over relays to a node that hides nothing', () => {
    const message = makeOnionMessage(curve, {
      ...keys,
      relays: [id(alice), id(bob)],
      destination: { nodeId: id(carol) },
      content: held,
    });
    const received = pass(message, [alice, bob, carol]);
    expect(received.content).toEqual(held);
    expect(received.own).toBe(false);
  });

  test('pass over relays into a blinded path, whose author knows it again', () => {
    const message = makeOnionMessage(curve, {
      ...keys,
      relays: [id(alice)],
      destination: pathTo([bob, carol, dave], secret(7)),
      content: held,
    });
    const received = pass(message, [alice, bob, carol, dave]);
    expect(received.own).toBe(true);
    expect(received.data.pathId).toEqual(secret(7));
  });

  test('carry a path for the answer', () => {
    const replyPath = pathTo([carol, alice], secret(8));
    const question = makeOnionMessage(curve, {
      ...keys,
      destination: pathTo([dave], secret(7)),
      content: held,
      replyPath,
    });
    const asked = pass(question, [dave]);
    expect(asked.replyPath).toEqual(replyPath);
    const answer = makeOnionMessage(curve, {
      ...keys,
      destination: asked.replyPath as BlindedPath,
      content: { kind: 'release_held_htlc' },
    });
    expect(pass(answer, [carol, alice])).toMatchObject({ own: true, data: { pathId: secret(8) } });
  });

  test('of every kind arrive as they were sent', () => {
    const path = pathTo([bob], secret(9));
    const contents: OnionContent[] = [
      { kind: 'invoice_request', bytes: secret(1) },
      { kind: 'invoice', bytes: secret(2) },
      { kind: 'static_invoice', bytes: secret(3) },
      {
        kind: 'invoice_error',
        error: { erroneousField: 82n, suggestedValue: secret(4), message: 'zu wenig' },
      },
      { kind: 'offer_paths_request', slot: 9 },
      { kind: 'offer_paths', paths: [path, path], expiresAt: 1_900_000_000n },
      { kind: 'serve_static_invoice', invoice: secret(5), forwardPath: path },
      { kind: 'static_invoice_persisted' },
      { kind: 'held_htlc_available' },
      { kind: 'release_held_htlc' },
    ];
    for (const content of contents) {
      const message = makeOnionMessage(curve, { ...keys, destination: pathTo([dave], secret(7)), content });
      expect(pass(message, [dave]).content).toEqual(content);
    }
  });

  test('take the large packet only when they must, and nothing larger', () => {
    const make = (size: number) =>
      makeOnionMessage(curve, {
        ...keys,
        destination: pathTo([dave], secret(7)),
        content: { kind: 'invoice', bytes: new Uint8Array(size) },
      });
    expect(make(1000).packet.hopData.length).toBe(SMALL_PACKET);
    const large = make(30_000);
    expect(large.packet.hopData.length).toBe(LARGE_PACKET);
    expect(pass(large, [dave]).content).toEqual({ kind: 'invoice', bytes: new Uint8Array(30_000) });
    expect(() => make(33_000)).toThrow('INVALID_ARGUMENT');
  });

  test('a path that starts at the sender is walked one step at home', () => {
    const { next, path } = advancePath(curve, alice.secret, pathTo([alice, bob, carol], secret(7)));
    expect(next).toEqual({ nodeId: id(bob) });
    const message = makeOnionMessage(curve, { ...keys, destination: path, content: held });
    expect(pass(message, [bob, carol]).own).toBe(true);
    expect(() => advancePath(curve, alice.secret, pathTo([alice], secret(7)))).toThrow('INVALID_ONION');
    expect(() => advancePath(curve, bob.secret, pathTo([alice, bob], secret(7)))).toThrow('INVALID_ONION');
  });

  test('a path key in the data replaces the computed one', () => {
    const inner = pathTo([carol], secret(7));
    const message = makeOnionMessage(curve, {
      ...keys,
      relays: [id(bob)],
      destination: inner,
      content: held,
    });
    const peeled = peelOnionMessage(curve, bob, message);
    expect(peeled.kind === 'forward' && peeled.message.pathKey).toEqual(inner.pathKey);
  });

  test('a path that somebody else wrote to us is not believed', () => {
    const plaintext = padRecipientData(writeRecipientData({ pathId: secret(7) }), 100);
    for (const authKey of [undefined, secret(99)]) {
      const { path } = buildBlindedPath(curve, secret(61), [{ nodeId: id(dave), plaintext, authKey }]);
      const message = makeOnionMessage(curve, { ...keys, destination: path, content: held });
      if (authKey === undefined) expect(peelOnionMessage(curve, dave, message).own).toBe(false);
      else expect(() => peelOnionMessage(curve, dave, message)).toThrow('INVALID_ONION');
    }
  });

  test('two next nodes, or a path named by a channel nobody resolved, are refused', () => {
    const both = pathTo([bob, carol], secret(7), { shortChannelId: 5n });
    const message = makeOnionMessage(curve, { ...keys, destination: both, content: held });
    expect(() => peelOnionMessage(curve, bob, message)).toThrow('INVALID_ONION');
    const byChannel = { ...both, introduction: { shortChannelId: 5n, direction: 1 as const } };
    expect(onePath.read(onePath.write(byChannel), curve)).toEqual(byChannel);
    const send = () =>
      makeOnionMessage(curve, { ...keys, relays: [id(alice)], destination: byChannel, content: held });
    expect(send).toThrow('INVALID_ARGUMENT');
  });

  test('any changed byte, and any garbage, throws nothing but SkiffError', () => {
    const good = writeOnionMessage(
      makeOnionMessage(curve, { ...keys, destination: pathTo([dave], secret(7)), content: held }),
    );
    // The version byte is not looked at, as in LDK.
    const position = fc.nat(good.length - 1).filter((at) => at !== 35);
    fc.assert(
      fc.property(position, fc.integer({ min: 1, max: 255 }), fc.nat(good.length), (at, flip, cut) => {
        const changed = Uint8Array.from(good);
        changed[at] = (changed[at] ?? 0) ^ flip;
        for (const bytes of [changed, good.subarray(0, Math.min(cut, good.length - 1))]) {
          let thrown: unknown;
          try {
            peelOnionMessage(curve, dave, readOnionMessage(curve, bytes));
          } catch (e) {
            thrown = e;
          }
          expect(isSkiffError(thrown)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('payment onions over a blinded path', () => {
  const preimage = secret(70);
  const paymentHash = sha256(preimage);
  const relay = { cltvExpiryDelta: 40, feeProportionalMillionths: 1000, feeBaseMsat: 500 };
  const constraints = { maxCltvExpiry: 900_000, htlcMinimum: msats(1000) };
  const path = buildBlindedPath(curve, secret(60), [
    {
      nodeId: id(alice),
      plaintext: writeRecipientData({
        shortChannelId: 1n,
        paymentRelay: relay,
        paymentConstraints: constraints,
      }),
    },
    {
      nodeId: id(bob),
      plaintext: writeRecipientData({ nextNodeId: id(carol), paymentRelay: relay }),
    },
    {
      nodeId: id(carol),
      plaintext: writeRecipientData({ pathId: secret(7), paymentConstraints: constraints }),
      authKey: carol.authKey,
    },
  ]).path;
  const final = { amount: 100_000n, cltvExpiry: 800_020n, totalAmount: 300_000n, keysendPreimage: preimage };
  const make = (to: BlindedPath, node: OnionNode) =>
    makePaymentOnion(curve, { ...keys, paymentHash, introductionKey: id(node), path: to, final }).onion;
  const arrives = { onion: make(path, alice), paymentHash, amount: 101_203n, cltvExpiry: 800_100 };

  test("are forwarded under the path's terms and end at its author", () => {
    const one = peelPaymentOnion(curve, alice, arrives);
    if (one.kind !== 'forward') throw new Error('ends too early');
    expect(one).toMatchObject({ shortChannelId: 1n, amount: 100_603n, cltvExpiry: 800_060 });
    const two = peelPaymentOnion(curve, bob, { ...one, paymentHash });
    if (two.kind !== 'forward') throw new Error('ends too early');
    expect(two).toMatchObject({ nextNodeId: id(carol), amount: 100_003n, cltvExpiry: 800_020 });
    const end = peelPaymentOnion(curve, carol, { ...two, paymentHash });
    expect(end).toMatchObject({ kind: 'receive', own: true, payload: final, data: { pathId: secret(7) } });
  });

  test('to the introduction node itself have one layer', () => {
    const plaintext = writeRecipientData({ pathId: secret(7) });
    const plan = [{ nodeId: id(dave), plaintext, authKey: dave.authKey }];
    const direct = buildBlindedPath(curve, secret(60), plan).path;
    const received = peelPaymentOnion(curve, dave, { ...arrives, onion: make(direct, dave) });
    expect(received).toMatchObject({ kind: 'receive', own: true, payload: final });
  });

  test.each([
    ['for another hash', { paymentHash: secret(1) }],
    ["above the path's height", { cltvExpiry: 900_001 }],
    ["below the path's minimum", { amount: 999n }],
    ['with a path key where none belongs', { pathKey: id(dave) }],
    ['with a changed byte', { onion: arrives.onion.map((b, i) => (i === 700 ? b ^ 1 : b)) }],
    ['cut off', { onion: arrives.onion.slice(0, 1000) }],
  ])('%s are refused', (_why, change) => {
    expect(() => peelPaymentOnion(curve, alice, { ...arrives, ...change })).toThrow('INVALID_ONION');
  });

  test('show no two nodes the same bytes', () => {
    const one = peelPaymentOnion(curve, alice, arrives);
    expect(one.kind === 'forward' && toHex(one.onion).slice(68, 140)).not.toBe(
      toHex(arrives.onion).slice(68, 140),
    );
  });
});
