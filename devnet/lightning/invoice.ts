// One invoice of a simulated Lightning node, from issue to settlement, and what both kinds of invoice ask of a payer.
import { toHex } from '../../src/crypto/bytes.ts';
import type { Curve } from '../../src/crypto/curve.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11.ts';
import { allowsParts } from '../../src/lightning/bolt12/invoice-check.ts';
import { decodeBolt12InvoiceText } from '../../src/lightning/bolt12/invoice.ts';

/**
 * open: nobody has paid. held: an HTLC waits for settle or cancel. settled, canceled: final.
 */
type InvoiceState = 'open' | 'held' | 'settled' | 'canceled';

/** What a payer learns from the text. Keys and hashes in hex. */
export interface InvoiceTerms {
  readonly paymentHash: string;
  /** Who signed: a node, or the blinded end of a path. */
  readonly payee: string;
  /** BOLT 11 only. */
  readonly paymentSecret?: string;
  /** Millisatoshi; left out, the payer chooses. */
  readonly amount?: bigint;
  /** BOLT 12: neither more nor less. */
  readonly exact: boolean;
  /** Several payers may pay it together. */
  readonly takesParts: boolean;
  /** Unix seconds, the last one that is good. */
  readonly expiresAt: bigint;
  /** Blocks that the last hop wants. */
  readonly minFinalCltv: number;
}

export interface DevInvoice {
  /** `lnbcrt…` or `lni1…`. */
  readonly text: string;
  readonly terms: InvoiceTerms;
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

/** Reads either kind. @throws SkiffError INVALID_INVOICE and the like */
export function readInvoice(curve: Curve, text: string): InvoiceTerms {
  if (/^lni1/i.test(text)) {
    const invoice = decodeBolt12InvoiceText(curve, text);
    const { amount, paymentHash, signingKey, createdAt, expirySeconds, paths } = invoice;
    return {
      paymentHash: toHex(paymentHash),
      payee: toHex(signingKey),
      amount,
      exact: true,
      takesParts: allowsParts(invoice),
      expiresAt: createdAt + expirySeconds,
      minFinalCltv: Math.max(...paths.map(({ payInfo }) => payInfo.cltvExpiryDelta)),
    };
  }
  const invoice = decodeBolt11(curve, text);
  return {
    paymentHash: toHex(invoice.paymentHash),
    payee: toHex(invoice.payee),
    paymentSecret: toHex(invoice.paymentSecret),
    amount: invoice.amount,
    exact: false,
    takesParts: false,
    expiresAt: BigInt(invoice.timestamp) + invoice.expirySeconds,
    minFinalCltv: Number(invoice.minFinalCltv),
  };
}
