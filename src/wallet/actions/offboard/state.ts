// State of one payment from Ark coins to a bitcoin output ("offboard").
//
//   [splitting ──▶] ready ──▶ prepared ──▶ confirming ──▶ done
//        │            ▲ │          │
//        ▼            │ ▼          ▼ the server's session is over
//    reclaiming       └─────── ready, with the transaction that may be out already
//        │
//        ▼
//      failed
//
// `whole` gives coins and takes the fee out of them; `exact` first cuts a coin of amount and fee out of them. The forfeits
// that are signed in `prepared` are worth nothing to the server without the transaction that pays: until that one is
// confirmed the coins stay locked, and they leave by the chain when it never is.

import type { Sats } from '../../../units.ts';
import type { FailureNote } from '../failure.ts';

export interface OffboardTerms {
  kind: 'whole' | 'exact';
  address: string;
  /** Of the bitcoin output. */
  amount: Sats;
  fee: Sats;
  /** sat for 1000 weight units, as the server quoted it. */
  feeRateKwu: bigint;
}

/** Cutting amount and fee out of coins. */
interface Cut {
  inputs: string[];
  change: Sats[];
  /** Index of the key of the coin that is offboarded. */
  key: number;
  changeKey: number;
  /** Height when the request left. */
  since: number;
}

/** A transaction of the server's, as it was prepared. */
export interface Prepared {
  /** Unsigned, consensus bytes. */
  tx: Uint8Array;
  nonces: Uint8Array[];
}

export type OffboardState = OffboardTerms &
  (
    | ({ step: 'splitting' } & Cut)
    | ({ step: 'reclaiming'; failure: FailureNote } & Cut)
    /** `prior`: an earlier transaction (bytes) for which forfeits may have left. */
    | { step: 'ready'; coins: string[]; since: number; prior?: Uint8Array }
    | { step: 'prepared'; coins: string[]; since: number; prepared: Prepared; prior?: Uint8Array }
    | { step: 'confirming'; coins: string[]; since: number; signed: Uint8Array; lostSince?: number }
  );

export type InStep<Step extends OffboardState['step']> = Extract<OffboardState, { step: Step }>;

/** The fixed part of a state. */
export const terms = ({ kind, address, amount, fee, feeRateKwu }: OffboardState): OffboardTerms => ({
  kind,
  address,
  amount,
  fee,
  feeRateKwu,
});

export const KIND = 'offboard';

/** Action id from 16 random bytes (hex). */
export const offboardId = (random: string): string => `offboard.${random}`;
