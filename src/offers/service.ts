// Being paid under an offer: this wallet's Lightning node at the edge of an Ark server that has one. Messages come and go
// through the Ark mailbox, or over a Lightning node that the person chose; either keeps them while the wallet sleeps. Nothing
// is registered or published before a person asks for an offer, and none is shown at a server where it could not be paid.
import { fromHex, toHex } from '../crypto/bytes.ts';
import { SkiffError, isSkiffError } from '../errors.ts';
import { decodeOfferBytes } from '../lightning/bolt12/offer.ts';
import { onePath } from '../lightning/blinded/path.ts';
import { readPacket } from '../lightning/onion/packet.ts';
import type { IncomingOnionHtlc, OnionMessage } from '../server/gen/mailbox_server_pb.js';
import { invoices } from '../store/invoices.ts';
import { offers, putOffers } from '../store/offers.ts';
import type { OffersRow } from '../store/offer-rows.ts';
import { sats } from '../units.ts';
import type { Sleep } from '../wallet/mailbox/stream.ts';
import { isRejection } from '../wallet/actions/rejection.ts';
import { recentTip } from '../wallet/coins/chain-facts.ts';
import type { EdgeHooks } from '../wallet/mailbox/dispatch.ts';
import type { Deps } from '../wallet/ports.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { freshInvoice } from './async/answer.ts';
import { release, type FlowEvent, type Outgoing, type Wanted } from './async/flow.ts';
import { openHtlc } from './async/held.ts';
import { drawFrom } from './async/paths.ts';
import { createAsyncRecipient } from './async/recipient.ts';
import { EMPTY_STATE, type AsyncState } from './async/state.ts';
import { carriesOffers, recipientKeys, register, surroundings, type AtEdge } from './edge/terms.ts';
import { isSameServer, readOfferServer, writeOfferServer, type OfferServer } from './offer-server.ts';
import { createCourier, type OfferLink } from './courier.ts';
import { createEnvelopes } from './transport/messenger.ts';
import type { OnionTransport } from './transport/port.ts';

/** One offer of ours. */
export interface OfferView {
  offer: string;
  status: 'pending' | 'ready' | 'used';
  /** ms. */
  createdAt: number;
  expiresAt?: number;
}

/** What "your offer" shows. */
export type OwnOffer =
  /** The server has no such thing: an offer could not be paid. */
  | { is: 'unsupported' }
  /** It is being set up with the static-invoice server. */
  | { is: 'preparing' }
  | { is: 'ready'; offer: string; offers: OfferView[] };

export interface OfferService {
  /** The offer to show, set up if need be; `fresh`: one that nobody has seen. @throws SkiffError LOCKED, SERVER_UNREACHABLE */
  ownOffer(fresh?: boolean): Promise<OwnOffer>;
  /** Every offer there is. */
  ownOffers(): Promise<OfferView[]>;
  /** What is due now and then: renews what gets old. Nothing before the first offer was asked for, or while locked. */
  tend(): Promise<void>;
  /** The static-invoice server that was chosen instead of the Ark server's own. */
  offerServer(): Promise<OfferServer | undefined>;
  /**
   * Chooses one, or, with undefined, the Ark server's own again. Offers that were set up with another one are given up:
   * who was given them can no longer pay. @throws SkiffError INVALID_ARGUMENT, HTTP_REFUSED
   */
  chooseOfferServer(choice: OfferServer | undefined): Promise<void>;
  /** Keeps the connection to the chosen server until `signal` aborts; while there is none, waits for one. @throws SkiffError LOCKED */
  followOffers(signal: AbortSignal, sleep: Sleep): Promise<void>;
  /** How messages about offers travel, and whether they do. */
  offerLink(): Promise<OfferLink>;
}

type Hands = Pick<Wallet, 'readMail' | 'receiveForOffer' | 'takeHeld' | 'fileOnion' | 'handleMail'>;

const DAY = 24 * 3_600_000;
const TICK = 60_000;
/** Invoices that wait for payers at a time; whoever asks for more gets no answer. */
const MOST_OPEN = 20;
/** How often is looked for answers while an offer is set up: paths, then the word that the invoice is kept. */
const SETUP_READS = 3;

const NONE: Omit<OffersRow, 'id'> = { state: EMPTY_STATE };

/** @param hands the wallet that is built with these hooks */
export function createOfferService(
  deps: Deps,
  hands: () => Hands,
): { service: OfferService; hooks: EdgeHooks; close(): void } {
  const { ports, config } = deps;
  const { curve, db } = ports;
  let lastTick = 0;
  let isConnected = false;
  const courier = createCourier(deps, hands, {
    load: () => load(),
    connected: () => {
      isConnected = false;
      service
        .tend()
        .catch((error: unknown) => ports.log.warn('the offers were not tended', { reason: String(error) }));
    },
  });

  const load = () => db.read(['offers'], offers);
  const stateOf = (row: OffersRow | undefined) => (row?.state ?? EMPTY_STATE) as AsyncState;
  const seconds = () => Math.floor(ports.now() / 1000);
  const change = (patch: Partial<OffersRow>) =>
    db.write(['offers'], async (tx) => {
      const row = (await offers(tx)) ?? NONE;
      await putOffers(tx, { ...row, ...patch });
    });

  /** @throws SkiffError LOCKED; INTERNAL before the server was asked */
  async function look(): Promise<AtEdge> {
    const row = await load();
    if (!row?.terms) throw new SkiffError({ code: 'INTERNAL', say: 'There are no offers yet.' });
    const [info, tip] = [await (await ports.server()).info(), await recentTip(deps)];
    const { gateway } = courier.transport(row);
    return surroundings(deps, row.terms, recipientKeys(deps), { info, tip, gateway });
  }

  async function post(around: AtEdge, letters: readonly Outgoing[]): Promise<void> {
    const { nodeSecret } = around.keys;
    const envelopes = createEnvelopes({ curve, nodeSecret, random: ports.random });
    await (await transport()).send(letters.map((letter) => envelopes.wrap(letter, around.gateway)));
  }
  const transport = async (): Promise<OnionTransport> => courier.transport((await load()) ?? NONE);

  /** Runs one event; what it says leaves when it is on disk, and is lost when the server does not hear it. */
  async function run(event: FlowEvent): Promise<{ offer?: Uint8Array }> {
    const around = await look();
    const letters: Outgoing[] = [];
    const wants: Wanted[] = [];
    const recipient = createAsyncRecipient(
      {
        load: async () => stateOf(await load()),
        save: (state) => change({ state }),
        send: (letter) => letters.push(letter),
        wanted: (want) => wants.push(want),
        around: () => around,
        now: seconds,
        random: ports.random,
      },
      undefined,
      fleeting,
    );
    const offer = await recipient.handle(event);
    fleeting = recipient.fleeting();
    await post(around, letters).catch(passing('a message about offers was lost'));
    for (const want of wants) await answer(around, want);
    return { ...(offer && { offer }) };
  }
  let fleeting = { requests: 0 };
  const inTurn = (event: FlowEvent) => ports.locks.hold('offers', () => run(event));

  const passing = (what: string) => (error: unknown) => {
    if (!isSkiffError(error) || error.code === 'FENCED') throw error;
    ports.log.warn(what, { reason: error.message });
  };

  /**
   * A payer asks: for the word that we are awake — which we are, with the tip and the server at hand; it is said until it was
   * heard, since a payer asks once. Or for an invoice of now: who gets none takes the one that the server keeps.
   */
  async function answer(around: AtEdge, want: Wanted): Promise<void> {
    if (want.want === 'invoice') return invoiceFor(around, want).catch(passing('a payer was not answered'));
    await post(around, [release(want.replyPath)]).catch((error: unknown) => {
      if (!isRejection(error)) throw error;
    });
  }

  async function invoiceFor(around: AtEdge, want: Extract<Wanted, { want: 'invoice' }>): Promise<void> {
    const open = await db.read(['invoices'], (tx) => invoices(tx, 'open'));
    if (open.filter((row) => row.offer !== undefined).length >= MOST_OPEN) return;
    const amount = sats(want.request.amount / 1000n);
    const { text: offer } = decodeOfferBytes(curve, want.offer.offer);
    let bytes: Uint8Array | undefined;
    await hands().receiveForOffer({
      amount,
      offer,
      make: async (row) => {
        const terms = { paymentHash: fromHex(row.hash), now: seconds() };
        const invoice = freshInvoice(around, want, terms, drawFrom(ports.random(32)));
        const mailboxId = ports.keys.unlocked().mailbox().publicKey;
        await (await ports.server()).injectBolt12Invoice({ invoice: invoice.text, mailboxId });
        bytes = invoice.bytes;
        return { expiresAt: Number(invoice.createdAt + invoice.expirySeconds) * 1000 };
      },
    });
    if (bytes) await post(around, [{ to: want.replyPath, content: { kind: 'invoice', bytes } }]);
  }

  async function ensureRegistered(): Promise<void> {
    const row = await load();
    const server = await ports.server();
    const { serverPubkey } = await server.info();
    const terms = row?.terms;
    // A life that ended right after it had registered has not told the flow.
    const isTold = stateOf(row).serverPaths.length > 0;
    if (isTold && terms?.serverPubkey === toHex(serverPubkey) && ports.now() - terms.at < DAY) return;
    const fresh = await register(deps, server, recipientKeys(deps));
    // Offers of another server's are nothing here.
    const isNew = terms !== undefined && terms.serverPubkey !== fresh.terms.serverPubkey;
    await change({ terms: fresh.terms, ...(isNew && { state: EMPTY_STATE, shown: undefined }) });
    const chosen = row?.peer?.paths.map((path) => onePath.read(path, curve));
    await inTurn({ event: 'server-paths', paths: chosen ?? fresh.serverPaths });
    isConnected = true;
  }

  /** Registered, and what was left undone by an earlier life or lost on the way is asked for again. */
  async function prepare(): Promise<void> {
    await ensureRegistered();
    if (isConnected) return;
    await inTurn({ event: 'connected' });
    isConnected = true;
  }

  /** Could somebody pay us under an offer, as things are? */
  const canCarry = async (row: Pick<OffersRow, 'peer'> | undefined): Promise<boolean> =>
    carriesOffers(await (await ports.server()).info(), row?.peer !== undefined);

  const viewOf = (row: OffersRow | undefined): OfferView[] =>
    stateOf(row).offers.flatMap((cached) =>
      cached === null
        ? []
        : [
            {
              offer: decodeOfferBytes(curve, cached.offer).text,
              status: cached.status.is,
              createdAt: cached.createdAt * 1000,
              ...(cached.expiresAt !== undefined && { expiresAt: cached.expiresAt * 1000 }),
            },
          ],
    );

  const service: OfferService = {
    async ownOffer(fresh = false) {
      if (!(await canCarry(await load()))) return { is: 'unsupported' };
      await prepare();
      for (let read = 0; read < SETUP_READS; read++) {
        const row = await load();
        const views = viewOf(row);
        const shown = views.find((one) => one.offer === row?.shown);
        if (shown && !fresh) return { is: 'ready', offer: shown.offer, offers: views };
        const { offer } = await inTurn({ event: 'take-offer' });
        if (offer) {
          const { text } = decodeOfferBytes(curve, offer);
          await change({ shown: text });
          return { is: 'ready', offer: text, offers: viewOf(await load()) };
        }
        await (await transport()).take(true);
      }
      return { is: 'preparing' };
    },

    ownOffers: async () => viewOf(await load()),

    async tend() {
      const row = await load();
      if (!row?.terms) return;
      try {
        if (row.peer) await courier.transport(row).take();
        if (isConnected && ports.now() - lastTick < TICK) return;
        lastTick = ports.now();
        if (!(await canCarry(row))) return;
        await ensureRegistered();
        await inTurn({ event: isConnected ? 'tick' : 'connected' });
        isConnected = true;
      } catch (error) {
        passing('the offers could not be tended')(error);
      }
    },

    async offerServer() {
      const peer = (await load())?.peer;
      return peer && writeOfferServer(peer);
    },

    async chooseOfferServer(choice) {
      const peer = choice && readOfferServer(curve, choice, config.network === 'regtest');
      // Saved once more as it is: the offers stay.
      if (isSameServer((await load())?.peer, peer)) return;
      await change({ peer, state: EMPTY_STATE, shown: undefined, terms: undefined });
      courier.changed();
      isConnected = false;
      if (peer && (await canCarry({ peer }).catch(() => false)))
        await ensureRegistered().catch(passing('the offers could not be set up'));
    },

    followOffers: (signal, sleep) => courier.follow(signal, sleep),
    offerLink: async () => courier.link(await load()),
  };

  const hooks: EdgeHooks = {
    async onOnionMessage({ pathKey, packet }: OnionMessage) {
      if (!(await load())?.terms) return;
      const { nodeSecret } = recipientKeys(deps);
      const envelopes = createEnvelopes({ curve, nodeSecret, random: ports.random });
      let message: ReturnType<typeof envelopes.unwrap>;
      try {
        message = envelopes.unwrap({ pathKey, packet: readPacket(curve, packet) });
      } catch (error) {
        if (isSkiffError(error)) return;
        throw error;
      }
      if (message) await inTurn({ event: 'message', message });
    },

    async onOnionHtlc({ paymentHash, forwardMsat, outgoingCltv, nextOnion, pathKey }: IncomingOnionHtlc) {
      const row = await load();
      if (!row?.terms) return;
      const htlc = { paymentHash, forwardMsat, outgoingCltv, nextOnion, pathKey };
      const opened = openHtlc(await look(), stateOf(row), htlc, seconds());
      try {
        if (!opened) return void (await sendBack(paymentHash));
        await hands().takeHeld({
          preimage: toHex(opened.preimage),
          amount: sats(opened.amountMsat / 1000n),
          offer: decodeOfferBytes(curve, opened.offer.offer).text,
        });
      } catch (error) {
        if (!isSkiffError(error, 'AMOUNT_OUT_OF_RANGE') && !isSkiffError(error, 'UNSUPPORTED')) throw error;
        await sendBack(paymentHash);
      }
    },
  };

  /** The payer's money goes back at once, not only when the server has waited long enough. */
  async function sendBack(paymentHash: Uint8Array): Promise<void> {
    await (await ports.server()).failOnionHtlc({ paymentHash }).catch((error: unknown) => {
      if (!isRejection(error)) throw error;
    });
  }

  return { service, hooks, close: courier.close };
}
