// Row types of schema v1 (see schema.ts). Ids of coins are the text form `txid:vout` everywhere. Times are ms since 1970.
import type { Sats } from '../units.ts';

export type CoinState = 'spendable' | 'locked' | 'spent' | 'exited';

/** What balance and selection need to know about a VTXO; the signed chain is in {@link CoinBodyRow}. */
export interface CoinRow {
  id: string;
  state: CoinState;
  /** Id of the action that holds the lock; only with state `locked`, and optional there (quarantined coins). */
  holder?: string;
  /** Where it came from: board, change, arkoor, revocation, htlc, … */
  kind: string;
  amount: Sats;
  expiryHeight: number;
  /** Transactions needed to bring it on-chain. */
  exitDepth: number;
  policyType: string;
  /** Index of the vtxo key that can spend it. */
  keyIndex: number;
  anchorTxid: string;
  createdAt: number;
  /** Page that holds a copy while it is spendable or locked, absent else. Kept by coins.ts. */
  page?: number;
  /** 1 until the server holds the chain and the recovery mailbox the id, then absent (indexed). Kept by coins.ts. */
  unregistered?: 1;
}

/** Copies of live coins, many to a row: one read of a few rows answers "what do I have". Kept by coins.ts. */
export interface CoinPageRow {
  page: number;
  coins: CoinRow[];
}

export interface CoinBodyRow {
  id: string;
  /** Full encoded VTXO with its genesis chain. */
  bytes: Uint8Array;
}

export interface ActionRow {
  id: string;
  kind: string;
  /** Grows by one with each write; a writer that holds an old number lost a race. */
  version: number;
  /** State of the action: a plain structured-cloneable value, tagged by `kind` and its own step name. */
  state: object;
  /** When to drive it again; absent: at start-up and on events only. */
  wakeAt?: number;
  /** Consecutive retries of the present step. */
  retries: number;
  lastError?: { code: string; say: string };
  createdAt: number;
  updatedAt: number;
}

export type MovementStatus = 'pending' | 'successful' | 'failed' | 'canceled';

export interface Destination {
  /** ark · bitcoin · output-script · invoice · offer · lightning-address · lnurl · custom */
  type: string;
  value: string;
  amount: Sats;
}

export interface SiteRef {
  topOrigin: string;
  frameOrigin: string;
}

export type MetadataValue =
  string | number | boolean | null | MetadataValue[] | { [key: string]: MetadataValue };

/** One line of the history. Protocol state never reads it. */
export interface MovementRow {
  id: number;
  /** The action it belongs to: at most one movement for each. */
  actionId?: string;
  status: MovementStatus;
  subsystem: { name: string; kind: string };
  /** Satoshi, signed: what was asked for. */
  intended: bigint;
  /** Satoshi, signed: what changed, off-chain fees included. */
  effective: bigint;
  /** Off-chain fee; a miner fee is metadata. */
  fee: Sats;
  sentTo: Destination[];
  receivedOn: Destination[];
  inputs: string[];
  outputs: string[];
  exited: string[];
  metadata: Record<string, MetadataValue>;
  site?: SiteRef;
  createdAt: number;
  updatedAt: number;
  completedAt?: number;
}

/** Permanent: the guard against paying an invoice twice. */
export interface PaidInvoiceRow {
  /** Payment hash, hex. */
  hash: string;
  /** Hex. */
  preimage: string;
  paidAt: number;
  actionId: string;
}

export interface MailboxRow {
  /** `main`, `recovery`. */
  id: string;
  checkpoint: bigint;
}

/** A message that was read and could not be finished yet; the checkpoint has moved on. */
export interface InboxRow {
  id: string;
  mailbox: string;
  checkpoint: bigint;
  /** The encoded MailboxMessage. */
  bytes: Uint8Array;
  attempts: number;
  wakeAt: number;
  lastError?: string;
  receivedAt: number;
}

export interface KeyRow {
  index: number;
  /** 33 bytes, hex. */
  pubkey: string;
  /** Why it was taken, for engineers: address, change, htlc, board, … */
  purpose: string;
  createdAt: number;
}

export interface OnchainRow {
  index: number;
  /** scriptPubKey, hex. */
  script: string;
  address: string;
  purpose: string;
  createdAt: number;
  /** 1 once the chain has seen it. */
  used?: 1;
}

export interface OnchainUtxoRow {
  /** `txid:vout`. */
  id: string;
  value: Sats;
  scriptIndex: number;
  /** Absent while unconfirmed. */
  height?: number;
  /** Action that spends it. */
  holder?: string;
  /** When a transaction of ours spent it: a chain source that lags may still show it for a while. */
  spentAt?: number;
  /** 1 until seen spent, then absent (indexed). Kept by onchain.ts. */
  live?: 1;
}

export interface Budget {
  /** Satoshi allowed in each period, fees included. */
  limit: Sats;
  periodMs: number;
  periodStart: number;
  /** Booked in this period. */
  spent: Sats;
  /** Set aside for payments under way, by request id. */
  reserved: Record<string, Sats>;
}

export interface SiteRow extends SiteRef {
  /** siteId(topOrigin, frameOrigin). */
  id: string;
  enabledAt: number;
  lastUsedAt: number;
  /** 1: the person lets this site see the balance. */
  seesBalance?: 1;
  budget?: Budget;
}

export type RequestStatus = 'waiting' | 'approved' | 'rejected' | 'done' | 'failed';

export interface RequestRow extends SiteRef {
  id: string;
  method: string;
  /** Validated parameters of the call. */
  params: object;
  status: RequestStatus;
  /** The most (amount and fee) the person agreed to. */
  maxTotal?: Sats;
  actionId?: string;
  result?: object;
  error?: { code: string; say: string };
  createdAt: number;
  updatedAt: number;
}

export interface SettingRow {
  name: string;
  value: unknown;
}

export interface MetaRow {
  name: string;
  value: unknown;
}
