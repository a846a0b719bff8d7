// Ark's codecs: what is written reads back the same; garbage is refused with a SkiffError and nothing else, in bounded time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSkiffError } from '../../../src/errors.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { encodeWith, Reader, VECTOR_CAPS } from '../../../src/ark/encode.ts';
import { encodeGenesis, readGenesis } from '../../../src/ark/genesis.ts';
import { decodePolicy, decodeUserPolicy, encodePolicy, isUserPolicy } from '../../../src/ark/policy.ts';
import { parseTx, serializeTx } from '../../../src/ark/tx.ts';
import { parseVtxoId, vtxoIdBytes, vtxoIdFromBytes, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import { decodeServerVtxo, decodeVtxo, encodeVtxo, exitDepth } from '../../../src/ark/vtxo.ts';
import { genesisItem, outPoint, policy, vtxo } from './arbitraries.ts';

const RUNS = { numRuns: 200 };

/** Runs a decoder on what should not decode; anything but a SkiffError fails the test. */
function onlySkiffErrors(decode: () => unknown): void {
  try {
    decode();
  } catch (e) {
    if (!isSkiffError(e, 'INVALID_ENCODING')) throw e;
  }
}

const decoders: Record<string, (bytes: Uint8Array) => unknown> = {
  'full vtxo': (b) => decodeVtxo(curve, b, 'full'),
  'bare vtxo': (b) => decodeVtxo(curve, b, 'bare'),
  'server vtxo': (b) => decodeServerVtxo(curve, b, 'full'),
  policy: (b) => decodePolicy(curve, b),
  'user policy': (b) => decodeUserPolicy(curve, b),
  'vtxo id': vtxoIdFromBytes,
  transaction: parseTx,
};

describe('round trips', () => {
  test('vtxo, full and bare', () => {
    fc.assert(
      fc.property(vtxo, (v) => {
        const bytes = encodeVtxo(v, 'full');
        expect(encodeVtxo(decodeVtxo(curve, bytes, 'full'), 'full')).toEqual(bytes);
        expect(exitDepth(decodeVtxo(curve, bytes, 'full'))).toBe(v.genesis.length);
        const bare = decodeVtxo(curve, bytes, 'bare');
        expect(bare.genesis).toEqual([]);
        expect(decodeVtxo(curve, encodeVtxo(bare, 'bare'), 'bare')).toEqual(bare);
      }),
      RUNS,
    );
  });

  test('policies, and which of them a user may have', () => {
    fc.assert(
      fc.property(policy, (p) => {
        const bytes = encodePolicy(p);
        expect(decodePolicy(curve, bytes)).toEqual(p);
        if (isUserPolicy(p)) expect(decodeUserPolicy(curve, bytes)).toEqual(p);
        else expect(() => decodeUserPolicy(curve, bytes)).toThrow(/INVALID_ENCODING/);
      }),
      RUNS,
    );
  });

  test('a genesis of version 1 is one of version 2 without fees', () => {
    fc.assert(
      fc.property(genesisItem, (item) => {
        const v2 = encodeGenesis([item]);
        const v1 = v2.slice(0, -8);
        const [read] = readGenesis(new Reader(curve, v1), 1);
        expect(read).toEqual({ ...item, feeAmount: 0n });
      }),
      RUNS,
    );
  });

  test('ids as bytes and as text', () => {
    fc.assert(
      fc.property(outPoint, (point) => {
        expect(vtxoIdFromBytes(vtxoIdBytes(point))).toEqual(point);
        expect(parseVtxoId(vtxoIdText(point))).toEqual(point);
      }),
      RUNS,
    );
  });
});

describe('garbage', () => {
  for (const [name, decode] of Object.entries(decoders)) {
    test(`random bytes as ${name}`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (b) => onlySkiffErrors(() => decode(b))),
        RUNS,
      );
    });
  }

  test('a vtxo with bytes changed, cut off or appended', () => {
    fc.assert(
      fc.property(vtxo, fc.nat(), fc.nat(255), fc.nat(), (v, at, value, cut) => {
        const good = encodeVtxo(v, 'full');
        const changed = Uint8Array.from(good);
        changed[at % good.length] = value;
        onlySkiffErrors(() => decodeVtxo(curve, changed, 'full'));
        expect(() => decodeVtxo(curve, good.slice(0, cut % good.length), 'full')).toThrow(/INVALID_ENCODING/);
        expect(() => decodeVtxo(curve, Uint8Array.of(...good, 0), 'full')).toThrow(/INVALID_ENCODING/);
      }),
      RUNS,
    );
  });

  test('a count beyond the cap is refused before anything is read; one within it stops at the end of the bytes', () => {
    const announce = (n: number) =>
      new Reader(
        curve,
        encodeWith((w) => w.compactSize(n)),
      );
    expect(() => readGenesis(announce(VECTOR_CAPS.genesisItem + 1), 2)).toThrow(/INVALID_ENCODING/);
    expect(() => readGenesis(announce(VECTOR_CAPS.genesisItem), 2)).toThrow(/INVALID_ENCODING/);
    expect(() => parseTx(fromHex('02000000feffffffff'))).toThrow(/INVALID_ENCODING/);
  });

  test('text that is no id', () => {
    fc.assert(
      fc.property(fc.string(), (text) => onlySkiffErrors(() => parseVtxoId(text))),
      RUNS,
    );
    expect(() => fromHex('0')).toThrow(/INVALID_ENCODING/);
    expect(() => fromHex('0g')).toThrow(/INVALID_ENCODING/);
    expect(toHex(fromHex('0aFf'))).toBe('0aff');
  });
});

test('transactions that decode serialise to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (tail) => {
      const bytes = Uint8Array.of(3, 0, 0, 0, ...tail);
      try {
        expect(serializeTx(parseTx(bytes))).toEqual(bytes);
      } catch (e) {
        if (!isSkiffError(e)) throw e;
      }
    }),
    RUNS,
  );
});
