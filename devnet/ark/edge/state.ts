// What the Lightning edge remembers, in memory: wallets' nodes, what their static-invoice server keeps, and what its own
// blinded paths mean. A devnet that is started again knows none of it; wallets register anew.
import type { Bytes } from '../../../src/crypto/curve.ts';
import type { BlindedPath } from '../../../src/lightning/blinded/path.ts';

export interface EdgePeer {
  /** Hex. */
  readonly nodeId: string;
  readonly scid: bigint;
  mailbox: Bytes;
}

/** What a path to the static-invoice server is for. */
export type ServerContext =
  | { readonly is: 'setup'; readonly recipient: string }
  | { readonly is: 'offer' | 'serve'; readonly recipient: string; readonly slot: number };

export interface StoredInvoice {
  readonly invoice: Bytes;
  readonly forwardPath: BlindedPath;
}

/** What a static-invoice server keeps. */
export interface InvoiceShelf {
  /** By path id, hex. */
  readonly contexts: Map<string, ServerContext>;
  /** By recipient and slot. */
  readonly invoices: Map<string, StoredInvoice>;
}

export interface EdgeState extends InvoiceShelf {
  /** By node id, hex. */
  readonly peers: Map<string, EdgePeer>;
  /** Of the static-invoice server that is not the Ark server's. */
  readonly elsewhere: InvoiceShelf & {
    /** Messages for nodes that have called before and are away, by node id, hex. */
    readonly waiting: Map<string, { pathKey: Bytes; packet: Bytes }[]>;
  };
  /** Onion messages that were put into mailboxes. */
  messages: number;
  /** Node of the devnet itself that is no wallet: its messages are handed to it. By node id, hex. */
  readonly neighbours: Map<string, (message: { pathKey: Bytes; packet: Bytes }) => void>;
}

export const emptyEdge = (): EdgeState => ({
  peers: new Map(),
  contexts: new Map(),
  invoices: new Map(),
  elsewhere: { contexts: new Map(), invoices: new Map(), waiting: new Map() },
  messages: 0,
  neighbours: new Map(),
});
