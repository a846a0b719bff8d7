// What the background tells the views, in words of the screens rather than of the protocol.
import type { PackedError } from './wire.ts';

export type NetworkName = 'mainnet' | 'signet' | 'regtest';

export type LockState = 'none' | 'locked' | 'unlocked';

export interface Status {
  wallet: LockState;
  network?: NetworkName;
  arkUrl?: string;
  esploraUrls?: string[];
  autoLockMinutes: number;
  version: string;
}

export interface Words {
  /** Twelve words, separated by one space. */
  words: string;
}

/** What a pasted text or a site's request would do, before anyone agrees to it. Amounts in satoshi. */
export interface QuoteView {
  /** What was understood: `ark`, `bolt11`, … or `unknown`. */
  kind: string;
  travels?: 'ark' | 'lightning' | 'bitcoin';
  /** Of a payment to a bitcoin address: from the balance, or with bitcoin that lies on-chain. */
  from?: 'ark' | 'onchain';
  /** Where a link names several ways: all of them in the order of preference, `text` naming each. */
  ways?: WayView[];
  /** The one of them that is priced here. */
  way?: string;
  /** Shortened to the reader's needs by the view; the whole text here. */
  destination: string;
  memo?: string;
  /** Absent while the person has to choose it. */
  amount?: bigint;
  amountIsOpen: boolean;
  /** Words for the recipient may go along. */
  takesComment?: boolean;
  /** Who has to be asked for an invoice, and can be asked for its limits before. */
  host?: string;
  fee?: bigint;
  total?: bigint;
  expiresAt?: number;
  paymentHash?: string;
  /** Of a site's request: nobody of this name or key was ever paid from here. */
  newPayee?: boolean;
  /** An invoice that somebody made without a request of this wallet. */
  unrequested?: UnrequestedView;
  /** Why it cannot be paid, if so. */
  problem?: PackedError;
  /** How much is missing, when that is the problem. */
  shortBy?: bigint;
}

/** Who says to have issued it. The name is a stranger's word, the key is what signed. */
export interface UnrequestedView {
  issuer?: string;
  /** Hex. */
  issuerKey: string;
}

export interface WayView {
  kind: string;
  text: string;
  /** Why this one cannot be taken. */
  problem?: string;
}

/** What a Lightning address or LNURL service says of itself. */
export interface TermsView {
  host: string;
  /** Text of a stranger. */
  description?: string;
  /** Satoshi, both included. */
  min: bigint;
  max: bigint;
  /** Most characters; 0: no comment is taken. */
  commentAllowed: number;
}

/** On-chain satoshi that an exit takes at today's price, and what lies there for it. */
export interface ExitCostView {
  needed: bigint;
  available: bigint;
}

/** Coins for one new coin. */
export interface RenewCostView {
  count: number;
  /** Before the fee. */
  amount: bigint;
  fee: bigint;
}

/** Coins for a bitcoin output. */
export interface MoveCostView {
  /** Where it goes; Skiff's own when none was named. */
  address: string;
  /** What arrives. */
  amount: bigint;
  fee: bigint;
  total: bigint;
}

/** A file for the person. */
export interface FileView {
  name: string;
  /** MIME type. */
  type: string;
  text: string;
}

/** What was taken out of a backup. */
export interface TakenView {
  movements: number;
  payments: number;
  invoices: number;
  swaps: number;
  sites: number;
}

export interface ReceiveView {
  /** The last one that has not received anything yet. */
  arkAddress: string;
  /** Absent when the server cannot be reached: nothing should be sent to an address we cannot board from. */
  board?: BoardView;
  problem?: PackedError;
}

export interface BoardView {
  address: string;
  minimum: bigint;
  confirmations: number;
  /** What boarding the minimum costs: the server's part and the miner's, roughly. */
  fee: bigint;
}

/** What a PSBT of another wallet would move into Skiff. */
export interface PsbtQuoteView {
  /** Paid to Skiff's address; the server's fee is taken from it. */
  amount: bigint;
  fee: bigint;
  minerFee: bigint;
  /** With all signatures: Skiff sends it. */
  signed: boolean;
}

/** "Your offer": what can be shown to payers, or why nothing can. */
export type OwnOfferView =
  | { is: 'unsupported' | 'preparing' }
  /** `kept`: offers whose invoice the static-invoice server holds; `pending`: those it has not confirmed. */
  | { is: 'ready'; offer: string; kept: number; pending: number };

/** How messages about offers travel, and whether they do; `server`: host of the node that was chosen. */
export type OfferLinkView =
  { via: 'mailbox' } | { via: 'peer'; server: string; is: 'connected' | 'connecting' | 'idle' | 'away' };

/** One way to a bitcoin address. */
export interface MoveWayView {
  way: 'ark' | 'onchain' | 'loop-http' | 'boltz';
  /** What leaves the wallet; absent: the way cannot be taken, `problem` says why. */
  total?: bigint;
  minutes?: number;
  /** The fees, one by one. */
  parts: { what: 'server' | 'service' | 'miner' | 'lightning'; amount: bigint }[];
  problem?: string;
}
