// Invoices that a node holds for somebody who alone knows the preimage: money that arrives waits until the preimage comes
// or the node sends it back.
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { remember } from '../snapshot.ts';
import type { InvoiceTerms } from './invoice.ts';
import type { PayRequest, PaymentResult } from './network.ts';

export interface HoldRequest {
  /** Name of the issuing node. */
  readonly node: string;
  readonly paymentHash: Uint8Array;
  readonly amountMsat: bigint;
  readonly memo: string;
  readonly expirySeconds: number;
  readonly minFinalCltv: number;
  /** Called when money arrives; the blocks that its HTLC lives. */
  readonly arrived: (blocks: number) => void;
  /** Height of the node's chain: with it the node can say when the money that waits goes back. */
  readonly tip?: () => number;
}

/** What a node knows of an invoice that it holds. */
export interface HoldView {
  readonly bolt11: string;
  readonly state: 'open' | 'held' | 'settled' | 'canceled';
  /** What arrived. */
  readonly amountMsat?: bigint;
  /** Height at which the HTLC that waits is lost to its sender. */
  readonly expiresAt?: number;
}

export interface Holds {
  /** Issues an invoice for somebody else's preimage. */
  holdInvoice(request: HoldRequest): { readonly bolt11: string };
  /** Takes up an invoice of `node` again that was called off or forgotten. */
  reopenHold(bolt11: string, node: string, arrived: HoldRequest['arrived']): void;
  /** An invoice that was issued or reopened here, by payment hash (hex). */
  hold(paymentHash: string): HoldView | undefined;
  /** What the answer does: back to how it is now. */
  snapshotHolds(): () => void;
  /** Holds an HTLC that came without an invoice of ours. @returns its preimage, or undefined when it was sent back */
  holdHtlc(paymentHash: string, amountMsat: bigint): Promise<Uint8Array | undefined>;
  /** Takes the money that waits for this preimage. */
  settleHold(preimage: Uint8Array): void;
  /** Sends the money back, or refuses it from now on. Payment hash in hex. */
  cancelHold(paymentHash: string): void;
}

interface Hold {
  readonly bolt11: string;
  readonly terms: InvoiceTerms;
  readonly arrived: HoldRequest['arrived'];
  readonly tip?: () => number;
  state: HoldView['state'];
  amountMsat?: bigint;
  expiresAt?: number;
  release: (preimage: Uint8Array | undefined) => void;
}

/** @param readTerms of an invoice text @param write issues one for a node */
export function createHolds(
  readTerms: (bolt11: string) => InvoiceTerms,
  write: (request: HoldRequest) => string,
): Holds & {
  find(paymentHash: string): Hold | undefined;
  arrive(hold: Hold, request: PayRequest): Promise<PaymentResult>;
} {
  const holds = new Map<string, Hold>();
  const open = (bolt11: string, { arrived, tip }: Pick<HoldRequest, 'arrived' | 'tip'>) => {
    const terms = readTerms(bolt11);
    holds.set(terms.paymentHash, { bolt11, terms, arrived, tip, state: 'open', release: () => {} });
  };
  return {
    find: (paymentHash) => holds.get(paymentHash),
    holdInvoice(request) {
      const bolt11 = write(request);
      open(bolt11, request);
      return { bolt11 };
    },
    reopenHold: (bolt11, _node, arrived) => open(bolt11, { arrived }),
    hold: (paymentHash) => holds.get(paymentHash),
    snapshotHolds: () => remember(holds),
    async holdHtlc(paymentHash, amountMsat) {
      const before = holds.get(paymentHash);
      if (before && before.state !== 'canceled') return undefined;
      const terms = {
        paymentHash,
        payee: '',
        exact: true,
        takesParts: false,
        expiresAt: 0n,
        minFinalCltv: 0,
      };
      const { promise, resolve: release } = Promise.withResolvers<Uint8Array | undefined>();
      const hold: Hold = { bolt11: '', terms, arrived: () => {}, state: 'held', amountMsat, release };
      holds.set(paymentHash, hold);
      const preimage = await promise;
      hold.state = preimage ? 'settled' : 'canceled';
      return preimage;
    },
    settleHold(preimage) {
      holds.get(toHex(sha256(preimage)))?.release(preimage);
    },
    cancelHold(paymentHash) {
      const hold = holds.get(paymentHash);
      if (hold?.state === 'held') hold.release(undefined);
      else if (hold?.state === 'open') hold.state = 'canceled';
    },
    async arrive(hold, { finalCltv, amountMsat }) {
      const blocks = finalCltv ?? hold.terms.minFinalCltv;
      hold.state = 'held';
      hold.amountMsat = amountMsat;
      if (hold.tip) hold.expiresAt = hold.tip() + blocks;
      const waiting = new Promise<Uint8Array | undefined>((resolve) => (hold.release = resolve));
      hold.arrived(blocks);
      const preimage = await waiting;
      hold.state = preimage ? 'settled' : 'canceled';
      return preimage ? { preimage, feeMsat: 0n } : { failed: 'DESTINATION_REJECTED' };
    },
  };
}
