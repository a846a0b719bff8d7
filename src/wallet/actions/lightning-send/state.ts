// State of one Lightning payment through the Ark server.
//
//   inputs-locked ──▶ cosign-requested ──▶ htlc-received ──▶ initiated ──▶ paid
//        │                 │                     └──────┬───────┘
//        ▼                 ▼                            ▼
//   failed, coins     reclaiming: spend the        revocable ⇄ stuck ──▶ failed, money back
//   released          inputs to ourselves
//
// From `cosign-requested`, `reclaiming` and `stuck` the coins leave by the chain when nothing else helps in time
// (exits/last-resort.ts).
//
// What makes the transactions (inputs, amounts, keys, expiry, change pieces) is fixed before the first cosign request
// leaves and never changes after, so that a repeated request asks for byte-identical transactions.

import type { Msats, Sats } from '../../../units.ts';
import type { FailureNote } from '../failure.ts';

export interface LightningSendTerms {
  invoice: string;
  /** Payment hash, hex. */
  hash: string;
  amount: Sats;
  /** Of the server, surplus included. */
  fee: Sats;
  /** Put in by the person beyond the server's fee, for a route that costs more. */
  surplus?: Sats;
  inputs: string[];
  change: Sats[];
  /** Index of the key of the HTLC and of the change. */
  htlcKey: number;
  /** Index of the key that gets the money back after a failure; also used to reclaim inputs. */
  returnKey: number;
  htlcExpiry: number;
  /** Unix seconds; nothing is started after it. */
  invoiceExpiry: number;
  /** Seconds that the server may keep trying; left out, it decides. */
  retryFor?: number;
  /** Somebody else pays the rest of the invoice. */
  part?: PartOfInvoice;
  /** Part of a swap, which ends the history line when its bitcoin has arrived. */
  swap?: true;
}

/** A contribution to a BOLT 12 invoice that several payers pay together. */
export interface PartOfInvoice {
  /** Less than the invoice; `amount` is this, rounded up. */
  msats: Msats;
  /** Hex; by which the server tells its customers' contributions apart. */
  paymentId: string;
}

export interface Htlcs {
  /** Sorted ids of the HTLC coins, locked by the action. */
  htlcs: string[];
}

/** Height since when the coins are with the server; how long it is too long is counted from here. */
interface Since {
  /** Absent in rows of the first version. */
  since?: number;
}

export type LightningSendState = LightningSendTerms &
  (
    | { step: 'inputs-locked' }
    | ({ step: 'cosign-requested'; via: 'lightning' | 'arkoor' } & Since)
    | ({ step: 'reclaiming'; failure: FailureNote } & Since)
    | ({ step: 'htlc-received' } & Htlcs)
    | ({ step: 'initiated'; initiatedAt: number } & Htlcs)
    | ({ step: 'revocable'; failure: FailureNote } & Htlcs)
    | ({ step: 'stuck'; failure: FailureNote } & Htlcs & Since)
  );

export type InStep<Step extends LightningSendState['step']> = Extract<LightningSendState, { step: Step }>;

/** The fixed part of a state. */
export const terms = (s: LightningSendState): LightningSendTerms => ({
  invoice: s.invoice,
  hash: s.hash,
  amount: s.amount,
  fee: s.fee,
  ...(s.surplus !== undefined && { surplus: s.surplus }),
  inputs: s.inputs,
  change: s.change,
  htlcKey: s.htlcKey,
  returnKey: s.returnKey,
  htlcExpiry: s.htlcExpiry,
  invoiceExpiry: s.invoiceExpiry,
  ...(s.retryFor !== undefined && { retryFor: s.retryFor }),
  ...(s.part && { part: s.part }),
  ...(s.swap && { swap: s.swap }),
});

export const KIND = 'lightning-send';

/** Action id, also its lock's name: one for each attempt, since a payment that failed may be tried again. */
export const lightningSendId = (hash: string, attempt: number): string =>
  attempt === 1 ? `ln_pay.${hash}` : `ln_pay.${hash}.${attempt}`;
