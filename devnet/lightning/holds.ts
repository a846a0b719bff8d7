// Invoices that a node holds for somebody who alone knows the preimage: money that arrives waits until the preimage comes
// or the node sends it back.
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
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
}

export interface Holds {
  /** Issues an invoice for somebody else's preimage. */
  holdInvoice(request: HoldRequest): { readonly bolt11: string };
  /** Takes up an invoice of `node` again that was called off or forgotten. */
  reopenHold(bolt11: string, node: string, arrived: HoldRequest['arrived']): void;
  /** Takes the money that waits for this preimage. */
  settleHold(preimage: Uint8Array): void;
  /** Sends the money back, or refuses it from now on. Payment hash in hex. */
  cancelHold(paymentHash: string): void;
}

interface Hold {
  readonly terms: InvoiceTerms;
  readonly arrived: HoldRequest['arrived'];
  state: 'open' | 'held' | 'settled' | 'canceled';
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
  const open = (bolt11: string, arrived: HoldRequest['arrived']) => {
    const terms = readTerms(bolt11);
    holds.set(terms.paymentHash, { terms, arrived, state: 'open', release: () => {} });
  };
  return {
    find: (paymentHash) => holds.get(paymentHash),
    holdInvoice(request) {
      const bolt11 = write(request);
      open(bolt11, request.arrived);
      return { bolt11 };
    },
    reopenHold: (bolt11, _node, arrived) => open(bolt11, arrived),
    settleHold(preimage) {
      holds.get(toHex(sha256(preimage)))?.release(preimage);
    },
    cancelHold(paymentHash) {
      const hold = holds.get(paymentHash);
      if (hold?.state === 'held') hold.release(undefined);
      else if (hold?.state === 'open') hold.state = 'canceled';
    },
    async arrive(hold, { finalCltv }) {
      hold.state = 'held';
      const waiting = new Promise<Uint8Array | undefined>((resolve) => (hold.release = resolve));
      hold.arrived(finalCltv ?? hold.terms.minFinalCltv);
      const preimage = await waiting;
      hold.state = preimage ? 'settled' : 'canceled';
      return preimage ? { preimage, feeMsat: 0n } : { failed: 'DESTINATION_REJECTED' };
    },
  };
}
