// Sites hand over payment requests in many dresses: upper case from QR codes, spaces, a `lightning:` prefix. They are
// undressed here, once, before anything looks at them.
import * as v from 'valibot';

const MAX = 8000;

/**
 * Trims, strips a `lightning:` (or `lightning://`) prefix of any case, and lowers text that is wholly upper case
 * (bech32 in QR codes). Mixed case stays as it is: LNURL paths may mean it, and bech32 of mixed case must fail later.
 */
export function normalisePaymentRequest(text: string): string {
  const bare = text
    .trim()
    .replace(/^lightning:(\/\/)?/i, '')
    .trim();
  return bare === bare.toUpperCase() ? bare.toLowerCase() : bare;
}

/** A payment request as an argument: a string (never an object with one inside), normalised, not empty. */
export const paymentRequest = v.pipe(
  v.string('The payment request must be a string.'),
  v.maxLength(MAX, 'The payment request is too long.'),
  v.transform(normalisePaymentRequest),
  v.minLength(1, 'The payment request is empty.'),
);
