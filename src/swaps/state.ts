// State of one swap out of Ark.
//
//   created ──▶ agreed ──▶ paying ──▶ claiming ──▶ done
//      │           │          │          │
//      ▼           ▼          ▼          ▼
//   failed: nothing paid   failed: the payment came back (the machinery of Lightning payments sees to that)
//
// Nothing is paid before the service's answer was checked and is on disk; the preimage does not leave before the service's
// bitcoin lies deep enough and far enough from its way back, and a claim that needs nobody's help is on disk.

import type { Sats } from '../units.ts';
import type { Agreement, ServiceRef } from './backend.ts';

export interface SwapTerms extends ServiceRef {
  /** Payment hash, hex. */
  hash: string;
  /** Seconds since 1970: with the seed, the preimage and the claim key. */
  second: number;
  /** Where the bitcoin goes. */
  address: string;
  /** What is meant to arrive at least. */
  amount: Sats;
  /** What the service is to lock. */
  lockup: Sats;
  /** The most that its invoice may ask, and that the payment may cost altogether. */
  invoiceMost: Sats;
  maxTotal: Sats;
  /** The most that a claim may cost before the preimage is out. */
  claimFeeMost: Sats;
  pairHash?: string;
}

export interface Agreed {
  agreement: Agreement;
  /** scriptPubKey of the output, hex: it is watched while the wallet is locked. */
  script: string;
  invoiceAmount: Sats;
  /** The action that pays. */
  paymentId: string;
  /** Found again after its rows were lost: nothing is known of its payment. */
  rescued?: true;
}

export interface Locked {
  /** `txid:vout`. */
  id: string;
  value: Sats;
  /** The transaction that made it, to be shown again after a reorganisation. */
  raw: Uint8Array;
}

/** A transaction that claims; all of a swap's spend the same output, so one of them confirms at most. */
export interface Claim {
  txid: string;
  fee: Sats;
  /** Absent: it waits for the service's share. */
  raw?: Uint8Array;
}

export interface Claiming {
  locked: Locked;
  claims: Claim[];
  /** Tip when the newest claim was made. */
  since: number;
  /** Boltz: the preimage may have gone to the service; then, its share came or never will. */
  share?: 'asking' | 'over';
  /** A claim was taken by the network. */
  shown: boolean;
}

export type SwapState = SwapTerms &
  (
    | { step: 'created'; until: number }
    | ({ step: 'agreed' } & Agreed)
    | ({ step: 'paying'; since: number } & Agreed)
    | ({ step: 'claiming' } & Agreed & Claiming)
  );

export type InStep<Step extends SwapState['step']> = Extract<SwapState, { step: Step }>;

/** The fixed part of a state. */
export const terms = (s: SwapTerms): SwapTerms => ({
  backend: s.backend,
  service: s.service,
  hash: s.hash,
  second: s.second,
  address: s.address,
  amount: s.amount,
  lockup: s.lockup,
  invoiceMost: s.invoiceMost,
  maxTotal: s.maxTotal,
  claimFeeMost: s.claimFeeMost,
  ...(s.pairHash !== undefined && { pairHash: s.pairHash }),
});

/** What was agreed, with the terms. */
export const agreed = (s: SwapTerms & Agreed): SwapTerms & Agreed => ({
  ...terms(s),
  agreement: s.agreement,
  script: s.script,
  invoiceAmount: s.invoiceAmount,
  paymentId: s.paymentId,
  ...(s.rescued && { rescued: s.rescued }),
});

export const KIND = 'loop-out';

/** Action id, also its lock's name. */
export const loopOutId = (hash: string): string => `loop_out.${hash}`;
