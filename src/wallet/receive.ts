// Receiving over Lightning, as the wallet offers it: invoices made, listed, waited for and called off. What happens to a
// payment that arrives is in actions/lightning-receive.

import { fromHex } from '../crypto/bytes.ts';
import { SkiffError, isSkiffError } from '../errors.ts';
import { action, endAction } from '../store/actions.ts';
import { invoice, invoices, isOpenInvoice, updateInvoice } from '../store/invoices.ts';
import type { InvoiceRow } from '../store/rows.ts';
import { sats, type Sats } from '../units.ts';
import {
  startOfferReceive,
  takeHeldPayment,
  type HeldPayment,
  type OfferInvoice,
} from './actions/lightning-receive/from-offer.ts';
import { receiveFee, startLightningReceive, type ReceiveOrder } from './actions/lightning-receive/start.ts';
import { lightningReceiveId } from './actions/lightning-receive/state.ts';
import type { Deps } from './ports.ts';

export type { ReceiveOrder } from './actions/lightning-receive/start.ts';
export type InvoiceView = InvoiceRow;

export interface MadeInvoice {
  /** BOLT 11 text. */
  invoice: string;
  /** Payment hash, hex. */
  hash: string;
  amount: Sats;
  /** What the server will keep of it. */
  fee: Sats;
  /** ms since 1970. */
  expiresAt: number;
}

export interface ReceiveQuote {
  fee: Sats;
  /** What arrives. */
  net: Sats;
}

export interface Receiving {
  /**
   * Makes an invoice; the payment is taken in by itself when it comes.
   * @throws SkiffError AMOUNT_OUT_OF_RANGE, INVALID_ARGUMENT, UNSUPPORTED, SERVER_MISBEHAVED, SERVER_UNREACHABLE, LOCKED
   */
  receiveLightning(order: ReceiveOrder): Promise<MadeInvoice>;
  /** See {@link startOfferReceive}. */
  receiveForOffer(order: OfferInvoice): Promise<InvoiceView>;
  /** See {@link takeHeldPayment}; false when it was taken up before. */
  takeHeld(payment: HeldPayment): Promise<boolean>;
  /** What a payment of `amount` brings. @throws SkiffError AMOUNT_OUT_OF_RANGE when the fee would eat it up */
  quoteReceive(amount: Sats): Promise<ReceiveQuote>;
  /** Invoices of ours, newest first: all, or those that can still be paid or claimed. */
  invoices(which?: 'open' | 'all'): Promise<InvoiceView[]>;
  /** One of them, by payment hash (hex). */
  invoice(hash: string): Promise<InvoiceView | undefined>;
  /** Resolves when the invoice is over (claimed, cancelled, expired, exited). @throws SkiffError INVALID_ARGUMENT */
  invoiceOver(hash: string, signal?: AbortSignal): Promise<InvoiceView>;
  /**
   * Calls an invoice off, as long as the preimage has not left; a payer's money goes back.
   * @throws SkiffError INVALID_ARGUMENT for no invoice of ours, PAYMENT_IN_PROGRESS when it is too late
   */
  cancelInvoice(hash: string): Promise<void>;
}

/** @param started drives an action that was just written */
export function createReceiving(deps: Deps, started: (actionId: string) => void): Receiving {
  const { db } = deps.ports;
  return {
    receiveLightning: async (order) => {
      const row = await startLightningReceive(deps, order);
      started(lightningReceiveId(row.hash));
      const { hash, amount, fee, bolt11 = '', expiresAt = 0 } = row;
      return { invoice: bolt11, hash, amount, fee, expiresAt };
    },
    receiveForOffer: async (order) => {
      const row = await startOfferReceive(deps, order);
      started(lightningReceiveId(row.hash));
      return row;
    },
    takeHeld: async (payment) => {
      const id = await takeHeldPayment(deps, payment);
      if (id !== undefined) started(id);
      return id !== undefined;
    },
    quoteReceive: async (amount) => {
      const fee = receiveFee(await (await deps.ports.server()).info(), amount);
      return { fee, net: sats(amount - fee) };
    },
    invoices: (which = 'all') => db.read(['invoices'], (tx) => invoices(tx, which)),
    invoice: (hash) => db.read(['invoices'], (tx) => invoice(tx, hash)),
    invoiceOver: (hash, signal) => waitForInvoice(deps, hash, signal),
    cancelInvoice: (hash) => cancelInvoice(deps, hash),
  };
}

const unknown = (hash: string) =>
  new SkiffError({
    code: 'INVALID_ARGUMENT',
    say: 'This is no invoice of this wallet.',
    details: { paymentHash: hash },
  });

async function waitForInvoice({ ports }: Deps, hash: string, signal?: AbortSignal): Promise<InvoiceRow> {
  const { promise, resolve, reject } = Promise.withResolvers<InvoiceRow>();
  const look = () => {
    ports.db
      .read(['invoices'], (tx) => invoice(tx, hash))
      .then((row) => {
        if (!row) reject(unknown(hash));
        else if (!isOpenInvoice(row)) resolve(row);
      }, reject);
  };
  const abort = () => reject(signal?.reason as Error);
  const unwatch = ports.db.watch(['invoices'], look);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    look();
    return await promise;
  } finally {
    unwatch();
    signal?.removeEventListener('abort', abort);
  }
}

const tooLate = (hash: string) =>
  new SkiffError({
    code: 'PAYMENT_IN_PROGRESS',
    say: 'This payment has already arrived and is being taken in. It cannot be called off any more.',
    details: { paymentHash: hash },
  });

/** The server hears of it first: a hold that it has already turned into coins for us is not called off. */
async function cancelInvoice(deps: Deps, hash: string): Promise<void> {
  const { ports } = deps;
  const id = lightningReceiveId(hash);
  // A step under way ends first; the lock keeps the next one from starting.
  await ports.locks.hold(id, async () => {
    const { row, open } = await ports.db.read(['invoices', 'actions'], async (tx) => ({
      row: await invoice(tx, hash),
      open: await action(tx, id),
    }));
    if (!row) throw unknown(hash);
    if (row.state === 'cancelled' || row.state === 'expired') return;
    if (!open || row.state === 'preimage-revealed') throw tooLate(hash);
    try {
      await (await ports.server()).cancelLightningReceive({ paymentHash: fromHex(hash) });
    } catch (error) {
      if (!isSkiffError(error) || error.code === 'FENCED') throw error;
      const said = error.details['said'] ?? '';
      if (/already been granted|already settled/i.test(said)) throw tooLate(hash);
      // Without a word from us the server sends a payment back after a few minutes: called off all the same.
      ports.log.warn('the server did not hear that an invoice was called off', {
        hash,
        reason: error.message,
      });
    }
    await ports.db.write(['invoices', 'actions'], async (tx) => {
      await updateInvoice(tx, hash, { state: 'cancelled' }, ports.now());
      await endAction(tx, open);
    });
  });
}
