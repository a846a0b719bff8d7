// The slots of offers against the table of LDK's AsyncReceiveOfferCache: which slot needs an offer, what is replaced and when,
// what is given out.
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/crypto/hash.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { needInvoice, persisted, pruned, slotInNeed, take, wants } from '../../../src/offers/async/cache.ts';
import { LDK_LIMITS as LDK } from '../../../src/offers/async/limits.ts';
import type { AsyncState, CachedOffer, OfferStatus } from '../../../src/offers/async/state.ts';

const NOW = 1_800_000_000;
const HOUR = 3600;
let made = 0;
/** An offer made so many seconds ago. */
function offer(is: OfferStatus['is'], age = 0, over: Partial<CachedOffer> = {}): CachedOffer {
  const id = sha256(Uint8Array.of((made += 1)));
  const invoiceCreatedAt = NOW - age;
  const status: OfferStatus = is === 'pending' ? { is } : { is, invoiceCreatedAt };
  return {
    offer: id,
    offerId: id,
    salt: id.slice(0, 16),
    createdAt: NOW - age,
    expiresAt: NOW + 365 * 86_400,
    status,
    updatePath: id,
    invoices: [],
    ...over,
  };
}
const state = (...offers: (CachedOffer | null)[]): AsyncState => ({
  version: 1,
  serverPaths: [Uint8Array.of(1)],
  offers: [...offers, ...Array<null>(10).fill(null)].slice(0, 10),
});
const full = (one: (slot: number) => CachedOffer): AsyncState =>
  state(...Array.from({ length: 10 }, (_, slot) => one(slot)));

test('the sizes and times are those of LDK 0.3', () => {
  expect(LDK).toEqual({
    slots: 10,
    requestsPerTick: 3,
    offerRefresh: 7200,
    invoiceRefresh: 7200,
    leastPathLife: 7_776_000,
    replyPathLife: 7200,
    copies: 10,
    invoiceBytes: 5120,
  });
});

describe('the slot that needs an offer', () => {
  test('is the first empty one', () => {
    expect(slotInNeed(state(), NOW, LDK)).toBe(0);
    expect(slotInNeed(state(offer('ready'), null, offer('used')), NOW, LDK)).toBe(1);
  });

  test('is none while everything is given out or pending', () => {
    expect(
      slotInNeed(
        full((i) => offer(i % 2 ? 'used' : 'pending', 3 * HOUR)),
        NOW,
        LDK,
      ),
    ).toBeUndefined();
  });

  test('is none when it holds the only offer that can be paid', () => {
    const one = full((i) => (i === 4 ? offer('ready', 3 * HOUR) : offer('pending')));
    expect(slotInNeed(one, NOW, LDK)).toBeUndefined();
    const two = full((i) => (i === 4 ? offer('ready', 3 * HOUR) : offer(i === 5 ? 'used' : 'pending')));
    expect(slotInNeed(two, NOW, LDK)).toBe(4);
  });

  test('is that of the oldest unused offer, two hours after it was made and not before', () => {
    const at = (age: number) =>
      slotInNeed(
        full((i) => offer('ready', i === 7 ? age : 60)),
        NOW,
        LDK,
      );
    expect(at(2 * HOUR)).toBeUndefined();
    expect(at(2 * HOUR + 1)).toBe(7);
    expect(
      slotInNeed(
        full((i) => offer('ready', 3 * HOUR + i)),
        NOW,
        LDK,
      ),
    ).toBe(9);
  });
});

describe('paths that the server sends', () => {
  const pathsOf = (o: CachedOffer): Bytes => o.updatePath;
  const paths = Uint8Array.of(9, 9);
  const far = NOW + LDK.leastPathLife;
  const asks = (s: AsyncState, slot: number, expiresAt?: number, at = paths) =>
    wants(s, { slot, paths: at, expiresAt }, NOW, LDK, pathsOf);

  test('are taken for an empty slot or a stale unused offer only', () => {
    expect(asks(state(), 0, far)).toBe(true);
    expect(asks(state(offer('ready', 2 * HOUR + 1)), 0, far)).toBe(true);
    expect(asks(state(offer('ready', 2 * HOUR)), 0, far)).toBe(false);
    expect(asks(state(offer('used', 9 * HOUR)), 0, far)).toBe(false);
    expect(asks(state(offer('pending', 9 * HOUR)), 0, far)).toBe(false);
    expect(asks(state(), 10, far)).toBe(false);
  });

  test('must be good for three months, or for ever', () => {
    expect(asks(state(), 0, far - 1)).toBe(false);
    expect(asks(state(), 0, undefined)).toBe(true);
  });

  test('are not used for two offers', () => {
    const there = offer('pending', 0, { updatePath: paths });
    expect(asks(state(there), 1, far)).toBe(false);
  });
});

describe('the offer to show', () => {
  test('is the newest that nobody was given, and a new one each time', () => {
    let s = state(offer('ready', 30), offer('ready', 10), offer('used', 5), offer('pending'));
    const [old, young] = s.offers;
    const first = take(s, NOW);
    expect(first?.offer.offerId).toEqual(young?.offerId);
    s = first?.state ?? s;
    expect(s.offers[1]?.status.is).toBe('used');
    const second = take(s, NOW);
    expect(second?.offer.offerId).toEqual(old?.offerId);
  });

  test('is a used one again, the one that lives longest, when there is no other; that changes nothing', () => {
    const s = state(offer('used', 5, { expiresAt: NOW + 5 }), offer('used', 50), offer('pending'));
    const taken = take(s, NOW);
    expect(taken?.offer.offerId).toEqual(s.offers[1]?.offerId);
    expect(taken?.state).toBe(s);
    const forever = state(offer('used'), offer('used', 9, { expiresAt: undefined }));
    expect(take(forever, NOW)?.offer.offerId).toEqual(forever.offers[1]?.offerId);
  });

  test('is none when nothing can be paid', () => {
    expect(take(state(offer('pending')), NOW)).toBeUndefined();
    expect(take(state(offer('ready', 0, { expiresAt: NOW - 1 })), NOW)).toBeUndefined();
  });
});

describe('time', () => {
  test('takes away what has ended, its last second excepted', () => {
    const s = state(offer('used', 0, { expiresAt: NOW }), offer('used', 0, { expiresAt: NOW - 1 }));
    expect(
      pruned(s, NOW)
        .offers.map((o) => o !== null)
        .slice(0, 2),
    ).toEqual([true, false]);
    const lasting = state(offer('used'));
    expect(pruned(lasting, NOW)).toBe(lasting);
  });

  test('makes invoices stale: those not confirmed at once, those given out after two hours, those unused never', () => {
    const s = state(
      offer('pending'),
      offer('used', 2 * HOUR),
      offer('used', 2 * HOUR + 1),
      offer('ready', 9 * HOUR),
    );
    expect(needInvoice(s, NOW, LDK).map(({ slot }) => slot)).toEqual([0, 2]);
  });
});

describe('the word that an invoice is kept', () => {
  test('makes a pending offer ready, and moves the time of a used one forward only', () => {
    const s = state(offer('pending'), offer('used', 100));
    const [pending, used] = s.offers;
    const id = (o: CachedOffer | null | undefined) => o?.offerId ?? new Uint8Array();
    const ready = persisted(s, id(pending), NOW - 1);
    expect(ready.offers[0]?.status).toEqual({ is: 'ready', invoiceCreatedAt: NOW - 1 });
    expect(persisted(s, id(used), NOW).offers[1]?.status).toEqual({ is: 'used', invoiceCreatedAt: NOW });
    expect(persisted(s, id(used), NOW - 100)).toBe(s);
    expect(persisted(s, id(used), NOW - 101)).toBe(s);
    expect(persisted(s, sha256(id(used)), NOW)).toBe(s);
  });
});
