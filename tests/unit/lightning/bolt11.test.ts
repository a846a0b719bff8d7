import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { decodeBolt11 } from '../../../src/lightning/bolt11.ts';
import { invoiceProblem, isExpired, paymentAmount } from '../../../src/lightning/bolt11-check.ts';
import { encodeBolt11, signWith } from '../../../src/lightning/bolt11-encode.ts';
import type { InvoiceFields } from '../../../src/lightning/bolt11-encode.ts';
import { featureVector, hasFeature, requiresUnknownFeature } from '../../../src/lightning/features.ts';
import { msats, sats } from '../../../src/units.ts';

const secret = new Uint8Array(32).fill(7);
const payee = curve.publicKey(secret);
const sign = signWith(curve, secret);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const base: InvoiceFields = {
  network: 'regtest',
  amount: msats(250_000_000),
  timestamp: 1_800_000_000,
  paymentHash: new Uint8Array(32).fill(1),
  paymentSecret: new Uint8Array(32).fill(2),
  description: 'one coffee',
};
const invoice = encodeBolt11(base, sign);

const hop = fc.record({
  pubkey: fc.constant(payee),
  shortChannelId: fc.bigInt(0n, 2n ** 64n - 1n),
  feeBaseMsat: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  feeProportionalMillionths: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  cltvExpiryDelta: fc.integer({ min: 0, max: 65535 }),
});
const fields = fc.record({
  network: fc.constantFrom('mainnet', 'testnet', 'signet', 'regtest', 'simnet'),
  amount: fc.option(fc.bigInt(0n, 21_000_000n * 10n ** 11n).map(msats), { nil: undefined }),
  timestamp: fc.integer({ min: 0, max: 2 ** 35 - 1 }),
  paymentHash: bytes(32),
  paymentSecret: bytes(32),
  description: fc.string({ unit: 'grapheme', maxLength: 100 }),
  expirySeconds: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  minFinalCltv: fc.integer({ min: 0, max: 10_000 }),
  payee: fc.option(fc.constant(payee), { nil: undefined }),
  metadata: fc.option(fc.uint8Array({ maxLength: 100 }), { nil: undefined }),
  fallbacks: fc.array(fc.record({ version: fc.constantFrom(17, 18), program: bytes(20) }), { maxLength: 2 }),
  routeHints: fc.array(fc.array(hop, { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
});

describe('BOLT 11', () => {
  test('what is written is read back, with the payee from field or signature', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const { expirySeconds, minFinalCltv, payee: field, ...rest } = given as InvoiceFields;
        const read = decodeBolt11(curve, encodeBolt11(given as InvoiceFields, sign));
        expect(read).toMatchObject(rest);
        expect([read.expirySeconds, read.minFinalCltv]).toEqual([
          BigInt(expirySeconds!),
          BigInt(minFinalCltv!),
        ]);
        expect([read.payee, read.payeeInField]).toEqual([payee, field !== undefined]);
      }),
      { numRuns: 40 },
    );
  });

  test('no single changed character survives', () => {
    const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
    fc.assert(
      fc.property(fc.nat(invoice.length - 1), fc.constantFrom(...alphabet), (at, letter) => {
        fc.pre(invoice[at] !== letter);
        const changed = invoice.slice(0, at) + letter + invoice.slice(at + 1);
        expect(() => decodeBolt11(curve, changed)).toThrow(/INVALID_/);
      }),
    );
  });

  test('garbage, with and without a right checksum, throws nothing but SkiffError', () => {
    const words = fc.string({ unit: fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l') });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          words.map((w) => `lnbcrt1${w}`),
        ),
        (text) => {
          try {
            decodeBolt11(curve, text);
          } catch (e) {
            expect(isSkiffError(e)).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('an invoice needs exactly one of description and its hash, and fields that fit', () => {
    expect(() => encodeBolt11({ ...base, description: undefined }, sign)).toThrow('INVALID_INVOICE');
    expect(() => encodeBolt11({ ...base, descriptionHash: new Uint8Array(32) }, sign)).toThrow(
      'INVALID_INVOICE',
    );
    expect(() => encodeBolt11({ ...base, description: 'x'.repeat(640) }, sign)).toThrow('INVALID_INVOICE');
    expect(() => encodeBolt11({ ...base, timestamp: 2 ** 35 }, sign)).toThrow('INVALID_INVOICE');
    expect(() => encodeBolt11({ ...base, expirySeconds: -1 }, sign)).toThrow('INVALID_INVOICE');
    expect(() => encodeBolt11({ ...base, paymentHash: new Uint8Array(31) }, sign)).toThrow('INVALID_INVOICE');
  });

  test('the amount takes its shortest multiplier', () => {
    const prefix = (amount?: bigint) =>
      encodeBolt11({ ...base, amount: amount === undefined ? undefined : msats(amount) }, sign).slice(0, 14);
    expect(prefix(250_000_000n)).toMatch(/^lnbcrt2500u1/);
    expect(prefix(100_000_000_000n)).toMatch(/^lnbcrt1000m1/);
    expect(prefix(1n)).toMatch(/^lnbcrt10p1/);
    expect(prefix(1_000n)).toMatch(/^lnbcrt10n1/);
    expect(prefix()).toMatch(/^lnbcrt1/);
  });
});

describe('may it be paid', () => {
  const decoded = decodeBolt11(curve, invoice);

  test('until the second of its expiry, on its own network', () => {
    expect(isExpired(decoded, 1_800_003_600)).toBe(false);
    expect(isExpired(decoded, 1_800_003_601)).toBe(true);
    expect(invoiceProblem(decoded, 'regtest', 1_800_003_600.9)).toBeUndefined();
    expect(invoiceProblem(decoded, 'regtest', 1_800_003_601)?.code).toBe('INVOICE_EXPIRED');
    expect(invoiceProblem(decoded, 'signet', 1_800_000_000)?.code).toBe('WRONG_NETWORK');
    expect(invoiceProblem({ ...decoded, amount: msats(0) }, 'regtest', 1_800_000_000)?.code).toBe(
      'INVALID_INVOICE',
    );
  });

  test('for its amount rounded up, or up to twice that', () => {
    expect(paymentAmount(msats(330_300))).toBe(331n);
    expect(paymentAmount(msats(330_300), sats(662))).toBe(662n);
    expect(() => paymentAmount(msats(330_300), sats(663))).toThrow('AMOUNT_OUT_OF_RANGE');
    expect(() => paymentAmount(msats(330_300), sats(330))).toThrow('AMOUNT_OUT_OF_RANGE');
    expect(paymentAmount(undefined, sats(5))).toBe(5n);
    expect(() => paymentAmount(undefined)).toThrow('AMOUNT_REQUIRED');
  });
});

describe('feature vectors', () => {
  test('bits are where BOLT 9 puts them', () => {
    const features = featureVector([8, 14, 17]);
    expect(Array.from(features)).toEqual([0x02, 0x41, 0x00]);
    expect([8, 14, 16, 10].map((bit) => hasFeature(features, bit))).toEqual([true, true, true, false]);
    expect(requiresUnknownFeature(features, [8, 14])).toBe(false);
    expect(requiresUnknownFeature(features, [8])).toBe(true);
    expect(requiresUnknownFeature(featureVector([101]), [])).toBe(false);
    expect(featureVector([])).toEqual(new Uint8Array());
  });
});
