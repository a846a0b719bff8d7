// One invoice of a simulated Lightning node, from issue to settlement.
import type { Bolt11 } from '../../src/lightning/bolt11.ts';

/**
 * open: nobody has paid. held: an HTLC waits for settle or cancel. settled, canceled: final.
 */
type InvoiceState = 'open' | 'held' | 'settled' | 'canceled';

export interface DevInvoice {
  readonly bolt11: string;
  readonly invoice: Bolt11;
  readonly node: string;
  /** Hex. */
  readonly paymentHash: string;
  readonly preimage: Uint8Array;
  /** Keeps the payment in flight until `settle` or `cancel`. */
  readonly hold: boolean;
  /** Milliseconds between the HTLC's arrival and its settlement. */
  readonly settleAfterMs: number;
  state: InvoiceState;
  /** What arrived, once something did. */
  receivedMsat?: bigint;
  settledAt?: number;
}
