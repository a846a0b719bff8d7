// State of one board: bitcoin becomes a coin (VTXO) that the server cosigned in advance.
//
//   signed ──▶ broadcasting ──▶ confirming ──▶ registered: the coin is spendable
//     │             │
//     ▼             ▼
//   failed      failed (someone else spent the funding inputs, confirmed)
//
// The funding transaction is signed at the start and not shown to anybody before the coin that secures it is on disk.

import type { Sats } from '../../../units.ts';

export interface BoardTerms {
  /** Signed funding transaction; output 0 is the board output, output 1 our change. */
  raw: Uint8Array;
  unsigned: Uint8Array;
  txid: string;
  amount: Sats;
  fee: Sats;
  expiryHeight: number;
  exitDelta: number;
  key: number;
  /** Our on-chain outputs that fund it. */
  utxos: string[];
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
export const boardId = (txid: string): string => `board.${txid}.0`;
