// Rows of BOLT 12: payments of invoices that came from elsewhere (version 8), and our own offers (version 10).
import type { Msats } from '../units.ts';

/** LDK's `PaymentFailureReason`, as far as it applies. */
export type Bolt12FailureReason =
  | 'RecipientRejected'
  | 'UserAbandoned'
  | 'RetriesExhausted'
  | 'PaymentExpired'
  | 'RouteNotFound'
  | 'UnexpectedError';

/** A payment of a BOLT 12 invoice under an id that its caller chose (version 8). */
export interface Bolt12PaymentRow {
  /** 32 bytes, hex. */
  id: string;
  /** Payment hash, hex. */
  hash: string;
  /** `lni1…`; with the preimage the proof of payment. */
  invoice: string;
  /** What we contribute. */
  amount: Msats;
  /** The action that carries it out; absent when it failed before one was made, which leaves the id free. */
  actionId?: string;
  /** abandoned: the caller gave up, the money is still under way. */
  status: 'pending' | 'abandoned' | 'sent' | 'failed';
  reason?: Bolt12FailureReason;
  /** 1 until it has its outcome (indexed). */
  open?: 1;
  createdAt: number;
  updatedAt: number;
}

/** What an Ark server said about the edge of the Lightning network when this wallet's node registered. */
export interface EdgeTerms {
  /** 33-byte key of the node that carries onion messages; empty where the server carries none. */
  gateway: Uint8Array;
  /** 33-byte key of the node where payments enter. */
  lnNode: Uint8Array;
  virtualScid: bigint;
  cltvDelta: number;
  feeBaseMsat: number;
  feePpm: number;
  htlcMinMsat: bigint;
  htlcMaxMsat: bigint;
  maxCltvExpiryDelta: number;
  /** The server's own id when it said so: another server's terms are not this one's. Hex. */
  serverPubkey: string;
  at: number;
}

/** A static-invoice server that a person chose: a Lightning node that carries our messages, too. */
export interface OfferPeer {
  /** 33 bytes. */
  nodeId: Uint8Array;
  /** Of its socket. */
  url: string;
  /** Encoded blinded paths by which its operator knows us. */
  paths: Uint8Array[];
}

/** The async recipient (version 10). */
export interface OffersRow {
  id: string;
  /** src/offers/async/state.ts. */
  state: object;
  /** Absent until the server was asked. */
  terms?: EdgeTerms;
  /** Absent: the Ark server's own, through its mailbox. */
  peer?: OfferPeer;
  /** `lno1…` that is shown as "your offer", until another one is wanted or it ends. */
  shown?: string;
}
