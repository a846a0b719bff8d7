// What the loop-out service remembers of a swap, and what it stands on. A record is plain JSON: it is on disk before
// anything that it describes leaves the service.
import type { ChainSource } from '../../src/chain/source.ts';
import type { Curve } from '../../src/crypto/curve.ts';
import type { Network } from '../../src/bitcoin/network.ts';
import type { HoldRequest, HoldView } from '../lightning/holds.ts';

export type SwapState =
  /** Written down; the invoice may not exist yet. */
  | 'Pending'
  | 'AwaitingIncomingHtlcAccepted'
  /** The lock-up is out, or about to be. */
  | 'AwaitingOutgoingHtlcSettlement'
  /** A refund is out, or about to be. */
  | 'Refunding'
  /** The preimage is known and the Lightning payment taken. */
  | 'Complete'
  | 'Refunded'
  | 'Expired'
  | 'Canceled'
  /** Claimed with something that Lightning cannot settle with. */
  | 'Lost';

export interface LoopRequest {
  kind: 'loop';
  htlcClaimAddress: string;
  hash: string;
  loopOutSats: number;
  /** The script asks for 32 bytes. */
  sized: boolean;
}

export interface BoltzRequest {
  kind: 'boltz';
  hash: string;
  claimPublicKey: string;
  /** One of the two, as it was asked. */
  invoiceAmount?: number;
  onchainAmount?: number;
}

export interface Broadcast {
  raw: string;
  txid: string;
}

export interface SwapRecord {
  /** Payment hash, hex: the name of the swap. */
  hash: string;
  /** Short name for the API. */
  id: string;
  state: SwapState;
  request: LoopRequest | BoltzRequest;
  /** Index of the key that a refund goes to. */
  key: number;
  invoiceSats: number;
  lockupSats: number;
  /** ms. */
  createdAt: number;
  invoiceExpiresAt: number;
  invoice?: string;
  /** Blocks (loop) or height (boltz) of the refund. */
  timeout: number;
  /** `confirmed`: it was seen in a block, which clients are told. */
  lockup?: Broadcast & { vout: number; confirmed?: true };
  refund?: Broadcast & { rate: number };
  /** Takes the lock-up's own inputs back: it waited too long. */
  recall?: Broadcast;
  claimTxid?: string;
  preimage?: string;
  /** Why it ended as it did. */
  reason?: string;
  /** Nothing can change any more. */
  closed?: true;
}

/** A folder of records. Both calls return when the bytes are safe. */
export interface SwapStore {
  all(): SwapRecord[];
  save(record: SwapRecord): void;
}

/** A Lightning node that can hold payments (devnet/lightning/holds.ts, or a real one). */
export interface HoldNode {
  holdInvoice(request: HoldRequest): { readonly bolt11: string };
  hold(paymentHash: string): HoldView | undefined;
  settleHold(preimage: Uint8Array): void;
  cancelHold(paymentHash: string): void;
  /** Height of the node's chain. */
  tip(): number;
}

export interface SwapPorts {
  curve: Curve;
  chain: ChainSource;
  node: HoldNode;
  store: SwapStore;
  /** ms. */
  now: () => number;
  random: (length: number) => Uint8Array;
  /** 32 bytes from which every key of the service comes. */
  seed: Uint8Array;
  log: (text: string, facts?: Record<string, unknown>) => void;
  /** A service that prints its own money asks for it here. */
  topUp?: (script: Uint8Array, sats: bigint) => void;
}

export interface SwapConfig {
  network: Network;
  minSats: number;
  maxSats: number;
  /** The most for swaps whose script lets preimages of any size through: such a claim cannot be settled. */
  maxUnsizedSats: number;
  /** Fee of the service for a loop-out, in sat. */
  loopFee: number;
  /** Percent of a reverse swap, and the miner's fee that it asks for the lock-up. */
  boltzPercent: number;
  boltzLockupFee: number;
  /** Fee that clients of the Boltz API should reckon with for their claim. */
  boltzClaimFee: number;
  /** Blocks of the refund's delay (loop) and from now to its height (boltz). */
  loopDelay: number;
  boltzDelay: number;
  /** Blocks that a lock-up may wait for its first confirmation, and blocks kept before the Lightning HTLC ends. */
  confirmWait: number;
  margin: number;
  /** Confirmations of a refund before the payment goes back. */
  refundDepth: number;
  invoiceSecs: number;
  /** Swaps that may wait for their payment, and requests in a minute. */
  maxWaiting: number;
  maxPerMinute: number;
}

export const defaultSwapConfig: SwapConfig = {
  network: 'regtest',
  minSats: 5_000,
  maxSats: 10_000_000,
  maxUnsizedSats: 1_000_000,
  loopFee: 1_000,
  boltzPercent: 0.5,
  boltzLockupFee: 462,
  boltzClaimFee: 333,
  loopDelay: 40,
  boltzDelay: 100,
  confirmWait: 12,
  margin: 18,
  refundDepth: 3,
  invoiceSecs: 600,
  maxWaiting: 200,
  maxPerMinute: 120,
};

/** What a service does wrong on purpose, for tests of its clients. */
export const SWAP_LIES = [
  'wrong-hash',
  'dear-invoice',
  'low-value',
  'wrong-script',
  'wrong-address',
  'no-lockup',
  'two-outputs',
  'refuse-share',
  'bad-share',
  'stale-fees',
  'near-timeout',
  'own-refund-address',
] as const;
export type SwapLie = (typeof SWAP_LIES)[number];

/** Why a request was refused; the text goes to the client as `{error}`. */
export class SwapRefused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
