// Ark addresses: what is written reads back; typing errors and garbage are refused with a sentence.
import fc from 'fast-check';
import { bech32m } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { addressText, arkId, decodeAddress, encodeAddress, isForServer } from '../../../src/ark/address.ts';
import type { ArkAddress, Delivery } from '../../../src/ark/address.ts';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { bytes } from '../crypto/arbitraries.ts';
import { userPolicy } from './arbitraries.ts';

const RUNS = { numRuns: 200 };
const delivery: fc.Arbitrary<Delivery> = fc.oneof(
  fc.record({ type: fc.constant('server-mailbox' as const), blindedId: bytes(33) }),
  fc.record({
    type: fc.constant('unknown' as const),
    tag: fc.integer({ min: 0, max: 255 }).filter((t) => t !== 1),
    data: fc.uint8Array({ maxLength: 60 }),
  }),
);
const address: fc.Arbitrary<ArkAddress> = fc.record({
  testnet: fc.boolean(),
  arkId: bytes(4),
  policy: userPolicy,
  delivery: fc.array(delivery, { maxLength: 3 }),
});

const codeOf = (text: string): string => {
  try {
    decodeAddress(curve, text);
    return 'accepted';
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    expect(e.say).toMatch(/^[A-Z].*\.$/);
    return e.code;
  }
};

/** The address of bark's documentation. */
const DOCUMENTED =
  'ark1pndckx4ezqqp4cn00sj5cswh7vrhh9vm647qr3ht5a57s4vdp7vrpptxv66x3ehfzqyp4cn00sj5cswh7vrhh9vm647qr3ht5a57s4vdp7vrpptxv66x3ehgjdr0q7';
const SERVER = fromHex('03d2e3205d9fd8fb2d441e9c3aa5e28ac895f7aae68c209ae918e2750861e8ffc1');
const KEY = fromHex('035c4def84a9883afe60ef72b37aaf8038dd74ed3d0ab1a1f30610acccd68d1cdd');

describe('round trips', () => {
  test('any address, in either case', () => {
    fc.assert(
      fc.property(address, (a) => {
        const text = addressText(a);
        expect(decodeAddress(curve, text)).toEqual(a);
        expect(decodeAddress(curve, text.toUpperCase())).toEqual(a);
      }),
      RUNS,
    );
  });

  test('the documented address is made and read', () => {
    const init = {
      testnet: false,
      serverPubkey: SERVER,
      policy: { type: 'pubkey', userPubkey: KEY } as const,
      delivery: [{ type: 'server-mailbox', blindedId: KEY } as const],
    };
    expect(encodeAddress(init)).toBe(DOCUMENTED);
    const read = decodeAddress(curve, DOCUMENTED);
    expect(isForServer(read, SERVER)).toBe(true);
    expect(isForServer(read, KEY)).toBe(false);
    expect(read).toEqual({
      testnet: false,
      arkId: arkId(SERVER),
      policy: init.policy,
      delivery: init.delivery,
    });
    expect(() => encodeAddress({ ...init, delivery: [] })).toThrow(/INVALID_ARGUMENT/);
  });
});

describe('refusals', () => {
  test('one wrong character is a typing error', () => {
    const places = fc.integer({ min: 4, max: DOCUMENTED.length - 1 });
    fc.assert(
      fc.property(places, fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'), (at, character) => {
        fc.pre(DOCUMENTED[at] !== character);
        const wrong = DOCUMENTED.slice(0, at) + character + DOCUMENTED.slice(at + 1);
        expect(codeOf(wrong)).toBe('INVALID_CHECKSUM');
      }),
      RUNS,
    );
  });

  test('garbage gives errors with a sentence', () => {
    const words = fc.array(fc.integer({ min: 0, max: 31 }), { maxLength: 200 });
    const checksummed = fc
      .tuple(fc.constantFrom('ark', 'tark', 'bc'), words)
      .map(([prefix, symbols]) => bech32m.encode(prefix, symbols, 1023));
    fc.assert(
      fc.property(fc.oneof(fc.string(), checksummed), (text) => {
        codeOf(text);
      }),
      { numRuns: 1000 },
    );
  });

  test('Arkade, newer kinds and other prefixes are told apart', () => {
    const withVersion = (version: number, prefix = 'ark') =>
      bech32m.encode(prefix, [version, ...bech32m.decode(DOCUMENTED as 'ark1', 1023).words.slice(1)], 1023);
    expect(codeOf(withVersion(1))).toBe('accepted');
    expect(codeOf(withVersion(0))).toBe('WRONG_SERVER');
    expect(codeOf(withVersion(2))).toBe('INVALID_ADDRESS');
    expect(codeOf(withVersion(1, 'bark'))).toBe('INVALID_ADDRESS');
    expect(codeOf(DOCUMENTED.replace('ark1p', 'ark1P'))).toBe('INVALID_ADDRESS');
  });
});
