// The async recipient against a static-invoice server, message by message: setting up, rotating, being asked, sleeping.
import { describe, expect, test } from 'vitest';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { makeInvoiceRequest } from '../../../src/lightning/bolt12/invoice-request.ts';
import { decodeOfferBytes } from '../../../src/lightning/bolt12/offer.ts';
import { release, type Arrived } from '../../../src/offers/async/flow.ts';
import { paymentPath } from '../../../src/offers/async/paths.ts';
import { LDK_LIMITS } from '../../../src/offers/async/limits.ts';
import { arrive, AROUND, createWorld, Died, pathIdOf, START, type World } from './world.ts';

const few = { ...LDK_LIMITS, slots: 3 };
const statuses = (world: World) => world.disk().offers.map((o) => o?.status.is ?? 'empty');
const kinds = (world: World) => world.sent.map(({ content }) => content.kind);
const lastServed = (world: World) => {
  const served = world.sent.findLast(({ content }) => content.kind === 'serve_static_invoice');
  if (served?.content.kind !== 'serve_static_invoice' || !served.replyPath) throw new Error('nothing served');
  return { ...served.content, replyPath: served.replyPath };
};
const request = (offer: Bytes) =>
  makeInvoiceRequest(curve, decodeOfferBytes(curve, offer), {
    fields: { payerMetadata: sha256(offer), amount: 5000n },
    payerSecret: sha256(Uint8Array.of(5)),
    aux: sha256(Uint8Array.of(6)),
  });

describe('setting up', () => {
  test('asks for paths, makes offer and invoice, and can show the offer only when the server keeps the invoice', async () => {
    const world = createWorld(few);
    await world.recipient.handle({ event: 'server-paths', paths: [world.serverPath()] });
    expect(world.sent.at(-1)?.content).toEqual({ kind: 'offer_paths_request', slot: 0 });
    const [paths] = world.table.splice(0);
    if (!paths) throw new Error('no paths came');
    await world.recipient.received(arrive(paths));
    expect(statuses(world)).toEqual(['pending', 'empty', 'empty']);
    expect(await world.recipient.takeOffer()).toBeUndefined();
    await world.settle();
    expect(statuses(world)).toEqual(['ready', 'empty', 'empty']);
    const offer = decodeOfferBytes(curve, (await world.recipient.takeOffer()) ?? new Uint8Array());
    expect(offer.fields.paths).toEqual('paths' in paths.message.content && paths.message.content.paths);
    expect(offer.expiresAt).toBe('expiresAt' in paths.message.content && paths.message.content.expiresAt);
    expect([offer.amount, offer.description]).toEqual([undefined, undefined]);
    const invoice = world.kept.get(0);
    expect(invoice?.offerId).toEqual(offer.id);
    expect(invoice?.signingKey).toEqual(offer.issuerKey);
    expect((invoice?.createdAt ?? 0n) + (invoice?.expirySeconds ?? 0n)).toBe(offer.expiresAt);
    expect(invoice?.bytes.length).toBeLessThan(LDK_LIMITS.invoiceBytes);
    // Nothing of the set-up names more than its slot.
    expect(statuses(world)).toEqual(['used', 'empty', 'empty']);
  });

  test('asks three times between two ticks at most, however often the connection comes', async () => {
    const world = createWorld();
    await world.recipient.handle({ event: 'server-paths', paths: [world.serverPath()] });
    for (let i = 0; i < 9; i++) await world.recipient.handle({ event: 'connected' });
    expect(kinds(world)).toEqual(Array(3).fill('offer_paths_request'));
    await world.recipient.handle({ event: 'tick' });
    expect(kinds(world)).toHaveLength(4);
    // A restart forgets how often.
    world.restart();
    for (let i = 0; i < 9; i++) await world.recipient.handle({ event: 'connected' });
    expect(kinds(world)).toHaveLength(7);
  });

  test('over several paths to the server sends a copy over each, and counts one', async () => {
    const world = createWorld(few);
    const paths = [world.serverPath(), world.serverPath()];
    await world.recipient.handle({ event: 'server-paths', paths });
    expect(world.sent.map(({ to }) => to)).toEqual(paths);
    // The second answer finds the slot taken.
    await world.settle();
    expect(statuses(world)).toEqual(['ready', 'empty', 'empty']);
  });

  test('without a server, or with no paths to one, does nothing', async () => {
    const world = createWorld();
    for (const event of ['tick', 'connected'] as const) await world.recipient.handle({ event });
    await world.recipient.handle({ event: 'server-paths', paths: [] });
    expect([world.sent, world.saves]).toEqual([[], 0]);
  });

  test('fills every slot, one request a tick', async () => {
    const world = createWorld();
    await world.fill();
    expect(statuses(world)).toEqual(Array(10).fill('ready'));
    expect([...world.kept.keys()].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const { saves } = world;
    await world.recipient.handle({ event: 'tick' });
    expect(world.saves).toBe(saves);
  });
});

describe('rotating', () => {
  test('a used offer gets a new invoice after two hours, under the same offer, and nothing before', async () => {
    const world = createWorld(few);
    await world.fill();
    await world.recipient.takeOffer();
    const used = world.disk().offers.findIndex((o) => o?.status.is === 'used');
    const before = world.kept.get(used);
    world.sent.length = 0;
    // Ready offers of that age may be replaced, which is another matter.
    world.time.now = Number(before?.createdAt) + 7200;
    await world.recipient.handle({ event: 'tick' });
    expect(kinds(world)).not.toContain('serve_static_invoice');
    world.time.now += 1;
    await world.recipient.handle({ event: 'tick' });
    await world.settle();
    expect(world.kept.get(used)?.offerId).toEqual(before?.offerId);
    expect(world.kept.get(used)?.createdAt).toBe(BigInt(world.time.now));
    expect(world.disk().offers[used]?.status).toEqual({ is: 'used', invoiceCreatedAt: world.time.now });
  });

  test('who was asleep renews as soon as the connection is there', async () => {
    const world = createWorld(few);
    await world.fill();
    await world.recipient.takeOffer();
    world.restart();
    world.time.now += 3 * 86_400;
    world.sent.length = 0;
    await world.recipient.handle({ event: 'connected' });
    expect(kinds(world).toSorted()).toEqual(['offer_paths_request', 'serve_static_invoice']);
  });

  test('an unused offer is replaced after two hours in its own slot; the used ones stay till they end', async () => {
    const world = createWorld(few);
    await world.fill();
    await world.recipient.takeOffer();
    const [stays] = world.disk().offers.filter((o) => o?.status.is === 'used');
    for (let hours = 0; hours < 12; hours += 3) {
      world.time.now += 3 * 3600;
      for (let i = 0; i < 3; i++) {
        await world.recipient.handle({ event: 'tick' });
        await world.settle();
      }
      expect(statuses(world).toSorted()).toEqual(['ready', 'ready', 'used']);
      expect(world.disk().offers).toContainEqual(expect.objectContaining({ offerId: stays?.offerId }));
    }
    world.time.now += 366 * 86_400;
    await world.recipient.handle({ event: 'tick' });
    expect(statuses(world)).toEqual(['empty', 'empty', 'empty']);
  });

  test('an invoice whose confirmation was lost is sent again with each tick', async () => {
    const world = createWorld(few);
    await world.recipient.handle({ event: 'server-paths', paths: [world.serverPath()] });
    await world.recipient.received(arrive(world.table.shift() ?? { to: world.serverPath(), message: never }));
    for (let i = 0; i < 3; i++) {
      world.table.length = 0;
      world.time.now += 60;
      await world.recipient.handle({ event: 'tick' });
    }
    expect(kinds(world).filter((kind) => kind === 'serve_static_invoice')).toHaveLength(4);
    await world.settle();
    expect(statuses(world)[0]).toBe('ready');
  });
});

const never: Arrived = { content: { kind: 'release_held_htlc' } };

describe('being asked', () => {
  test('a request for an invoice that the server passes on is told with the way back to the payer', async () => {
    const world = createWorld(few);
    await world.fill();
    const offer = (await world.recipient.takeOffer()) ?? new Uint8Array();
    const slot = world.disk().offers.findIndex((o) => o?.status.is === 'used');
    const replyPath = world.serverPath();
    const forwards = world.sent.flatMap(({ content }) =>
      content.kind === 'serve_static_invoice' ? [content.forwardPath] : [],
    );
    const bytes = request(offer).bytes;
    for (const to of forwards)
      await world.recipient.received(
        arrive({ to, message: { content: { kind: 'invoice_request', bytes }, replyPath } }),
      );
    // Only over the path that was given out with this very offer.
    expect(world.wanted).toHaveLength(1);
    expect(world.wanted[0]).toMatchObject({ want: 'invoice', replyPath });
    expect(world.wanted[0]?.offer.offerId).toEqual(world.disk().offers[slot]?.offerId);
  });

  test('a payer who holds money back is told of, and may be answered', async () => {
    const world = createWorld(few);
    await world.fill();
    const { saves } = world;
    const [path] = world.kept.get(0)?.messagePaths ?? [];
    const replyPath = world.serverPath();
    if (!path) throw new Error('no path');
    const content = { kind: 'held_htlc_available' } as const;
    await world.recipient.received(arrive({ to: path, message: { content, replyPath } }));
    expect(world.wanted).toMatchObject([{ want: 'release', replyPath }]);
    expect(release(replyPath)).toEqual({ to: replyPath, content: { kind: 'release_held_htlc' } });
    // Without a way back nobody is told; after the offer's end neither.
    await world.recipient.received(arrive({ to: path, message: { content } }));
    world.time.now = START + 400 * 86_400;
    await world.recipient.received(arrive({ to: path, message: { content, replyPath } }));
    expect([world.wanted.length, world.saves]).toEqual([1, saves]);
  });

  test('the keys of a payment path come from the offer and the time of its invoice', async () => {
    const world = createWorld(few);
    await world.fill();
    const [cached] = world.disk().offers;
    const { edge } = AROUND;
    if (!cached || !edge) throw new Error('no offer');
    const [paid] = world.kept.get(0)?.paths ?? [];
    const again = cached.invoices.map((at) => paymentPath({ ...AROUND, edge }, cached, at).path);
    expect(again).toContainEqual(paid?.path);
  });
});

describe('silence', () => {
  test('answers everything forged, crossed, stale or without a way back, and nothing is written', async () => {
    const world = createWorld(few);
    await world.recipient.handle({ event: 'server-paths', paths: [world.serverPath()] });
    const [letter] = world.table.splice(0);
    if (!letter) throw new Error('no paths came');
    const good = arrive(letter);
    const before = world.disk();
    const [{ saves }, sent] = [world, world.sent.length];
    const { content } = good;
    if (content.kind !== 'offer_paths') throw new Error('no paths');
    const pathId = good.pathId ?? new Uint8Array();
    const bad: Arrived[] = [
      { ...good, pathId: undefined },
      { ...good, pathId: pathId.with(3, (pathId[3] ?? 0) ^ 1) },
      { ...good, replyPath: undefined },
      { ...good, content: { ...content, paths: [] } },
      { ...good, content: { ...content, expiresAt: BigInt(world.time.now + 86_400) } },
      { ...good, content: { kind: 'static_invoice_persisted' } },
      { ...good, content: { kind: 'held_htlc_available' } },
      { ...good, content: { kind: 'invoice_request', bytes: Uint8Array.of(1, 2, 3) } },
      { ...good, content: { kind: 'offer_paths_request', slot: 0 } },
      { ...good, content: { kind: 'static_invoice', bytes: Uint8Array.of(9) } },
    ];
    for (const message of bad) await world.recipient.received(message);
    world.time.now += LDK_LIMITS.replyPathLife + 1;
    await world.recipient.received(good);
    expect([world.disk(), world.saves, world.sent.length, world.wanted]).toEqual([before, saves, sent, []]);
    // And what is in order is still taken.
    world.time.now -= 1;
    await world.recipient.received(good);
    expect(statuses(world)[0]).toBe('pending');
  });

  test('answers a repeated confirmation, and one of an invoice that was replaced', async () => {
    const world = createWorld(few);
    await world.fill();
    const before = world.disk();
    const { replyPath } = lastServed(world);
    const again: Arrived = { content: { kind: 'static_invoice_persisted' }, pathId: pathIdOf(replyPath) };
    const { saves } = world;
    await world.recipient.received(again);
    await world.recipient.received(again);
    expect([world.disk(), world.saves]).toEqual([before, saves]);
  });
});

describe('death between two lines', () => {
  test('before it is written: nothing has left, and the next life does it again', async () => {
    const world = createWorld(few);
    await world.recipient.handle({ event: 'server-paths', paths: [world.serverPath()] });
    const [letter] = world.table.splice(0);
    if (!letter) throw new Error('no paths came');
    const sent = world.sent.length;
    world.trouble = 'save-fails';
    await expect(world.recipient.received(arrive(letter))).rejects.toThrow(Died);
    expect([world.sent.length, statuses(world)]).toEqual([sent, ['empty', 'empty', 'empty']]);
    await world.recipient.received(arrive(letter));
    await world.settle();
    expect(statuses(world)[0]).toBe('ready');
  });

  test('after it is written: the invoice is sent by the next tick', async () => {
    const world = createWorld(few);
    await world.recipient.handle({ event: 'server-paths', paths: [world.serverPath()] });
    const [letter] = world.table.splice(0);
    if (!letter) throw new Error('no paths came');
    world.trouble = 'dies-after-save';
    await expect(world.recipient.received(arrive(letter))).rejects.toThrow(Died);
    expect(world.kept.size).toBe(0);
    world.restart();
    await world.recipient.handle({ event: 'connected' });
    await world.settle();
    expect(statuses(world)[0]).toBe('ready');
  });

  test('while an offer is taken: it is shown only when it is marked as used', async () => {
    const world = createWorld(few);
    await world.fill();
    world.trouble = 'save-fails';
    await expect(world.recipient.takeOffer()).rejects.toThrow(Died);
    expect(statuses(world)).toEqual(['ready', 'ready', 'ready']);
    world.trouble = 'dies-after-save';
    await expect(world.recipient.takeOffer()).rejects.toThrow(Died);
    expect(statuses(world).toSorted()).toEqual(['ready', 'ready', 'used']);
    world.restart();
    const next = await world.recipient.takeOffer();
    expect(next).toBeDefined();
    expect(statuses(world).toSorted()).toEqual(['ready', 'used', 'used']);
  });
});
