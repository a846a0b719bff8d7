// State of one exit: a coin is brought onto the chain, transaction by transaction, and claimed.
//
//   start ──▶ looking ⇄ package        (each transaction of the chain, with a child of ours that pays for it)
//               │
//               ▼
//             waiting ──▶ claiming ──▶ claimed
//
// Every step looks at the chain first, so a reorganisation or a foreign hand only ever leads back to `looking`.

import type { HarkPolicy, UserPolicy } from '../../ark/policy.ts';
import type { Vtxo } from '../../ark/vtxo.ts';
import type { Sats } from '../../units.ts';

/** An output on the chain: a coin, or what its forfeit has made of it. */
export type OnChain = Vtxo<UserPolicy | HarkPolicy>;

export interface ExitTerms {
  /** Id of the coin. */
  coin: string;
  /** The Lightning payment whose HTLC the coin is. */
  payment?: ExitPayment;
  /** The coin was forfeited for another one, whose preimage never came. */
  swap?: ExitSwap;
}

/** What the server must reveal when it takes a forfeited coin on the chain: the way into the new one. */
export interface ExitSwap {
  /** The new coin, signed but locked. */
  coin: Uint8Array;
  /** Index of its key. */
  key: number;
}

/** A Lightning payment that may turn out to be paid while its HTLC is on the chain. */
export interface ExitPayment {
  actionId: string;
  /** Hex. */
  hash: string;
  amount: Sats;
  fee: Sats;
}

/** A child of ours that pays for one transaction of the chain; signed and on disk before it is shown to anybody. */
export interface Child {
  /** Transaction that it pays for. */
  parent: string;
  txid: string;
  raw: Uint8Array;
  /** Our outputs that it spends. */
  utxos: string[];
  change: { value: Sats; scriptIndex: number };
  /** The child of ours that it is to push out: its txid, and its change. */
  replaces?: { txid: string; change: string };
}

export type ExitState = ExitTerms &
  (
    | { step: 'start' }
    | { step: 'looking' }
    | { step: 'package'; child: Child }
    | { step: 'waiting' }
    | { step: 'claiming'; txid: string; raw: Uint8Array }
  );

export type InStep<Step extends ExitState['step']> = Extract<ExitState, { step: Step }>;

/** The fixed part of a state. */
export const terms = ({ coin, payment, swap }: ExitState): ExitTerms => ({
  coin,
  ...(payment && { payment }),
  ...(swap && { swap }),
});

export const KIND = 'exit';
