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
  /** Learned from elsewhere since the action started; no step takes it away. */
  news?: ActionNews;
  createdAt: number;
  updatedAt: number;
}

export interface ActionNews {
  /** Proof that the payment was made, hex; checked against its hash. */
  preimage?: string;
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

export type InvoiceState =
  /** Written, not yet asked for at the server. */
  | 'draft'
  | 'open'
  /** The payer's money waits at the server. */
  | 'arrived'
  /** The preimage may be out: from here it only ends in coins. */
  | 'preimage-revealed'
  | 'claimed'
  /** By us, or by the server because the claim came too late. */
  | 'cancelled'
  | 'expired'
  /** The coins are brought on-chain with the preimage, because the server would not give others for them. */
  | 'exited'
  /** The server refused until the coins had run out. */
  | 'lost';

/** An invoice of ours; its hash is never used again. */
export interface InvoiceRow {
  /** Payment hash, hex. */
  hash: string;
  state: InvoiceState;
  /** 1 until it is over, then absent (indexed). Kept by invoices.ts. */
  open?: 1;
  amount: Sats;
  /** What the server may keep of it at most, as it was shown when the invoice was made. */
  fee: Sats;
  memo: string;
  /** With the seed, `createdAt` and `salt` give the preimage again (src/lightning/preimage.ts). */
  createdAt: number;
  /** 8 random bytes, hex. */
  salt: string;
  /** Hex. Not secret from whoever has the profile; out only from `preimage-revealed` on. */
  preimage: string;
  /** Index of the vtxo key that HTLC coins and claimed coins pay to. */
  keyIndex: number;
  /** Blocks asked for between the arrival and the end of the payer's HTLC, without the server's own share. */
  minCltvDelta: number;
  /** Given by a person to a server that wants one from wallets without coins. */
  token?: string;
  site?: SiteRef;
  /** Ark address of somebody else who gets the money. */
  claimTo?: string;
  bolt11?: string;
  /** The offer of ours (`lno1…`) that it is paid under; then there is no `bolt11`. */
  offer?: string;
  /** ms; the earlier of the invoice's own end and the one that was asked for. */
  expiresAt?: number;
  /** When we first saw the payer's money at the server, which waits three minutes for us. */
  arrivedAt?: number;
  /** What we got after the fee. */
  received?: Sats;
  claimedAt?: number;
  /** Ids of the coins we got. */
  outputs?: string[];
  failure?: { code: string; say: string };
  updatedAt: number;
}

/**
 * One coin that leaves, or is about to leave, by the chain. `foreseen`: whoever holds it still tries to get it back
 * without; `running`: an action of its own brings it out. The others are ends.
 */
export type ExitStatus = 'foreseen' | 'running' | 'claimed' | 'spent' | 'swept' | 'canceled';

export interface ExitRow {
  /** Id of the coin. */
  id: string;
  amount: Sats;
  status: ExitStatus;
  /** The action that holds the coin (`foreseen`), or the exit itself. */
  actionId: string;
  /** Height at which a foreseen exit begins by itself; absent: it does not (switched off, or it would cost too much). */
  dueHeight?: number;
  /** 1: the person wants it as soon as there is money for the fees. */
  asked?: 1;
  /** On-chain satoshi that the miners will want, and what of it is missing, as last seen. */
  feeNeeded?: Sats;
  feeMissing?: Sats;
  /** Payment (hash, hex) whose HTLC this is: not paid anew while its money is on this way. */
  paymentHash?: string;
  /** Height of the block with the last transaction of the chain; from then on the coin is an output. */
  confirmedHeight?: number;
  /** Tip at which the output can be claimed. */
  claimableHeight?: number;
  /** Transaction that claimed it, or took it. */
  txid?: string;
  createdAt: number;
  updatedAt: number;
  /** 1 until it has ended (indexed). Kept by exits.ts. */
  live?: 1;
}

export interface MailboxRow {
  /** `main`, `recovery`. */
  id: string;
  checkpoint: bigint;
}

/** A message that is not finished; the checkpoint may have moved on. */
export interface InboxRow {
  id: string;
  mailbox: string;
  checkpoint: bigint;
  /** The encoded MailboxMessage. */
  bytes: Uint8Array;
  attempts: number;
  wakeAt: number;
  lastError?: string;
  /** It cannot be finished while the wallet is locked. */
  needsKey?: true;
  receivedAt: number;
}

export interface KeyRow {
  index: number;
  /** 33 bytes, hex. */
  pubkey: string;
  /** Why it was taken, for engineers: address, change, htlc, board, … */
  purpose: string;
  /** Its Ark address, once one was made: what arrives there can be named while the wallet is locked. */
  address?: string;
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
  /** 1: made by a version 3 transaction, so only such may spend it before it is confirmed (BIP 431). */
  v3?: 1;
  /** 1 until seen spent, then absent (indexed). Kept by onchain.ts. */
  live?: 1;
}

/** A transaction that coins hang off, as it was proven to be on the chain (version 7). */
export interface AnchorRow {
  txid: string;
  /** Consensus bytes. */
  raw: Uint8Array;
  height: number;
  blockHash: string;
}

/** A transaction that touches the on-chain wallet (version 7). */
export interface OnchainTxRow {
  txid: string;
  raw: Uint8Array;
  /** Sum of our outputs that it spends. */
  sent: Sats;
  /** Sum of our outputs that it makes. */
  received: Sats;
  /** Absent where it spends outputs of others that we do not know. */
  fee?: Sats;
  /** Where it is confirmed; absent in the mempool. */
  height?: number;
  blockHash?: string;
  seenAt: number;
  /** 1: we made it, so we also show it to the network again. */
  ours?: 1;
  /** Txid of the transaction that took its place. */
  replacedBy?: string;
  /** 1 while a reorganisation or a rival may still change what became of it (indexed). Kept by onchain-txs.ts. */
  open?: 1;
}

export interface Budget {
  /** Satoshi that may be paid without asking in each period, fees included. */
  limit: Sats;
  /** The most that a single payment may cost, fee included; absent: the limit. */
  perPayment?: Sats;
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
  /** 1: the person does not want to hear of this site; nothing else of the row counts then. */
  blocked?: 1;
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

/** A round that the mailbox told us of. */
export interface RoundRow {
  /** Hex. */
  unlockHash: string;
  heardAt: number;
  /** Its coins are in the wallet, or are none of ours. */
  done?: 1;
}
