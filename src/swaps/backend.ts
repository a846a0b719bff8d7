// What every swap service offers, whatever its API. An agreement is what the service answered, as plain data: it is checked
// by verify.ts before anything is paid, and kept.
import type { Said } from '../store/swap-row.ts';
import type { Sats } from '../units.ts';

export type BackendName = 'loop-http' | 'boltz';

/** Where a service is and which API it speaks. */
export interface ServiceRef {
  backend: BackendName;
  /** Without a slash at the end: `http://127.0.0.1:1008`, `https://api.boltz.exchange/v2`. */
  service: string;
}

export interface SwapOffer {
  min: Sats;
  max: Sats;
  /** The most that the invoice may ask for a lock-up of this size. */
  invoice: Sats;
  /** Part of the difference that goes to miners, as the service says. */
  minerFee: Sats;
  /** Name of the prices, where the service has one. */
  pairHash?: string;
}

export interface SwapOrder {
  /** SHA-256 of the preimage, hex. */
  hash: string;
  /** 33-byte key that claims. */
  claimKey: Uint8Array;
  lockup: Sats;
  pairHash?: string;
}

export interface LoopAgreement {
  kind: 'loop-http';
  invoice: string;
  htlcRefundAddress: string;
  delay: number;
  /** The script asks for a preimage of 32 bytes. */
  sized: boolean;
}

export interface BoltzAgreement {
  kind: 'boltz';
  id: string;
  invoice: string;
  /** 33 bytes, hex. */
  refundPublicKey: string;
  timeoutBlockHeight: number;
  lockupAddress: string;
  onchainAmount: number;
  /** Hex. */
  claimLeaf: string;
  refundLeaf: string;
}

export type Agreement = LoopAgreement | BoltzAgreement;

/** What a rescue finds at a service. */
export interface KnownSwap {
  hash: string;
  agreement: Agreement;
  lockup: Sats;
}

export interface JointShare {
  /** 66 bytes. */
  publicNonce: Uint8Array;
  /** 32 bytes. */
  partial: Uint8Array;
}

export interface SwapBackend {
  /** @throws SkiffError SWAP_UNREACHABLE, SWAP_REFUSED, SWAP_MISBEHAVED */
  offer(lockup: Sats): Promise<SwapOffer>;
  /** The same order again gives the same answer, or a refusal. @throws SkiffError as {@link SwapBackend.offer} */
  create(order: SwapOrder): Promise<Agreement>;
  /** Gives the preimage away for the service's share of a claim by both. */
  share?(
    agreement: BoltzAgreement,
    claim: { preimage: Uint8Array; publicNonce: Uint8Array; tx: Uint8Array },
  ): Promise<JointShare>;
  /** The service's word on a swap, if it has one. @throws SkiffError as {@link SwapBackend.offer} */
  status(hash: string, agreement: Agreement): Promise<Said | undefined>;
  /** Those of these swaps that the service has heard of. */
  known(asked: readonly { hash: string; claimKey: Uint8Array }[]): Promise<KnownSwap[]>;
}
