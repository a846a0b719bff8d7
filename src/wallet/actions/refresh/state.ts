// State of one refresh: old coins for a new one in a round that the server makes for us ("delegated") or that we sign
// ourselves while it is made ("attended").
//
//   planned ───────────────────▶ submitted ──▶ issued ──▶ signed ──▶ forfeiting ──▶ refreshed
//   attending ──▶ seated ──▶ cosigned ───────────▲
//      ▲             │           │
//      └─────────────┴───────────┘ the next attempt, or after a death: abandoned
//   failed from any step before `issued`: coins released (nothing was given up)
//
// A participation that waits for a height holds no lock until that height is near: its coins stay spendable, and when one
// is spent the rest is handed in anew. A round that took a coin which a payment holds waits until the payment hands it
// over (yield.ts). Up to `signed` the old coins are the money; `forfeiting` is written before they are signed away, and
// from there the refresh is only ever repeated. In every step, coins that are held too long leave by the chain.

import type { Sats } from '../../../units.ts';

export interface RefreshTerms {
  inputs: string[];
  /** Of the new coin. */
  amount: Sats;
  fee: Sats;
  /** Index of its key. */
  key: number;
  /** Not in a round below this height, for the fee of this height. */
  scheduledHeight?: number;
  /** Are the inputs locked for us? */
  locked: boolean;
  /** Height since when the server is to make the round: when it was asked to, or when the coins were locked. */
  sinceHeight: number;
}

/** What the round made for us. */
export interface Issued {
  /** SHA-256 that locks the new coin, hex. */
  unlockHash: string;
  /** Height when the server had it issued. */
  since: number;
  /** The new coin, locked. */
  coin: Uint8Array;
}

export type RefreshState = RefreshTerms &
  (
    | { step: 'planned' }
    | { step: 'submitted'; unlockHash: string }
    /** Waits for a round to begin; goes on only in a process that attends (attendance.ts). */
    | { step: 'attending' }
    /** Signed up for the attempt under way. Nonces and the key for it are in memory only. */
    | { step: 'seated'; unlockHash: string }
    /** Our shares of the tree may have left, at `signedAt` (ms). */
    | { step: 'cosigned'; unlockHash: string; signedAt: number }
    | ({ step: 'issued' } & Issued)
    /** `coin` bears its last signature. */
    | ({ step: 'signed' } & Issued)
    | ({ step: 'forfeiting' } & Issued)
  );

export type InStep<Step extends RefreshState['step']> = Extract<RefreshState, { step: Step }>;

/** The fixed part of a state. */
export const terms = (s: RefreshState): RefreshTerms => ({
  inputs: s.inputs,
  amount: s.amount,
  fee: s.fee,
  key: s.key,
  locked: s.locked,
  sinceHeight: s.sinceHeight,
  ...(s.scheduledHeight !== undefined && { scheduledHeight: s.scheduledHeight }),
});

export const KIND = 'refresh';

/** Blocks that a round may take before the coins in it count as stuck. */
export const PATIENCE = 36;
/** Blocks after which a round that was never made is given up: the coins are free again, and handed in anew when due. */
export const GIVE_UP = 144;

/** Action id from 16 random bytes (hex). */
export const refreshId = (random: string): string => `round.${random}`;
