// BOLT 8 with the test vectors of its appendix, and the peer messages of BOLT 1 that a node without channels speaks.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { ACT_ONE, ACT_THREE, ACT_TWO, initiate, respond } from '../../../src/lightning/noise/handshake.ts';
import {
  checkInit,
  INIT_FEATURES,
  pongFor,
  readPeerMessage,
  writePeerMessage,
} from '../../../src/lightning/noise/messages.ts';
import type { PeerMessage } from '../../../src/lightning/noise/messages.ts';
import { createTransport } from '../../../src/lightning/noise/transport.ts';
import { hasFeature } from '../../../src/lightning/features.ts';

const same = (byte: string): Uint8Array => fromHex(byte.repeat(32));
const RESPONDER = '028d7500dd4c12685d1f568b4c2b5048e8534b873319f3a8daa612b469132ec7f7';
const INITIATOR = '034f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa';
const ONE =
  '00036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6a';
const TWO =
  '0002466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730ae';
const THREE =
  '00b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139ba';
const CHAIN = '919219dbb2920afa8db80f9a51787a840bcf111ed8d588caf9ab4be716e42b01';
const SEND = '969ab31b4d288cedf6218839b27a3e2140827047f2c0f01bf5c04435d43511a9';
const RECEIVE = 'bb9020b8965f4df047e07f955f3c4b88418984aadc5cdb35096b9ea8fa5c3442';

const initiator = () => initiate(curve, { secret: same('11'), ephemeral: same('12') }, fromHex(RESPONDER));
const responder = () => respond(curve, { secret: same('21'), ephemeral: same('22') });
const hexes = (keys: object) => Object.fromEntries(Object.entries(keys).map(([k, v]) => [k, toHex(v)]));
const transports = () => {
  const [one, two] = [initiator(), responder()];
  const { actThree, keys } = one.finish(two.answer(one.actOne));
  return [createTransport(keys), createTransport(two.finish(actThree).keys)] as const;
};

describe('BOLT 8 handshake, vectors of the BOLT', () => {
  test('the initiator says acts one and three and ends with the keys', () => {
    const one = initiator();
    expect(toHex(one.actOne)).toBe(ONE);
    const { actThree, keys } = one.finish(fromHex(TWO));
    expect(toHex(actThree)).toBe(THREE);
    expect(hexes(keys)).toEqual({ send: SEND, receive: RECEIVE, chain: CHAIN });
    expect([one.actOne.length, TWO.length / 2, actThree.length]).toEqual([ACT_ONE, ACT_TWO, ACT_THREE]);
  });

  test('the responder answers, learns who calls, and ends with the same keys the other way round', () => {
    const two = responder();
    expect(toHex(two.answer(fromHex(ONE)))).toBe(TWO);
    const { remote, keys } = two.finish(fromHex(THREE));
    expect(toHex(remote)).toBe(INITIATOR);
    expect(hexes(keys)).toEqual({ send: RECEIVE, receive: SEND, chain: CHAIN });
  });

  test.each([
    ['short', TWO.slice(0, -2)],
    ['of another version', `01${TWO.slice(2)}`],
    ['with a bad key', `0004${TWO.slice(4)}`],
    ['with a bad MAC', TWO.replace(/ae$/, 'af')],
  ])('act two %s is refused', (_why, act) => {
    expect(() => initiator().finish(fromHex(act))).toThrow('PEER_MISBEHAVED');
  });

  test.each([
    ['short', ONE.slice(0, -2)],
    ['of another version', `01${ONE.slice(2)}`],
    ['with a bad key', `0004${ONE.slice(4)}`],
    ['with a bad MAC', ONE.replace(/6a$/, '6b')],
  ])('act one %s is refused', (_why, act) => {
    expect(() => responder().answer(fromHex(act))).toThrow('PEER_MISBEHAVED');
  });

  test.each([
    ['of another version', `01${THREE.slice(2)}`],
    ['short', THREE.slice(0, -2)],
    ['with a bad MAC for the key', `00c9${THREE.slice(4)}`],
    [
      'with a key off the curve',
      '00bfe3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa2235536ad09a8ee351870c2bb7f78b754a26c6cef79a98d25139c856d7efd252c2ae73c',
    ],
    ['with a bad MAC', THREE.replace(/ba$/, 'bb')],
  ])('act three %s is refused', (_why, act) => {
    const two = responder();
    two.answer(fromHex(ONE));
    expect(() => two.finish(fromHex(act))).toThrow('PEER_MISBEHAVED');
  });

  test('no step runs twice or out of order', () => {
    const one = initiator();
    one.finish(fromHex(TWO));
    expect(() => one.finish(fromHex(TWO))).toThrow('PEER_MISBEHAVED');
    const two = responder();
    expect(() => two.finish(fromHex(THREE))).toThrow('PEER_MISBEHAVED');
    const again = responder();
    again.answer(fromHex(ONE));
    expect(() => again.answer(fromHex(ONE))).toThrow('PEER_MISBEHAVED');
  });
});

describe('BOLT 8 transport', () => {
  const expected: Record<number, string> = {
    0: 'cf2b30ddf0cf3f80e7c35a6e6730b59fe802473180f396d88a8fb0db8cbcf25d2f214cf9ea1d95',
    1: '72887022101f0b6753e0c7de21657d35a4cb2a1f5cde2650528bbc8f837d0f0d7ad833b1a256a1',
    500: '178cb9d7387190fa34db9c2d50027d21793c9bc2d40b1e14dcf30ebeeeb220f48364f7a4c68bf8',
    501: '1b186c57d44eb6de4c057c49940d79bb838a145cb528d6e8fd26dbe50a60ca2c104b56b60e45bd',
    1000: '4a2f3cc3b5e78ddb83dcb426d9863d9d9a723b0337c89dd0b005d89f8d3c05c52b76b29b740f09',
    1001: '2ecd8c8a5629d0d02ab457a0fdd0f7b90a192cd46be5ecb6ca570bfc5e268338b1a16cf4ef2d36',
  };

  test('"hello" 1002 times is the BOLT\'s bytes, over both renewals of the key, and is read back', () => {
    const [a, b] = transports();
    const hello = new TextEncoder().encode('hello');
    for (let i = 0; i < 1002; i++) {
      const bytes = a.write(hello);
      if (expected[i] !== undefined) expect(toHex(bytes)).toBe(expected[i]);
      expect(b.read(bytes)).toEqual([hello]);
    }
  });

  test('messages arrive whole and in order whatever pieces the bytes come in', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 90 }), (messages, size) => {
        const [a, b] = transports();
        const stream = concat(...messages.map((m) => b.write(m)));
        const read: Uint8Array[] = [];
        for (let at = 0; at < stream.length; at += size) read.push(...a.read(stream.slice(at, at + size)));
        expect(read.map(toHex)).toEqual(messages.map(toHex));
      }),
      { numRuns: 25 },
    );
  });

  test('the longest message passes, a longer one is refused', () => {
    const [a, b] = transports();
    expect(b.read(a.write(new Uint8Array(65_535)))[0]?.length).toBe(65_535);
    expect(() => a.write(new Uint8Array(65_536))).toThrow('INVALID_ARGUMENT');
  });

  test('one changed bit ends the connection for good', () => {
    const [a, b] = transports();
    const bytes = a.write(Uint8Array.of(1, 2, 3));
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(() => b.read(bytes)).toThrow('PEER_MISBEHAVED');
    expect(() => b.read(a.write(Uint8Array.of(1)))).toThrow('PEER_MISBEHAVED');
  });
});

describe('peer messages', () => {
  const chain = same('06');
  const round = (message: PeerMessage) => readPeerMessage(curve, writePeerMessage(message));

  test('init offers onion messages and what LDK demands, all optional', () => {
    for (const even of [0, 8, 12, 14, 38, 44]) expect(hasFeature(INIT_FEATURES, even)).toBe(true);
    expect(INIT_FEATURES.every((byte) => (byte & 0x55) === 0)).toBe(true);
    expect(toHex(writePeerMessage({ kind: 'init', features: Uint8Array.of(2), networks: [chain] }))).toBe(
      `001000000001020120${toHex(chain)}`,
    );
  });

  test('every message is read as it was written', () => {
    const messages: PeerMessage[] = [
      { kind: 'init', features: INIT_FEATURES, networks: [chain] },
      { kind: 'init', features: INIT_FEATURES, networks: undefined },
      { kind: 'ping', pongBytes: 7, length: 3 },
      { kind: 'pong', length: 9 },
      { kind: 'error', channelId: new Uint8Array(32), text: 'no' },
      { kind: 'warning', channelId: new Uint8Array(32), text: 'hm' },
      { kind: 'onion', body: Uint8Array.of(1, 2, 3) },
    ];
    for (const message of messages) expect(round(message)).toEqual(message);
  });

  test('both feature vectors of init count', () => {
    const read = readPeerMessage(curve, fromHex('0010' + '000102' + '00020100'));
    expect(read).toMatchObject({ kind: 'init', features: Uint8Array.of(1, 2) });
  });

  test('a ping is answered with the length it asks for, or not at all', () => {
    expect(pongFor({ pongBytes: 4 })).toEqual({ kind: 'pong', length: 4 });
    expect(pongFor({ pongBytes: 65_532 })).toBeUndefined();
  });

  test('what a peer says is cut down to printable text', () => {
    const bytes = concat(fromHex('0011'), new Uint8Array(32), fromHex('0004'), fromHex('410a1b42'));
    expect(readPeerMessage(curve, bytes)).toMatchObject({ kind: 'error', text: 'AB' });
  });

  test('unknown odd messages are passed over, unknown even ones end the connection', () => {
    expect(readPeerMessage(curve, fromHex('8001ff'))).toBeUndefined();
    expect(() => readPeerMessage(curve, fromHex('8002ff'))).toThrow('PEER_MISBEHAVED');
  });

  test('a peer that demands an unknown feature, passes on no onion messages or lives on other chains is left', () => {
    checkInit({ features: fromHex('4000004140') }, chain);
    checkInit({ features: INIT_FEATURES, networks: [same('05'), chain] }, chain);
    expect(() => checkInit({ features: fromHex('8000000004') }, chain)).toThrow('PEER_MISBEHAVED');
    expect(() => checkInit({ features: Uint8Array.of(2) }, chain)).toThrow('PEER_MISBEHAVED');
    expect(() => checkInit({ features: INIT_FEATURES, networks: [same('05')] }, chain)).toThrow(
      'PEER_MISBEHAVED',
    );
  });

  test('garbage throws nothing but SkiffError', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.constantFrom(1, 16, 17, 18, 19, 513),
        (bytes, type) => {
          try {
            readPeerMessage(curve, concat(Uint8Array.of(type >> 8, type & 255), bytes));
            responder().answer(bytes);
          } catch (e) {
            expect(isSkiffError(e, 'PEER_MISBEHAVED')).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
