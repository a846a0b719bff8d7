// An async recipient in a bad world: messages lost, repeated, out of order and forged, clocks that jump, disks that fail and
// lives that end between writing and sending. Whatever happens, what was shown to somebody can be paid.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { decodeOfferBytes } from '../../../src/lightning/bolt12/offer.ts';
import type { Arrived } from '../../../src/offers/async/flow.ts';
import { LDK_LIMITS } from '../../../src/offers/async/limits.ts';
import { arrive, createWorld, Died, type Letter, type World } from './world.ts';

const limits = { ...LDK_LIMITS, slots: 2 };

type Op =
  | { do: 'tick' | 'connected' | 'take' | 'restart' }
  | { do: 'deliver' | 'repeat' | 'lose'; at: number }
  | { do: 'forge'; at: number; byte: number }
  | { do: 'clock'; seconds: number }
  | { do: 'trouble'; kind: 'save-fails' | 'dies-after-save' };

const at = fc.nat(9);
const op: fc.Arbitrary<Op> = fc.oneof(
  { arbitrary: fc.constant<Op>({ do: 'tick' }), weight: 4 },
  { arbitrary: fc.constant<Op>({ do: 'connected' }), weight: 2 },
  { arbitrary: fc.constant<Op>({ do: 'take' }), weight: 2 },
  { arbitrary: fc.constant<Op>({ do: 'restart' }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('deliver' as const), at }), weight: 10 },
  { arbitrary: fc.record({ do: fc.constant('repeat' as const), at }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('lose' as const), at }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('forge' as const), at, byte: fc.nat(60) }), weight: 1 },
  {
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      seconds: fc.integer({ min: -3600, max: 18_000 }),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('trouble' as const),
      kind: fc.constantFrom('save-fails' as const, 'dies-after-save' as const),
    }),
    weight: 1,
  },
);

interface Watch {
  /** Ids of offers that were shown. */
  shown: Set<string>;
  /** Letters that were delivered, to be repeated. */
  delivered: Letter[];
  requests: number;
}

const asked = (world: World): number =>
  world.sent.filter(({ content }) => content.kind === 'offer_paths_request').length;

const pick = <T>(list: T[], index: number): T | undefined => list[index % Math.max(list.length, 1)];

async function take(world: World, watch: Watch): Promise<void> {
  const before = world.disk().offers;
  const hasFresh = before.some((o) => o?.status.is === 'ready');
  const bytes = await world.recipient.takeOffer();
  if (!bytes) return expect(hasFresh).toBe(false);
  const id = toHex(decodeOfferBytes(curve, bytes).id);
  // As long as there is one that nobody has, nobody gets one that somebody has. One that was given out by a life that ended
  // before it could show it counts as one that somebody has.
  const wasUsed = before.some((o) => o?.status.is === 'used' && toHex(o.offerId) === id);
  expect(wasUsed).toBe(!hasFresh);
  if (hasFresh) expect(watch.shown.has(id)).toBe(false);
  watch.shown.add(id);
}

async function forge(world: World, message: Arrived, byte: number): Promise<void> {
  const { pathId } = message;
  if (!pathId) return;
  const i = byte % pathId.length;
  const before = [world.disk(), world.saves, world.sent.length, world.wanted.length];
  await world.recipient.received({ ...message, pathId: pathId.with(i, (pathId[i] ?? 0) ^ 0x55) });
  expect([world.disk(), world.saves, world.sent.length, world.wanted.length]).toEqual(before);
}

async function perform(world: World, watch: Watch, op: Op): Promise<void> {
  switch (op.do) {
    case 'tick':
      watch.requests = asked(world);
      await world.recipient.handle({ event: 'tick' });
      return;
    case 'connected':
      await world.recipient.handle({ event: 'connected' });
      return;
    case 'take':
      return take(world, watch);
    case 'restart':
      watch.requests = asked(world);
      return world.restart();
    case 'deliver': {
      const [letter] = world.table.splice(op.at % Math.max(world.table.length, 1), 1);
      if (!letter) return;
      watch.delivered.push(letter);
      return world.recipient.received(arrive(letter));
    }
    case 'repeat': {
      const letter = pick(watch.delivered, op.at);
      return letter && world.recipient.received(arrive(letter));
    }
    case 'lose':
      world.table.splice(op.at, 1);
      return;
    case 'forge': {
      const letter = pick([...watch.delivered, ...world.table], op.at);
      return letter && forge(world, arrive(letter), op.byte);
    }
    case 'clock':
      world.time.now += op.seconds;
      return;
    case 'trouble':
      world.trouble = op.kind;
      return;
  }
}

function holds(world: World, watch: Watch, before: { disk: unknown; saves: number }): void {
  if (world.saves === before.saves) expect(world.disk()).toBe(before.disk);
  const offers = world.disk().offers.flatMap((o, slot) => (o ? [{ ...o, slot }] : []));
  for (const id of watch.shown) {
    const offer = offers.find((o) => toHex(o.offerId) === id);
    // It is still there, marked as given out, and the server has an invoice for it and for nothing else in its slot.
    expect(offer?.status.is).toBe('used');
    expect(toHex(world.kept.get(offer?.slot ?? -1)?.offerId ?? new Uint8Array())).toBe(id);
  }
  for (const offer of offers)
    if (offer.status.is === 'ready') expect(world.kept.get(offer.slot)?.offerId).toEqual(offer.offerId);
  expect(asked(world) - watch.requests).toBeLessThanOrEqual(limits.requestsPerTick);
}

/** The life ends between writing that an offer is given out and showing it. */
const DIES_AT_TAKE: Op[] = [
  { do: 'deliver', at: 0 },
  { do: 'deliver', at: 0 },
  { do: 'trouble', kind: 'dies-after-save' },
  { do: 'take' },
  { do: 'take' },
];

test('whatever happens on the way, an offer that was shown can be paid until it ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 10, maxLength: 40 }), async (ops) => {
      const world = createWorld(limits);
      const watch: Watch = { shown: new Set(), delivered: [], requests: 0 };
      await world.recipient.handle({ event: 'server-paths', paths: [world.serverPath()] });
      for (const one of ops) {
        const before = { disk: world.disk(), saves: world.saves };
        try {
          await perform(world, watch, one);
        } catch (e) {
          if (!(e instanceof Died)) throw e;
          watch.requests = asked(world);
          world.restart();
        }
        holds(world, watch, before);
      }
      // Left alone, it comes to rest with every slot payable.
      world.trouble = undefined;
      for (let i = 0; i < 4; i++) {
        await world.recipient.handle({ event: 'tick' });
        await world.settle();
      }
      expect(world.disk().offers.map((o) => o?.status.is ?? 'empty')).not.toContain('pending');
    }),
    { numRuns: process.env.CRASH_FULL === '1' ? 100 : 8, examples: [[DIES_AT_TAKE]] },
  );
}, 600_000);
