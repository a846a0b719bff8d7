// State of one board: bitcoin becomes a coin (VTXO) that the server cosigned in advance.
//
//   signed ──▶ broadcasting ──▶ confirming ──▶ registered: the coin is spendable
//     │             │               │
//     ▼             ▼               ▼
//   failed      failed: someone else spent the funding inputs, for good; or, when the server does not take the coin in
//               time, the coin leaves by the chain
//
// The funding transaction is signed at the start and not shown to anybody before the coin that secures it is on disk.
// One from another wallet (a PSBT) may lack signatures: then that wallet shows it to the network, and we wait.

import { parseTx } from '../../../ark/tx.ts';
import { vtxoIdText } from '../../../ark/vtxo-id.ts';
import type { Sats } from '../../../units.ts';

export interface BoardTerms {
  /** Signed funding transaction; absent while another wallet has signatures to add. */
  raw?: Uint8Array;
  unsigned: Uint8Array;
  txid: string;
  /** The board's output; 0 where it is absent. */
  vout?: number;
  amount: Sats;
  fee: Sats;
  expiryHeight: number;
  exitDelta: number;
  key: number;
  /** Our on-chain outputs that fund it; none for another wallet's transaction. */
  utxos: string[];
  /** Our change: output 1. */
  change?: { value: Sats; scriptIndex: number };
}

export type BoardState = BoardTerms &
  ({ step: 'signed' } | { step: 'broadcasting'; coin: string } | { step: 'confirming'; coin: string });

export type InStep<Step extends BoardState['step']> = Extract<BoardState, { step: Step }>;

/** The fixed part of a state. */
export const terms = ({ step: _step, ...rest }: BoardState): BoardTerms => {
  const fixed = { ...rest } as BoardTerms & { coin?: string };
  delete fixed.coin;
  return fixed;
};

export const KIND = 'board';

/** Action id of the board with this funding output. */
export const boardId = (txid: string, vout = 0): string => `board.${txid}.${vout}`;

/** Every output that the funding transaction spends, ours or not, as `txid:vout`. */
export const fundingInputs = ({ unsigned }: BoardTerms): string[] =>
  parseTx(unsigned).inputs.map(({ prevout }) => vtxoIdText(prevout));
