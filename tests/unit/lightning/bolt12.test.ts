// BOLT 12 beyond the vector files: what is made is read back, what is tampered with is refused, garbage costs nothing.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError, SkiffError } from '../../../src/errors.ts';
import { buildBlindedPath } from '../../../src/lightning/blinded/hops.ts';
import { aggregatePayInfo, amountToForward, feeFor } from '../../../src/lightning/blinded/payinfo.ts';
import type { ForwardingHop } from '../../../src/lightning/blinded/payinfo.ts';
import { answersRequest, bolt12InvoiceProblem } from '../../../src/lightning/bolt12/invoice-check.ts';
import { decodeInvoiceRequest, makeInvoiceRequest } from '../../../src/lightning/bolt12/invoice-request.ts';
import { decodeBolt12Invoice, makeBolt12Invoice } from '../../../src/lightning/bolt12/invoice.ts';
import type { InvoicePlan } from '../../../src/lightning/bolt12/invoice.ts';
import { decodeOfferBytes, encodeOffer } from '../../../src/lightning/bolt12/offer.ts';
import { OFFER_SCHEMA, REQUEST_SCHEMA } from '../../../src/lightning/bolt12/schema.ts';
import type { OfferFields, RequestFields } from '../../../src/lightning/bolt12/schema.ts';
import { decodeStaticInvoice, makeStaticInvoice } from '../../../src/lightning/bolt12/static-invoice.ts';
import { readTlvs, tlv, writeFields, writeTlvs } from '../../../src/lightning/tlv.ts';
import { createReader, readTruncated, writeBigSize, writeTruncated } from '../../../src/lightning/wire.ts';
import { msats } from '../../../src/units.ts';

const secret = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const AUX = new Uint8Array(32);
const NOW = 1_800_000_000;
const issuer = secret(1);
const payer = secret(2);
const node = secret(3);

const path = buildBlindedPath(curve, secret(4), [
  { nodeId: curve.publicKey(node), plaintext: Uint8Array.of(1, 0) },
]).path;
const payInfo = {
  feeBaseMsat: 1,
  feeProportionalMillionths: 2,
  cltvExpiryDelta: 3,
  htlcMinimum: msats(4n),
  htlcMaximum: msats(5_000_000n),
  features: new Uint8Array(),
};
const offer = encodeOffer(curve, { description: 'Tee', amount: 1000n, issuerId: curve.publicKey(issuer) });
const request = makeInvoiceRequest(curve, offer, {
  fields: { payerMetadata: secret(9), payerNote: 'für dich' },
  payerSecret: payer,
  aux: AUX,
});
const plan: InvoicePlan = {
  fields: {
    paths: [path],
    payInfo: [payInfo],
    createdAt: BigInt(NOW),
    paymentHash: secret(7),
    amount: 1000n,
  },
  signingSecret: issuer,
  aux: AUX,
};
const invoice = makeBolt12Invoice(curve, request.tlvs, plan);

/** LDK's name of the fault that `fn` throws. */
function faultOf(fn: () => unknown): string | undefined {
  try {
    fn();
  } catch (e) {
    if (e instanceof SkiffError) return e.details.ldk ?? e.code;
    throw e;
  }
  return undefined;
}
const semantics = (name: string): string => `InvalidSemantics(${name})`;

describe('integers and TLV streams', () => {
  test.each([
    [0n, '00'],
    [252n, 'fc'],
    [253n, 'fd00fd'],
    [65_535n, 'fdffff'],
    [65_536n, 'fe00010000'],
    [4_294_967_295n, 'feffffffff'],
    [4_294_967_296n, 'ff0000000100000000'],
    [18_446_744_073_709_551_615n, 'ffffffffffffffffff'],
  ])('BigSize %s is %s (BOLT 1, appendix A)', (value, hex) => {
    expect(toHex(writeBigSize(value))).toBe(hex);
    expect(createReader(fromHex(hex)).bigSize()).toBe(value);
  });

  test.each([
    'fd00fc',
    'fe0000ffff',
    'ff00000000ffffffff',
    'fd00',
    'feffff',
    'ffffffffff',
    'fd',
    'fe',
    'ff',
    '',
  ])('BigSize %s is refused (BOLT 1, appendix A)', (hex) =>
    expect(() => createReader(fromHex(hex)).bigSize()).toThrow('INVALID_ENCODING'),
  );

  test('truncated integers are inverse, in as few bytes as possible', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (value) => {
        expect(readTruncated(writeTruncated(value), 8)).toBe(value);
        expect(writeTruncated(value)[0]).not.toBe(0);
      }),
    );
  });

  test('records come back in ascending order, a type given twice is refused', () => {
    const types = fc.uniqueArray(fc.bigInt({ min: 0n, max: 1n << 40n }), { maxLength: 12 });
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 300 }), (list, value) => {
        const read = readTlvs(writeTlvs(list.map((type) => tlv(type, value))));
        expect(read.map((t) => t.type)).toEqual(list.toSorted((a, b) => (a < b ? -1 : 1)));
        expect(concat(...read.map((t) => t.record))).toEqual(writeTlvs(read));
      }),
    );
    expect(() => writeTlvs([tlv(1, AUX), tlv(1, AUX)])).toThrow('INVALID_ENCODING');
  });
});

describe('offer, request, invoice', () => {
  test('an invoice made for a request answers it and only it', () => {
    expect(decodeBolt12Invoice(curve, invoice.bytes)).toEqual(invoice);
    expect(answersRequest(invoice, request)).toBe(true);
    const other = makeInvoiceRequest(curve, offer, {
      fields: { payerMetadata: secret(8) },
      payerSecret: payer,
      aux: AUX,
    });
    expect(answersRequest(invoice, other)).toBe(false);
    expect(invoice.offerId).toEqual(offer.id);
  });

  test('a payer on another chain, too late, or facing an unknown feature does not pay', () => {
    expect(bolt12InvoiceProblem(invoice, 'mainnet', NOW)).toBeUndefined();
    expect(bolt12InvoiceProblem(invoice, 'regtest', NOW)?.code).toBe('WRONG_NETWORK');
    expect(bolt12InvoiceProblem(invoice, 'mainnet', NOW + 7201)?.code).toBe('INVOICE_EXPIRED');
    const fields = { ...plan.fields, features: fromHex('010000000000000000') };
    const strange = makeBolt12Invoice(curve, request.tlvs, { ...plan, fields });
    expect(bolt12InvoiceProblem(strange, 'mainnet', NOW)?.code).toBe('UNSUPPORTED');
  });

  test.each([
    ['request', request.bytes, decodeInvoiceRequest],
    ['invoice', invoice.bytes, decodeBolt12Invoice],
  ] as const)('any changed byte of a signed %s is refused', (_name, bytes, decode) => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(faultOf(() => decode(curve, changed))).toBeDefined();
      }),
      { numRuns: 60 },
    );
  });

  test('an invoice by another key, for another amount, or without paths is not made', () => {
    const make = (change: Partial<InvoicePlan>) =>
      faultOf(() => makeBolt12Invoice(curve, request.tlvs, { ...plan, ...change }));
    expect(make({ signingSecret: payer })).toBe(semantics('InvalidSigningPubkey'));
    expect(make({ fields: { ...plan.fields, amount: 1001n } })).toBe(semantics('InvalidAmount'));
    expect(make({ fields: { ...plan.fields, paths: [] } })).toBe(semantics('MissingPaths'));
    expect(make({ fields: { ...plan.fields, payInfo: [] } })).toBe(semantics('InvalidPayInfo'));
  });

  test('a currency offer can be read and not requested', () => {
    const foreign = encodeOffer(curve, { ...offer.fields, currency: 'EUR' });
    expect([foreign.currency, foreign.currencyAmount, foreign.amount]).toEqual(['EUR', 1000n, undefined]);
    const ask = () =>
      makeInvoiceRequest(curve, foreign, {
        fields: { payerMetadata: secret(9), amount: 5n },
        payerSecret: payer,
        aux: AUX,
      });
    expect(faultOf(ask)).toBe(semantics('UnsupportedCurrency'));
  });
});

describe('refunds: an invoice for a request without an offer', () => {
  const base: Partial<OfferFields> = { description: 'zurück' };
  const asked: Partial<RequestFields> = {
    payerMetadata: secret(9),
    amount: 1000n,
    payerId: curve.publicKey(payer),
  };
  const answer = (offerFields: Partial<OfferFields>, fields: Partial<RequestFields>) =>
    makeBolt12Invoice(
      curve,
      [...writeFields(OFFER_SCHEMA, offerFields), ...writeFields(REQUEST_SCHEMA, fields)],
      { ...plan, signingSecret: secret(5) },
    );

  test('whoever wants the money signs', () => {
    const made = answer(base, asked);
    expect([made.offerId, made.amount]).toEqual([undefined, 1000n]);
  });

  test.each<[string, Partial<OfferFields>, Partial<RequestFields>]>([
    ['MissingPayerMetadata', {}, { payerMetadata: undefined }],
    ['UnexpectedMetadata', { metadata: AUX }, {}],
    ['UnexpectedChain', { chains: [AUX] }, {}],
    ['UnexpectedAmount', { amount: 5n }, {}],
    ['MissingDescription', { description: undefined }, {}],
    ['UnexpectedFeatures', { features: AUX }, {}],
    ['UnexpectedQuantity', { quantityMax: 5n }, {}],
    ['MissingAmount', {}, { amount: undefined }],
    ['InvalidAmount', {}, { amount: 999n }],
    ['MissingPayerSigningPubkey', {}, { payerId: undefined }],
    ['UnexpectedHumanReadableName', {}, { bip353Name: { name: 'a', domain: 'b.c' } }],
  ])('%s', (fault, offerFields, fields) => {
    expect(faultOf(() => answer({ ...base, ...offerFields }, { ...asked, ...fields }))).toBe(
      semantics(fault),
    );
  });
});

describe('static invoices', () => {
  const asleep = encodeOffer(curve, { paths: [path], issuerId: curve.publicKey(issuer) });
  const fields = { paths: [path], payInfo: [payInfo], messagePaths: [path], createdAt: BigInt(NOW) };

  test('live two weeks where they do not say', () => {
    const made = makeStaticInvoice(curve, asleep, { fields, signingSecret: issuer, aux: AUX });
    expect(decodeStaticInvoice(curve, made.bytes)).toEqual(made);
    expect(bolt12InvoiceProblem(made, 'mainnet', NOW + 1_209_600)).toBeUndefined();
    expect(bolt12InvoiceProblem(made, 'mainnet', NOW + 1_209_601)?.code).toBe('INVOICE_EXPIRED');
  });
});

describe('what a path costs', () => {
  const u32 = fc.integer({ min: 0, max: 5_000_000 });
  const relay = fc.record({ cltvExpiryDelta: fc.nat(500), feeProportionalMillionths: u32, feeBaseMsat: u32 });

  test('a hop forwards the most that leaves its whole fee', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 62n }), relay, (incoming, fees) => {
        const forwarded = amountToForward(incoming, fees) ?? 0n;
        if (forwarded > 0n) expect(forwarded + feeFor(forwarded, fees)).toBeLessThanOrEqual(incoming);
        expect(forwarded + 1n + feeFor(forwarded + 1n, fees)).toBeGreaterThan(incoming);
      }),
    );
  });

  test('what the payer adds for the whole path is enough at every hop', () => {
    const small = fc.record({
      cltvExpiryDelta: fc.nat(200),
      feeProportionalMillionths: fc.nat(100_000),
      feeBaseMsat: fc.nat(10_000),
    });
    fc.assert(
      fc.property(
        fc.array(small, { maxLength: 5 }),
        fc.bigInt({ min: 1n, max: 1n << 50n }),
        (relays, amount) => {
          const hops: ForwardingHop[] = relays.map((r) => ({
            relay: r,
            constraints: { maxCltvExpiry: 900_000, htlcMinimum: msats(1) },
            htlcMaximum: msats(1n << 60n),
          }));
          const info = aggregatePayInfo(hops, {
            minFinalCltv: 20,
            htlcMinimum: msats(1),
            htlcMaximum: msats(1n << 60n),
          });
          let arriving = amount + feeFor(amount, info);
          for (const hop of hops) arriving = amountToForward(arriving, hop.relay) ?? 0n;
          expect(arriving).toBeGreaterThanOrEqual(amount);
        },
      ),
    );
  });

  test('a path through which nothing fits is refused', () => {
    const hop: ForwardingHop = {
      relay: { cltvExpiryDelta: 1, feeProportionalMillionths: 0, feeBaseMsat: 1000 },
      constraints: { maxCltvExpiry: 1, htlcMinimum: msats(1) },
      htlcMaximum: msats(500),
    };
    const final = { minFinalCltv: 1, htlcMinimum: msats(1), htlcMaximum: msats(1000) };
    expect(() => aggregatePayInfo([hop], final)).toThrow('INVALID_ARGUMENT');
  });
});

describe('garbage', () => {
  test('throws nothing but SkiffError', () => {
    const stream = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 250 }), fc.uint8Array({ maxLength: 70 })), { maxLength: 8 })
      .map((list) => {
        const types = new Map(list);
        return writeTlvs([...types].map(([type, value]) => tlv(type, value)));
      });
    fc.assert(
      fc.property(fc.oneof(stream, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        for (const decode of [
          decodeOfferBytes,
          decodeInvoiceRequest,
          decodeBolt12Invoice,
          decodeStaticInvoice,
        ]) {
          try {
            decode(curve, bytes);
          } catch (e) {
            expect(isSkiffError(e)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('of the greatest length takes bounded time', () => {
    const many = Array.from({ length: 9000 }, (_, i) => tlv(1_000_000_001 + 2 * i, new Uint8Array(1)));
    const bytes = writeTlvs([tlv(22, curve.publicKey(issuer)), ...many]);
    const start = performance.now();
    expect(decodeOfferBytes(curve, bytes).tlvs.length).toBe(9001);
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
