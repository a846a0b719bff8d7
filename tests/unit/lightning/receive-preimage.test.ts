// The preimage of an invoice of ours: from seed, time and salt, the same again and never another's.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPreimageOf, receivePreimage } from '../../../src/lightning/preimage.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { keyRing } from '../../../src/wallet/key-ring.ts';

const seeds = fc.uint8Array({ minLength: 64, maxLength: 64 });
const salts = fc.uint8Array({ minLength: 8, maxLength: 8 });
const times = fc.integer({ min: 1, max: 2 ** 45 });

describe('the preimage of an invoice of ours', () => {
  test('is HMAC-SHA256 under the seed over tag, time and salt', () => {
    fc.assert(
      fc.property(seeds, times, salts, (seed, time, salt) => {
        const ms = Buffer.alloc(8);
        ms.writeBigUInt64BE(BigInt(time));
        const expected = createHmac('sha256', seed)
          .update('skiff lightning receive preimage')
          .update(ms)
          .update(salt)
          .digest('hex');
        const preimage = receivePreimage(seed, time, salt);
        expect(toHex(preimage)).toBe(expected);
        expect(isPreimageOf(preimage, sha256(preimage))).toBe(true);
      }),
    );
  });

  test('comes again from the same seed and row, in another session too', () => {
    fc.assert(
      fc.property(seeds, times, salts, (seed, time, salt) => {
        const before = keyRing(seed, 'regtest').receivePreimage(time, salt);
        expect(keyRing(Uint8Array.from(seed), 'mainnet').receivePreimage(time, salt)).toEqual(before);
      }),
      { numRuns: 5 },
    );
  });

  test('is another one for another millisecond, another salt, another seed', () => {
    fc.assert(
      fc.property(seeds, times, salts, fc.nat(7), (seed, time, salt, at) => {
        const preimage = toHex(receivePreimage(seed, time, salt));
        const flipped = (bytes: Uint8Array) => bytes.with(at, (bytes[at] as number) ^ 1);
        expect(toHex(receivePreimage(seed, time + 1, salt))).not.toBe(preimage);
        expect(toHex(receivePreimage(seed, time, flipped(salt)))).not.toBe(preimage);
        expect(toHex(receivePreimage(flipped(seed), time, salt))).not.toBe(preimage);
      }),
    );
  });

  test('keeps its seed when the caller wipes the one it gave', () => {
    const seed = new Uint8Array(64).fill(7);
    const keys = keyRing(seed, 'regtest');
    const before = keys.receivePreimage(5, new Uint8Array(8));
    seed.fill(0);
    expect(keys.receivePreimage(5, new Uint8Array(8))).toEqual(before);
  });

  test('needs a time and eight bytes of salt', () => {
    const seed = new Uint8Array(64);
    for (const [time, length] of [
      [0, 8],
      [-1, 8],
      [1.5, 8],
      [1, 7],
      [1, 9],
    ] as const)
      expect(() => receivePreimage(seed, time, new Uint8Array(length))).toThrow();
  });
});
