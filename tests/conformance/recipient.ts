// An async recipient as a wallet would run it, over any byte stream, with a disk in memory: what the LDK proofs drive, in
// Node and, bundled, in Chromium.
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { onePath } from '../../src/lightning/blinded/path.ts';
import { decodeOfferBytes } from '../../src/lightning/bolt12/offer.ts';
import { freshInvoice } from '../../src/offers/async/answer.ts';
import { release, type Outgoing, type Wanted } from '../../src/offers/async/flow.ts';
import { drawFrom, type LightningEdge, type Surroundings } from '../../src/offers/async/paths.ts';
import { createAsyncRecipient, type AsyncRecipient } from '../../src/offers/async/recipient.ts';
import { EMPTY_STATE, type AsyncState } from '../../src/offers/async/state.ts';
import { connectPeer, type Peer } from '../../src/offers/transport/bolt8.ts';
import { createEnvelopes } from '../../src/offers/transport/messenger.ts';
import type { OpenStream } from '../../src/http/stream.ts';
import { msats } from '../../src/units.ts';

/** What a proof does with a recipient; only plain values cross, so that it may live in a page. */
export interface Recipient {
  nodeId(): Promise<string>;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** The worker dies: everything but the disk is gone. */
  restart(): Promise<void>;
  setPaths(paths: string[]): Promise<void>;
  tick(): Promise<void>;
  /** Moves its clock. */
  advance(seconds: number): Promise<void>;
  /** `lno1…` */
  take(): Promise<string | undefined>;
  statuses(): Promise<string[]>;
  /** What others have wanted since its last restart. */
  wanted(): Promise<string[]>;
  saves(): Promise<number>;
}

const REGTEST = fromHex('06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f');
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** @param gateway hex, the node that `open` reaches */
export function createRecipient(gateway: string, open: OpenStream): Recipient {
  const root = random(32);
  const key = (tag: string) => sha256(root, new TextEncoder().encode(tag));
  const nodeSecret = key('node');
  const edge: LightningEdge = {
    nodeId: curve.publicKey(key('edge')),
    shortChannelId: 16_000_000n << 40n,
    relay: { cltvExpiryDelta: 40, feeProportionalMillionths: 0, feeBaseMsat: 1000 },
    htlcMinimum: msats(1n),
    htlcMaximum: msats(100_000_000_000n),
    minFinalCltv: 18,
    maxCltvExpiry: 1_000_000,
  };
  const around: Surroundings & { edge: LightningEdge } = {
    curve,
    keys: { nodeSecret, contextKey: key('contexts'), offerKey: key('offers') },
    gateway: fromHex(gateway),
    edge,
    chain: REGTEST,
  };
  const envelopes = createEnvelopes({ curve, nodeSecret, random });
  let disk: AsyncState = EMPTY_STATE;
  let saves = 0;
  let ahead = 0;
  let transport: Peer | undefined;
  let wanted: string[] = [];
  const now = () => Math.floor(Date.now() / 1000) + ahead;
  const send = (message: Outgoing) => transport?.send(envelopes.wrap(message, around.gateway));

  /** Every request is answered, every payer released. */
  function answer(want: Wanted): void {
    wanted.push(want.want);
    if (want.want === 'release') return send(release(want.replyPath));
    const terms = { paymentHash: sha256(random(32)), now: now() };
    const { bytes } = freshInvoice(around, want, terms, drawFrom(random(32)));
    send({ to: want.replyPath, content: { kind: 'invoice', bytes } });
  }

  const boot = (): AsyncRecipient =>
    createAsyncRecipient({
      load: async () => disk,
      save: async (state) => {
        disk = structuredClone(state);
        saves += 1;
      },
      send,
      wanted: answer,
      around: () => around,
      now,
      random,
    });
  let recipient = boot();

  const disconnect = async () => {
    transport?.close();
    transport = undefined;
  };
  return {
    nodeId: async () => toHex(curve.publicKey(nodeSecret)),
    async connect() {
      const mine = recipient;
      const order = {
        curve,
        nodeSecret,
        ephemeral: random(32),
        remote: around.gateway,
        chain: REGTEST,
        open,
      };
      transport = await connectPeer(order, {
        received: (message) => {
          const arrived = envelopes.unwrap(message);
          if (arrived && mine === recipient) void mine.received(arrived);
        },
        closed: () => undefined,
      });
      await mine.handle({ event: 'connected' });
    },
    disconnect,
    async restart() {
      await disconnect();
      wanted = [];
      recipient = boot();
    },
    async setPaths(paths) {
      const read = paths.map((path) => onePath.read(fromHex(path), curve));
      await recipient.handle({ event: 'server-paths', paths: read });
    },
    tick: async () => void (await recipient.handle({ event: 'tick' })),
    advance: async (seconds) => void (ahead += seconds),
    async take() {
      const offer = await recipient.takeOffer();
      return offer && decodeOfferBytes(curve, offer).text;
    },
    statuses: async () => disk.offers.map((offer) => offer?.status.is ?? 'empty'),
    wanted: async () => wanted,
    saves: async () => saves,
  };
}
