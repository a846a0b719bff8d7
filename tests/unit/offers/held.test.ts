// A payment that waits at the server, opened: the preimage comes out of what is in order in every respect, and out of nothing
// else.
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/crypto/hash.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { makeInvoiceRequest } from '../../../src/lightning/bolt12/invoice-request.ts';
import { decodeOfferBytes } from '../../../src/lightning/bolt12/offer.ts';
import { makePaymentOnion, peelPaymentOnion } from '../../../src/lightning/onion/payment.ts';
import { LDK_LIMITS } from '../../../src/offers/async/limits.ts';
import { openHtlc, type OnionHtlc } from '../../../src/offers/async/held.ts';
import type { CachedOffer } from '../../../src/offers/async/state.ts';
import { AROUND, createWorld, type World } from './world.ts';

const secret = (name: string): Bytes => sha256(new TextEncoder().encode(name));
const EDGE = secret('edge');
const PREIMAGE = secret('preimage');
const AMOUNT = 5_000_000n;
const TIP = 800_000;
const { edge } = AROUND;
if (!edge) throw new Error('no edge');
const at = { ...AROUND, edge };

interface Payment {
  offer: CachedOffer;
  /** Of the offer that the request in the onion is for. */
  asked?: CachedOffer;
  preimage?: Bytes;
  total?: bigint;
  requested?: bigint;
  final?: bigint;
  withRequest?: boolean;
  withPreimage?: boolean;
}

/** What the server's node makes of a payer's HTLC over the offer's static invoice. */
function arrive(world: World, payment: Payment): OnionHtlc {
  const { offer, asked = offer, preimage = PREIMAGE, requested = AMOUNT } = payment;
  const slot = world.disk().offers.indexOf(offer);
  const [way] = world.kept.get(slot)?.paths ?? [];
  if (!way) throw new Error('no path');
  const request = makeInvoiceRequest(curve, decodeOfferBytes(curve, asked.offer), {
    fields: { payerMetadata: secret('metadata'), amount: requested },
    payerSecret: secret('payer'),
    aux: secret('aux'),
  });
  const paymentHash = sha256(PREIMAGE);
  const { onion } = makePaymentOnion(curve, {
    sessionKey: secret('session'),
    seed: secret('seed'),
    paymentHash,
    introductionKey: edge?.nodeId ?? new Uint8Array(),
    path: way.path,
    final: {
      amount: AMOUNT,
      cltvExpiry: payment.final ?? BigInt(TIP),
      totalAmount: payment.total ?? AMOUNT,
      ...(payment.withPreimage !== false && { keysendPreimage: preimage }),
      ...(payment.withRequest !== false && { invoiceRequest: request.bytes }),
    },
  });
  const amount = AMOUNT + 1000n + (AMOUNT * 100n) / 1_000_000n + 1n;
  const hop = peelPaymentOnion(
    curve,
    { secret: EDGE },
    { onion, paymentHash, amount, cltvExpiry: TIP + 200 },
  );
  if (hop.kind !== 'forward' || !hop.payload.pathKey) throw new Error('not for the edge');
  return {
    paymentHash,
    forwardMsat: hop.amount,
    outgoingCltv: hop.cltvExpiry,
    nextOnion: hop.onion,
    pathKey: hop.payload.pathKey,
  };
}

async function stage(): Promise<{ world: World; offer: CachedOffer; other: CachedOffer }> {
  const world = createWorld({ ...LDK_LIMITS, slots: 2 });
  await world.fill();
  const [offer, other] = world.disk().offers;
  if (!offer || !other) throw new Error('no offers');
  return { world, offer, other };
}

describe('a held payment', () => {
  test('that is whole gives its preimage, for the offer that it paid', async () => {
    const { world, offer } = await stage();
    const opened = openHtlc(at, world.disk(), arrive(world, { offer }), world.time.now);
    expect(opened).toMatchObject({ preimage: PREIMAGE, amountMsat: AMOUNT });
    expect(opened?.offer.offerId).toEqual(offer.offerId);
  });

  test('gives nothing when any part of it is not as it should be', async () => {
    const { world, offer, other } = await stage();
    const open = (htlc: OnionHtlc, now = world.time.now) => openHtlc(at, world.disk(), htlc, now);
    const good = arrive(world, { offer });
    const bad: [string, OnionHtlc][] = [
      ['another hash', { ...good, paymentHash: secret('hash') }],
      ['less money than the payer sent', { ...good, forwardMsat: AMOUNT - 1n }],
      ['less time than the payer gave', { ...good, outgoingCltv: TIP - 1 }],
      ['the path key of a stranger', { ...good, pathKey: curve.publicKey(secret('stranger')) }],
      [
        'an onion that was touched',
        { ...good, nextOnion: good.nextOnion.with(200, (good.nextOnion[200] ?? 0) ^ 1) },
      ],
      ['an onion that is cut', { ...good, nextOnion: good.nextOnion.slice(1) }],
      ['a preimage of something else', arrive(world, { offer, preimage: secret('other') })],
      ['no preimage', arrive(world, { offer, withPreimage: false })],
      ['only a part of the sum', arrive(world, { offer, total: AMOUNT * 2n })],
      ['no request', arrive(world, { offer, withRequest: false })],
      ['a request for another offer', arrive(world, { offer, asked: other })],
      ['less than was requested', arrive(world, { offer, requested: AMOUNT + 1n })],
    ];
    for (const [why, htlc] of bad) expect(open(htlc), why).toBeUndefined();
    // Its offer has ended.
    expect(open(good, world.time.now + 400 * 86_400)).toBeUndefined();
    expect(openHtlc(at, { ...world.disk(), offers: [] }, good, world.time.now)).toBeUndefined();
    expect(open(good)).toBeDefined();
  });
});
