// What is sealed in the last hop of our own blinded paths: ours or nothing, for one purpose, for its time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/crypto/hash.ts';
import { contextOf, openContext, sealContext, type Context } from '../../../src/offers/async/contexts.ts';

const key = sha256(Uint8Array.of(1));
const offerId = sha256(Uint8Array.of(2));
const contexts: Context[] = [
  { kind: 'offer-paths', slot: 9, expiresAt: 100 },
  { kind: 'persisted', offerId, invoiceCreatedAt: 77, expiresAt: 100 },
  { kind: 'invoice-request', offerId, expiresAt: 100 },
  { kind: 'held-htlc', offerId, expiresAt: 100 },
  { kind: 'payment', offerId, expiresAt: 100 },
];

describe('a sealed context', () => {
  test.each(contexts)(
    'of $kind reads as it was written, until its last second, for nothing else',
    (context) => {
      const sealed = sealContext(key, context);
      expect(openContext(key, sealed)).toEqual(context);
      expect(contextOf(key, sealed, context.kind, 100)).toEqual(context);
      expect(contextOf(key, sealed, context.kind, 101)).toBeUndefined();
      for (const other of contexts.filter((c) => c.kind !== context.kind))
        expect(contextOf(key, sealed, other.kind, 0)).toBeUndefined();
    },
  );

  test('is nothing under another key, with another byte, cut, or empty', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...contexts),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (context, at, flip) => {
          const sealed = sealContext(key, context);
          const i = at % sealed.length;
          expect(openContext(key, sealed.with(i, (sealed[i] ?? 0) ^ flip))).toBeUndefined();
          expect(openContext(key, sealed.slice(0, i))).toBeUndefined();
          expect(openContext(sha256(key), sealed)).toBeUndefined();
        },
      ),
    );
    expect(openContext(key, undefined)).toBeUndefined();
  });

  test('written by a stranger is nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(openContext(key, bytes)).toBeUndefined();
      }),
    );
  });
});
