// The async recipient as a pure function (LDK's OffersMessageFlow, recipient's side): an event and the state in; out come the
// new state, whether it must be stored, and messages that may leave only when it is. What is forged, stale, repeated or not
// understood changes nothing and is answered by nothing.
import { equalBytes } from '../../crypto/bytes.ts';
import type { Bytes } from '../../crypto/curve.ts';
import { isSkiffError } from '../../errors.ts';
import { manyPaths, onePath, writeBlindedPath, type BlindedPath } from '../../lightning/blinded/path.ts';
import { decodeInvoiceRequest, type InvoiceRequest } from '../../lightning/bolt12/invoice-request.ts';
import { decodeOfferBytes, encodeOffer } from '../../lightning/bolt12/offer.ts';
import type { OnionContent } from '../../lightning/onion/contents.ts';
import * as cache from './cache.ts';
import { contextOf, NEVER, type Context } from './contexts.ts';
import type { Limits } from './limits.ts';
import { drawFrom, messagePath, offerSecret, saltOf, staticInvoice, type Surroundings } from './paths.ts';
import { withOffer, type AsyncState, type CachedOffer, type Fleeting } from './state.ts';

/** A message that arrived over a blinded path, peeled. */
export interface Arrived {
  content: OnionContent;
  /** What the path's author left for us: ours only if its seal says so. */
  pathId?: Bytes;
  replyPath?: BlindedPath;
}

export type FlowEvent =
  /** The way to another server, or to the same one over other paths. */
  | { event: 'server-paths'; paths: readonly BlindedPath[] }
  | { event: 'connected' }
  | { event: 'tick' }
  | { event: 'take-offer' }
  | { event: 'message'; message: Arrived };

export interface Outgoing {
  to: BlindedPath;
  content: OnionContent;
  replyPath?: BlindedPath;
}

/** What somebody wants who is to be answered with more than a message. */
export type Wanted =
  /** A payer would take an invoice of now. */
  | { want: 'invoice'; request: InvoiceRequest; offer: CachedOffer; replyPath: BlindedPath }
  /** A payer holds money until we say that we are awake. */
  | { want: 'release'; offer: CachedOffer; replyPath: BlindedPath };

export interface FlowResult {
  state: AsyncState;
  fleeting: Fleeting;
  /** `state` must be on disk before anything of this result is told to anybody. */
  persist: boolean;
  send: Outgoing[];
  wanted?: Wanted;
  /** With `take-offer`: encoded. */
  offer?: Bytes;
}

export interface FlowInput {
  state: AsyncState;
  fleeting: Fleeting;
  /** Unix seconds. */
  now: number;
  /** 32 fresh bytes for this event alone. */
  seed: Bytes;
  around: Surroundings;
  limits: Limits;
}

type Step = Pick<FlowResult, 'state'> & Partial<FlowResult>;

const pathsOf =
  ({ around }: FlowInput) =>
  (offer: CachedOffer): Bytes =>
    manyPaths.write(decodeOfferBytes(around.curve, offer.offer).fields.paths ?? []);

/** One round of asking for paths, over every way to the server. */
function requestPaths(input: FlowInput, isTick: boolean): Step {
  const { now, limits, around, seed } = input;
  const state = cache.pruned(input.state, now);
  const isReset = isTick || state !== input.state;
  const fleeting: Fleeting = isReset ? { requests: 0 } : input.fleeting;
  const slot = cache.slotInNeed(state, now, limits);
  if (slot === undefined || fleeting.requests >= limits.requestsPerTick) return { state, fleeting };
  const draw = drawFrom(seed);
  const context: Context = { kind: 'offer-paths', slot, expiresAt: now + limits.replyPathLife };
  const send = state.serverPaths.slice(0, limits.copies).map((path, i) => ({
    to: onePath.read(path, around.curve),
    content: { kind: 'offer_paths_request', slot } as const,
    replyPath: messagePath(around, context, draw(`request ${i}`)),
  }));
  return { state, fleeting: { requests: fleeting.requests + 1 }, send };
}

/** Most invoices of one offer whose payments are still understood. */
const REMEMBERED = 16;

/** An invoice for the server to keep, and the offer that remembers it. Undefined when none can be made. */
function serve(
  { now, around, seed, limits }: FlowInput,
  slot: number,
  cached: CachedOffer,
): { offer: CachedOffer; message: Outgoing } | undefined {
  const { edge } = around;
  if (!edge) return undefined;
  const draw = (label: string) => drawFrom(seed)(`${slot} ${label}`);
  const invoice = staticInvoice({ ...around, edge }, cached, now, draw);
  if (invoice.bytes.length > limits.invoiceBytes) return undefined;
  const { offerId, expiresAt = NEVER } = cached;
  const reply: Context = { kind: 'persisted', offerId, invoiceCreatedAt: now, expiresAt };
  const forward: Context = { kind: 'invoice-request', offerId, expiresAt };
  return {
    offer: { ...cached, invoices: [...cached.invoices.filter((at) => at !== now), now].slice(-REMEMBERED) },
    message: {
      to: onePath.read(cached.updatePath, around.curve),
      content: {
        kind: 'serve_static_invoice',
        invoice: invoice.bytes,
        forwardPath: messagePath(around, forward, draw('forward')),
      },
      replyPath: messagePath(around, reply, draw('persisted')),
    },
  };
}

function refreshInvoices(input: FlowInput, state: AsyncState): Step {
  const send: Outgoing[] = [];
  let next = state;
  for (const { slot, offer } of cache.needInvoice(state, input.now, input.limits)) {
    const made = serve(input, slot, offer);
    if (!made) continue;
    send.push(made.message);
    next = withOffer(next, slot, made.offer);
  }
  return { state: next, send };
}

/** Connected: as much as a tick, for who is seldom awake; only that it earns no further requests. */
function refresh(input: FlowInput, isTick: boolean): Step {
  if (input.state.serverPaths.length === 0) return { state: input.state };
  const asked = requestPaths(input, isTick);
  const renewed = refreshInvoices(input, asked.state);
  return { ...asked, state: renewed.state, send: [...(asked.send ?? []), ...(renewed.send ?? [])] };
}

function setPaths(input: FlowInput, paths: readonly BlindedPath[]): Step {
  const { state, limits } = input;
  if (paths.length === 0) return { state };
  const serverPaths = paths.map(writeBlindedPath);
  const isSame =
    serverPaths.length === state.serverPaths.length &&
    serverPaths.every((path, i) => equalBytes(path, state.serverPaths[i] as Bytes));
  const offers = state.offers.length === 0 ? Array<null>(limits.slots).fill(null) : state.offers;
  const next = isSame ? state : { ...state, serverPaths, offers };
  return refresh({ ...input, state: next }, false);
}

/** Paths for an offer came: the offer is made, kept as pending, and its invoice sent. */
function offerPaths(
  input: FlowInput,
  { content, pathId, replyPath }: Arrived & { content: { kind: 'offer_paths' } & OnionContent },
): Step {
  const { around, now, limits, seed } = input;
  const state = cache.pruned(input.state, now);
  const context = contextOf(around.keys.contextKey, pathId, 'offer-paths', now);
  if (!context || !replyPath || content.paths.length === 0) return { state: input.state };
  const { slot } = context;
  const expiresAt = content.expiresAt === undefined ? undefined : Number(content.expiresAt);
  const asked = { slot, paths: manyPaths.write(content.paths), expiresAt };
  if (!cache.wants(state, asked, now, limits, pathsOf(input))) return { state: input.state };
  const salt = saltOf(drawFrom(seed));
  const offer = encodeOffer(around.curve, {
    ...(around.chain && { chains: [around.chain] }),
    paths: content.paths,
    issuerId: around.curve.publicKey(offerSecret(around, salt)),
    ...(content.expiresAt !== undefined && { absoluteExpiry: content.expiresAt }),
  });
  const made = serve(input, slot, {
    offer: offer.bytes,
    offerId: offer.id,
    salt,
    createdAt: now,
    ...(expiresAt !== undefined && { expiresAt }),
    status: { is: 'pending' },
    updatePath: writeBlindedPath(replyPath),
    invoices: [],
  });
  if (!made) return { state: input.state };
  return { state: withOffer(state, slot, made.offer), send: [made.message] };
}

/** The live offer of ours that a message of this kind is about. */
function offerOf(
  { state, around, now }: FlowInput,
  pathId: Bytes | undefined,
  kind: 'invoice-request' | 'held-htlc',
): CachedOffer | undefined {
  const context = contextOf(around.keys.contextKey, pathId, kind, now);
  return context && cache.findOffer(cache.pruned(state, now), context.offerId)?.offer;
}

function wants(input: FlowInput, { content, pathId, replyPath }: Arrived): Wanted | undefined {
  if (!replyPath) return undefined;
  if (content.kind === 'held_htlc_available') {
    const offer = offerOf(input, pathId, 'held-htlc');
    return offer && { want: 'release', offer, replyPath };
  }
  if (content.kind !== 'invoice_request') return undefined;
  const offer = offerOf(input, pathId, 'invoice-request');
  if (!offer) return undefined;
  const request = decodeInvoiceRequest(input.around.curve, content.bytes);
  return equalBytes(request.offerId, offer.offerId)
    ? { want: 'invoice', request, offer, replyPath }
    : undefined;
}

function arrived(input: FlowInput, message: Arrived): Step {
  const { state, around, now } = input;
  const { content, pathId } = message;
  switch (content.kind) {
    case 'offer_paths':
      return offerPaths(input, { ...message, content });
    case 'static_invoice_persisted': {
      const context = contextOf(around.keys.contextKey, pathId, 'persisted', now);
      return { state: context ? cache.persisted(state, context.offerId, context.invoiceCreatedAt) : state };
    }
    default:
      return { state, wanted: wants(input, message) };
  }
}

function takeOffer({ state, now }: FlowInput): Step {
  const taken = cache.take(state, now);
  return taken ? { state: taken.state, offer: taken.offer.offer } : { state: cache.pruned(state, now) };
}

function step(input: FlowInput, event: FlowEvent): Step {
  switch (event.event) {
    case 'server-paths':
      return setPaths(input, event.paths);
    case 'connected':
      return refresh(input, false);
    case 'tick':
      return refresh(input, true);
    case 'take-offer':
      return takeOffer(input);
    case 'message':
      return arrived(input, event.message);
  }
}

/** What becomes of an event. Never throws for what others sent. */
export function flow(input: FlowInput, event: FlowEvent): FlowResult {
  const { state, fleeting } = input;
  const nothing = { state, fleeting, persist: false, send: [] };
  try {
    const next = step(input, event);
    return { ...nothing, ...next, persist: next.state !== state };
  } catch (e) {
    // Bytes of a stranger that do not read are no news.
    if (event.event === 'message' && isSkiffError(e)) return nothing;
    throw e;
  }
}

/** Says to a payer that the money may come. */
export const release = (replyPath: BlindedPath): Outgoing => ({
  to: replyPath,
  content: { kind: 'release_held_htlc' },
});
