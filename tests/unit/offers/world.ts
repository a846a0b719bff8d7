// An async recipient and a static-invoice server in one room: the server keeps invoices by slot and says so; messages lie on
// a table until the test delivers, repeats or loses them.
import { hmacSha256, sha256 } from '../../../src/crypto/hash.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { buildBlindedPath, unwrapHop } from '../../../src/lightning/blinded/hops.ts';
import type { BlindedPath } from '../../../src/lightning/blinded/path.ts';
import { readRecipientData, writeRecipientData } from '../../../src/lightning/blinded/recipient-data.ts';
import { decodeStaticInvoice, type StaticInvoice } from '../../../src/lightning/bolt12/static-invoice.ts';
import { writeInt } from '../../../src/lightning/wire.ts';
import { msats } from '../../../src/units.ts';
import type { Arrived, Outgoing, Wanted } from '../../../src/offers/async/flow.ts';
import { LDK_LIMITS, type Limits } from '../../../src/offers/async/limits.ts';
import type { Surroundings } from '../../../src/offers/async/paths.ts';
import { createAsyncRecipient, type AsyncRecipient } from '../../../src/offers/async/recipient.ts';
import { EMPTY_STATE, type AsyncState } from '../../../src/offers/async/state.ts';

const secret = (name: string): Bytes => sha256(new TextEncoder().encode(name));
export const NODE = secret('recipient');
export const GATEWAY = secret('gateway');
const SERVER = secret('server');
export const START = 1_800_000_000;
const YEAR = 365 * 86_400;

export const AROUND: Surroundings = {
  curve,
  keys: { nodeSecret: NODE, contextKey: secret('contexts'), offerKey: secret('offers') },
  gateway: curve.publicKey(GATEWAY),
  edge: {
    nodeId: curve.publicKey(secret('edge')),
    shortChannelId: 16_000_001n << 40n,
    relay: { cltvExpiryDelta: 40, feeProportionalMillionths: 100, feeBaseMsat: 1000 },
    htlcMinimum: msats(1n),
    htlcMaximum: msats(1_000_000_000n),
    minFinalCltv: 18,
    maxCltvExpiry: 900_000,
  },
};

/** What the author of a path over the gateway left for the recipient. */
export function pathIdOf(path: BlindedPath): Bytes | undefined {
  const first = unwrapHop(curve, GATEWAY, path.pathKey, path.hops[0]?.data ?? new Uint8Array());
  const last = unwrapHop(curve, NODE, first.nextPathKey, path.hops[1]?.data ?? new Uint8Array());
  return readRecipientData(curve, last.plaintext).fields.pathId;
}

/** A message for the recipient that waits on the table. */
export interface Letter {
  to: BlindedPath;
  message: Omit<Arrived, 'pathId'>;
}

export const arrive = ({ to, message }: Letter): Arrived => ({ ...message, pathId: pathIdOf(to) });

export interface World {
  recipient: AsyncRecipient;
  /** On disk. */
  disk(): AsyncState;
  /** What the server has kept, by slot. */
  kept: Map<number, StaticInvoice>;
  /** Letters of the server that wait. */
  table: Letter[];
  sent: Outgoing[];
  wanted: Wanted[];
  saves: number;
  time: { now: number };
  /** Delivers everything, and what that causes. */
  settle(): Promise<void>;
  /** As `settle`, with ticks of a minute in between until every slot is ready. */
  fill(): Promise<void>;
  /** The worker dies and starts again. */
  restart(): void;
  /** Set: the next save fails, or dies right after it. */
  trouble: 'save-fails' | 'dies-after-save' | undefined;
  serverPath(): BlindedPath;
}

export class Died extends Error {}

export function createWorld(limits: Limits = LDK_LIMITS): World {
  let disk: AsyncState = EMPTY_STATE;
  let counter = 0;
  let isAlive = true;
  const draw = (what: string): Bytes =>
    hmacSha256(secret('world'), writeInt((counter += 1), 4), secret(what));
  const time = { now: START };
  const slots = new Map<string, number>();

  /** A path to the server that stands for a slot. */
  function serverPath(slot?: number): BlindedPath {
    const plaintext = writeRecipientData({ pathId: draw('server') });
    const { path } = buildBlindedPath(curve, draw('path'), [{ nodeId: curve.publicKey(SERVER), plaintext }]);
    if (slot !== undefined) slots.set(toHex(path.pathKey), slot);
    return path;
  }

  /** What the server makes of a message. */
  function serve({ to, content, replyPath }: Outgoing): void {
    if (!replyPath) return;
    if (content.kind === 'offer_paths_request') {
      const { slot } = content;
      world.table.push({
        to: replyPath,
        message: {
          content: { kind: 'offer_paths', paths: [serverPath()], expiresAt: BigInt(time.now + YEAR) },
          replyPath: serverPath(slot),
        },
      });
    } else if (content.kind === 'serve_static_invoice') {
      const slot = slots.get(toHex(to.pathKey));
      if (slot === undefined) throw new Error('an invoice over a path that is none');
      world.kept.set(slot, decodeStaticInvoice(curve, content.invoice));
      world.table.push({ to: replyPath, message: { content: { kind: 'static_invoice_persisted' } } });
    }
  }

  const boot = (): AsyncRecipient =>
    createAsyncRecipient(
      {
        load: async () => disk,
        async save(state) {
          const { trouble } = world;
          world.trouble = undefined;
          if (trouble === 'save-fails') throw new Died('disk');
          disk = structuredClone(state);
          world.saves += 1;
          if (trouble === 'dies-after-save') {
            isAlive = false;
            throw new Died('power');
          }
        },
        send(message) {
          if (!isAlive) return;
          world.sent.push(message);
          serve(message);
        },
        wanted: (want) => world.wanted.push(want),
        around: () => AROUND,
        now: () => time.now,
        random: (length) => draw('random').slice(0, length),
      },
      limits,
    );

  const world: World = {
    recipient: boot(),
    disk: () => disk,
    kept: new Map(),
    table: [],
    sent: [],
    wanted: [],
    saves: 0,
    time,
    trouble: undefined,
    serverPath: () => serverPath(),
    async settle() {
      for (let letter = world.table.shift(); letter; letter = world.table.shift())
        await world.recipient.received(arrive(letter));
    },
    async fill() {
      await world.recipient.handle({ event: 'server-paths', paths: [serverPath()] });
      for (let i = 0; i < limits.slots; i++) {
        await world.settle();
        time.now += 60;
        await world.recipient.handle({ event: 'tick' });
      }
      await world.settle();
    },
    restart() {
      isAlive = true;
      world.recipient = boot();
    },
  };
  return world;
}
