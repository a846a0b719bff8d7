// A Lightning network in memory: nodes that issue invoices (BOLT 11) and offers (BOLT 12), and payments that settle, fail or hang on demand.
// Routing is a fee and a number of blocks; what the payee checks (amount, expiry, payment secret) is real.
import { randomBytes } from 'node:crypto';
import type { Curve } from '../../src/crypto/curve.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { encodeBolt11, signWith } from '../../src/lightning/bolt11-encode.ts';
import { msats } from '../../src/units.ts';
import type { InvoiceNetwork } from '../../src/lightning/bolt11-hrp.ts';
import { readInvoice, type DevInvoice, type InvoiceTerms } from './invoice.ts';
import { createHolds, type Holds } from './holds.ts';
import { remember } from '../snapshot.ts';
import { createOffers, type Offers } from './offers.ts';
import { createParts, type Parts } from './parts.ts';
import { createPayer, type Payer } from './payer.ts';

export type FailureReason =
  | 'FEE_TOO_LOW'
  | 'CLTV_TOO_LONG'
  | 'NO_ROUTE'
  | 'DESTINATION_REJECTED'
  | 'SETUP_TIMEOUT'
  | 'INVOICE_STATE'
  | 'OTHER'
  | 'RETRIES_EXHAUSTED';

export type PaymentResult =
  { readonly preimage: Uint8Array; readonly feeMsat: bigint } | { readonly failed: FailureReason };

export interface InvoiceRequest {
  /** Name of the issuing node; nodes appear when first named. */
  node?: string;
  /** Left out: the payer chooses. */
  amountMsat?: bigint;
  memo?: string;
  descriptionHash?: Uint8Array;
  expirySeconds?: number;
  minFinalCltv?: number;
  network?: InvoiceNetwork;
  preimage?: Uint8Array;
  hold?: boolean;
  settleAfterMs?: number;
}

export interface PayRequest {
  /** Text of either kind. */
  readonly invoice: string;
  readonly amountMsat: bigint;
  readonly maxFeeMsat: bigint;
  /** Most blocks the route may lock the payment for. */
  readonly maxCltv: number;
  /** The amount is a part of the invoice's, of which others pay the rest. */
  readonly isPart?: boolean;
  /** Blocks that the HTLC lives at the payee, when not the invoice's own. */
  readonly finalCltv?: number;
  readonly signal?: AbortSignal;
}

export interface LightningNetwork extends Offers, Holds, Parts {
  /** What the answer does: back to how it is now. Nothing may be under way. */
  snapshot(): () => void;
  createInvoice(request?: InvoiceRequest): DevInvoice & { readonly bolt11: string };
  /** Finds an invoice by its payment hash (hex). */
  invoice(paymentHash: string): DevInvoice | undefined;
  readonly invoices: readonly DevInvoice[];
  /** Sends a payment; resolves when it is settled or has failed. An abort before settlement fails it with OTHER. */
  pay(request: PayRequest): Promise<PaymentResult>;
  /** Releases the preimage of a held payment. @throws Error when none is held */
  settle(paymentHash: string): void;
  /** Fails a held payment, or makes an open invoice refuse. */
  cancel(paymentHash: string): void;
  /** The next `times` payments fail with `reason` before they reach a payee. */
  failNext(reason: FailureReason, times?: number): void;
  /** Every payment takes this long before it reaches the payee. */
  setDelay(ms: number): void;
  /** What one payment costs in routing fees, and for how many blocks each route locks beyond the invoice's own. */
  setRoute(route: { feeMsat?: bigint; blocks?: number }): void;
  /** Pays invoices on demand. */
  readonly payer: Payer;
}

export interface LightningOptions {
  readonly curve: Curve;
  /** Milliseconds. */
  readonly now: () => number;
  /** 32 bytes from which node keys come, so that a devnet keeps its nodes. */
  readonly seed: Uint8Array;
}

interface Held {
  readonly settle: () => void;
  readonly cancel: () => void;
}

const sleep = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)), {
      once: true,
    });
  });

export function createLightning({ curve, now, seed }: LightningOptions): LightningNetwork {
  const invoices = new Map<string, DevInvoice>();
  const held = new Map<string, Held>();
  const failures: FailureReason[] = [];
  let delay = 0;
  let route = { feeMsat: 0n, blocks: 9 };

  const nodeSecret = (name: string) =>
    sha256(new TextEncoder().encode(`devnet lightning node ${name}`), seed);

  /** Why the payee would refuse, or undefined. */
  function refusal(
    target: Pick<DevInvoice, 'terms' | 'state'> | undefined,
    asked: InvoiceTerms,
    { amountMsat, isPart }: PayRequest,
  ): FailureReason | undefined {
    if (target === undefined || target.terms.payee !== asked.payee) return 'NO_ROUTE';
    if (asked.paymentSecret !== target.terms.paymentSecret) return 'DESTINATION_REJECTED';
    if (target.state === 'settled' || target.state === 'canceled') return 'DESTINATION_REJECTED';
    if (target.state === 'held') return 'INVOICE_STATE';
    const { amount: due, exact, expiresAt } = target.terms;
    if (BigInt(Math.floor(now() / 1000)) > expiresAt) return 'INVOICE_STATE';
    if (due === undefined) return undefined;
    if (isPart && target.terms.takesParts && amountMsat <= due) return undefined;
    if (amountMsat < due || amountMsat > (exact ? due : 2n * due)) return 'DESTINATION_REJECTED';
    return undefined;
  }

  /** Waits until a held invoice is settled (true) or canceled (false). */
  const waitForRelease = (target: DevInvoice, signal?: AbortSignal) =>
    new Promise<boolean>((resolve, reject) => {
      held.set(target.paymentHash, { settle: () => resolve(true), cancel: () => resolve(false) });
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }).finally(() => held.delete(target.paymentHash));

  async function arrive(target: DevInvoice, request: PayRequest): Promise<PaymentResult> {
    target.receivedMsat = request.amountMsat;
    target.state = 'held';
    try {
      if (target.hold && !(await waitForRelease(target, request.signal))) {
        target.state = 'canceled';
        return { failed: 'DESTINATION_REJECTED' };
      }
      if (target.settleAfterMs > 0) await sleep(target.settleAfterMs, request.signal);
    } catch (e) {
      target.state = 'open';
      throw e;
    }
    target.state = 'settled';
    target.settledAt = now();
    return { preimage: target.preimage, feeMsat: route.feeMsat };
  }

  async function send(request: PayRequest): Promise<PaymentResult> {
    const asked = readInvoice(curve, request.invoice);
    if (delay > 0) await sleep(delay, request.signal);
    const forced = failures.shift();
    if (forced !== undefined) return { failed: forced };
    const hold = holds.find(asked.paymentHash);
    const own = invoices.get(asked.paymentHash);
    const target = hold ?? own;
    const reason = refusal(target, asked, request);
    if (target === undefined || reason === 'NO_ROUTE') return { failed: 'NO_ROUTE' };
    if (route.feeMsat > request.maxFeeMsat) return { failed: 'FEE_TOO_LOW' };
    if (asked.minFinalCltv + route.blocks > request.maxCltv) return { failed: 'CLTV_TOO_LONG' };
    if (reason !== undefined) return { failed: reason };
    if (hold) return holds.arrive(hold, request);
    if (!own) return { failed: 'NO_ROUTE' };
    const { amount = 0n } = own.terms;
    if (!request.isPart) return arrive(own, request);
    return parts.gather(own.paymentHash, request, amount, () =>
      arrive(own, { ...request, amountMsat: amount }),
    );
  }

  const parts = createParts();

  const holds = createHolds(
    (bolt11) => readInvoice(curve, bolt11),
    ({ node, ...request }) => sign(node, request),
  );

  const offers = createOffers({
    curve,
    now,
    nodeSecret,
    issued: (invoice) => void invoices.set(invoice.paymentHash, invoice),
  });

  /** Writes and signs an invoice of a node. */
  const sign = (node: string, request: Omit<InvoiceRequest, 'node'> & { paymentHash: Uint8Array }): string =>
    encodeBolt11(
      {
        network: request.network ?? 'regtest',
        amount: request.amountMsat === undefined ? undefined : msats(request.amountMsat),
        timestamp: Math.floor(now() / 1000),
        paymentHash: request.paymentHash,
        paymentSecret: new Uint8Array(randomBytes(32)),
        ...(request.descriptionHash
          ? { descriptionHash: request.descriptionHash }
          : { description: request.memo ?? '' }),
        expirySeconds: request.expirySeconds ?? 3600,
        minFinalCltv: request.minFinalCltv ?? 18,
      },
      signWith(curve, nodeSecret(node)),
    );

  const network: LightningNetwork = {
    ...holds,
    waitingParts: parts.waitingParts,
    setPartTimeout: parts.setPartTimeout,
    payer: createPayer(curve, { pay: (request) => network.pay(request) }),
    snapshot: () => remember([invoices, failures]),
    createOffer: offers.createOffer,
    fetchInvoice: offers.fetchInvoice,
    get offers() {
      return offers.offers;
    },
    createInvoice(request = {}) {
      const node = request.node ?? 'alice';
      const preimage = request.preimage ?? new Uint8Array(randomBytes(32));
      const paymentHash = sha256(preimage);
      const bolt11 = sign(node, { ...request, paymentHash });
      const made: DevInvoice & { readonly bolt11: string } = {
        bolt11,
        text: bolt11,
        terms: readInvoice(curve, bolt11),
        node,
        paymentHash: toHex(paymentHash),
        preimage,
        hold: request.hold ?? false,
        settleAfterMs: request.settleAfterMs ?? 0,
        state: 'open',
      };
      invoices.set(made.paymentHash, made);
      return made;
    },
    invoice: (hash) => invoices.get(hash),
    get invoices() {
      return [...invoices.values()];
    },
    async pay(request) {
      try {
        return await send(request);
      } catch (e) {
        if (request.signal?.aborted) return { failed: 'OTHER' };
        throw e;
      }
    },
    settle(hash) {
      const waiting = held.get(hash);
      if (waiting) waiting.settle();
      else throw new Error(`no held payment ${hash}`);
    },
    cancel(hash) {
      const waiting = held.get(hash);
      const target = invoices.get(hash);
      if (waiting) waiting.cancel();
      else if (target?.state === 'open') target.state = 'canceled';
    },
    failNext: (reason, times = 1) => void failures.push(...Array<FailureReason>(times).fill(reason)),
    setDelay: (ms) => void (delay = ms),
    setRoute: (change) => void (route = { ...route, ...change }),
  };
  return network;
}
