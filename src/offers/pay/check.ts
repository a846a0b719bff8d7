// What can be said against paying a BOLT 12 invoice that came from elsewhere, before anything is looked up: LDK's checks in
// LDK's order (tests/vectors/bolt12-pay-decisions.json).
import type { Curve } from '../../crypto/curve.ts';
import { isSkiffError } from '../../errors.ts';
import { allowsParts, requiresUnknown } from '../../lightning/bolt12/invoice-check.ts';
import { decodeBolt12Invoice, type Bolt12Invoice } from '../../lightning/bolt12/invoice.ts';
import { decodeBolt12Text } from '../../lightning/bolt12/text.ts';
import { msats, type Msats } from '../../units.ts';
import { invalidAmount, staticInvoice, unknownRequiredFeatures } from './refusals.ts';

/**
 * Reads the text of an invoice, `+` and upper case included, and checks its signature.
 * @throws SkiffError INVALID_INVOICE, INVALID_SIGNATURE; UNSUPPORTED for a static invoice
 */
export function readInvoice(curve: Curve, text: string): Bolt12Invoice {
  try {
    return decodeBolt12Invoice(curve, decodeBolt12Text('lni', text));
  } catch (error) {
    // Type 236 is what only a static invoice has.
    if (isSkiffError(error) && error.details['ldk'] === 'InvalidSemantics(UnexpectedPaths)')
      throw staticInvoice();
    throw error;
  }
}

/**
 * What this wallet contributes: `given`, or all of it. @throws SkiffError named InvalidAmount, UnknownRequiredFeatures
 */
export function contribution(invoice: Bolt12Invoice, given?: bigint): Msats {
  const { amount } = invoice;
  const send = given ?? amount;
  if (send === 0n) throw invalidAmount('Nothing cannot be paid: enter an amount.', send, amount);
  if (send > amount)
    throw invalidAmount('This is more than the invoice asks for. Nothing was paid.', send, amount);
  if (send < amount && !allowsParts(invoice))
    throw invalidAmount('This invoice can only be paid as a whole. Nothing was paid.', send, amount);
  if (requiresUnknown(invoice)) throw unknownRequiredFeatures();
  return msats(send);
}
