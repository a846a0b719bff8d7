// What the wallet can do on-chain: addresses, outputs, payments, and the way into the Ark.

import {
  newBoardPlace,
  quoteForeignBoard,
  startForeignBoard,
  type BoardPlace,
  type Funding,
  type FundingQuote,
} from '../actions/board/foreign.ts';
import { startBoard } from '../actions/board/start.ts';
import { startBump } from '../actions/onchain-send/bump.ts';
import { startOnchainSend, type Started } from '../actions/onchain-send/start.ts';
import { liveUtxos } from '../../store/onchain.ts';
import type { OnchainTxRow, OnchainUtxoRow } from '../../store/rows.ts';
import type { Sats } from '../../units.ts';
import type { Deps } from '../ports.ts';
import { receiveAddress } from './scan.ts';
import { readHistory } from './track.ts';

type Sent = Promise<{ actionId: string; txid: string }>;

export interface OnchainSide {
  /** Makes on-chain bitcoin spendable. Resolves once durably started. */
  board(amount: Sats | 'all'): Promise<{ actionId: string }>;
  /** An address at which another wallet boards for us; the rest comes back with its transaction. */
  newBoardPlace(): Promise<BoardPlace & { address: string }>;
  /** What another wallet's transaction would board. @throws SkiffError when it does not pay such an address */
  fundingQuote(place: BoardPlace, funding: Funding): Promise<FundingQuote>;
  /** Boards what another wallet's transaction pays to such an address. Resolves once durably started. */
  boardFunding(place: BoardPlace, funding: Funding): Promise<{ actionId: string }>;
  onchainAddress(): Promise<string>;
  onchainUtxos(): Promise<OnchainUtxoRow[]>;
  /** Fee rates are sat/vB; the source's regular rate by default. */
  sendOnchain(address: string, amount: Sats | 'all', feeRate?: number): Sent;
  /** Several payments in one transaction. */
  sendOnchainMany(to: readonly { address: string; amount: Sats }[], feeRate?: number): Sent;
  /** Speeds up a transaction of ours that waits, by replacing it or by a child that pays for it. */
  bumpOnchain(txid: string, feeRate?: number): Sent;
  /** Transactions of our addresses, oldest first; asks the chain for what is not known yet. */
  onchainTransactions(): Promise<OnchainTxRow[]>;
}

/** @param started drives an action beside the answer, resolves with its id */
export function createOnchainSide(deps: Deps, started: (actionId: string) => string): OnchainSide {
  const { db } = deps.ports;
  const sent = ({ id, txid }: Started) => ({ actionId: started(id), txid });
  return {
    board: async (amount) => ({ actionId: started(await startBoard(deps, { amount })) }),
    newBoardPlace: () => newBoardPlace(deps),
    fundingQuote: (place, funding) => quoteForeignBoard(deps, place, funding),
    boardFunding: async (place, funding) => ({
      actionId: started(await startForeignBoard(deps, place, funding)),
    }),
    onchainAddress: async () => (await receiveAddress(deps, 'onchain')).address,
    onchainUtxos: () => db.read(['onchainUtxos'], liveUtxos),
    sendOnchain: async (address, amount, feeRate) =>
      sent(await startOnchainSend(deps, { to: [{ address, amount }], feeRate })),
    sendOnchainMany: async (to, feeRate) => sent(await startOnchainSend(deps, { to, feeRate })),
    bumpOnchain: async (txid, feeRate) => sent(await startBump(deps, txid, feeRate)),
    onchainTransactions: () => readHistory(deps),
  };
}
