// The row of a swap (swaps.ts). Times are ms since 1970 where nothing else is said.
import type { Sats } from '../units.ts';

export type SwapStatus =
  /** Written down; the service may have been asked. */
  | 'created'
  /** The service's terms were checked and agreed to. */
  | 'agreed'
  /** The Lightning payment is on its way or held by the service. */
  | 'paying'
  /** The service's bitcoin is on the chain, not deep enough yet. */
  | 'lockup-seen'
  /** The preimage may be out: the bitcoin is being claimed. */
  | 'claiming'
  | 'done'
  /** Over, and the money is back. */
  | 'failed'
  /** Something happened that a person should look at; it goes on being watched. */
  | 'review';

/** What the service says of a swap: it waits for the payment, its bitcoin is out, or in a block; it was paid; it is over for it. */
export type Said = 'waiting' | 'locked' | 'confirmed' | 'settled' | 'over';

/** From Ark coins to a bitcoin address through a swap service. */
export interface SwapRow {
  /** Payment hash, hex. */
  hash: string;
  /** Seconds since 1970: with the seed, preimage and claim key. No two swaps share one. */
  second: number;
  backend: 'loop-http' | 'boltz';
  /** Address of the service. */
  service: string;
  status: SwapStatus;
  actionId: string;
  /** The action that pays over Lightning, once there is one; the history line is its. */
  paymentId?: string;
  /** Where the bitcoin goes, and how much was meant to arrive. */
  address: string;
  amount: Sats;
  /** What the service locks. */
  lockup: Sats;
  /** Of the invoice. */
  invoiceAmount: Sats;
  /** What the service answered, as it was checked. */
  agreement?: object;
  /** `txid:vout` of the locked output, and the first height at which it may be taken back. */
  locked?: string;
  refundHeight?: number;
  claimTxid?: string;
  /** What arrived. */
  received?: Sats;
  failure?: { code: string; say: string };
  /** The service's last word: shown, never believed. */
  said?: Said;
  createdAt: number;
  updatedAt: number;
  /** 1 until it is over, then absent (indexed). Kept by swaps.ts. */
  open?: 1;
}
