// What a page may say to makeInvoice, in all the forms that sites use: a number, a string of digits, or an object whose
// amounts are either. Satoshi. It is read once, here; the bounds are enforced again when the person has chosen.
import * as v from 'valibot';
import { SkiffError } from '../errors.ts';

const MAX_SATS = 2_100_000_000_000_000n;

const amount = v.pipe(
  v.union(
    [v.pipe(v.number(), v.safeInteger()), v.pipe(v.string(), v.trim(), v.regex(/^\d{1,16}$/))],
    'An amount is a whole number of satoshi.',
  ),
  v.transform((given) => BigInt(given)),
  v.check((sats) => sats > 0n && sats <= MAX_SATS, 'An amount is at least 1 sat.'),
);
/** Sites say "no bound" by leaving it out, or by null, 0 or an empty text. */
const optional = v.pipe(
  v.nullish(v.unknown()),
  v.transform((given) =>
    given === null || given === 0 || given === '' || given === '0' ? undefined : given,
  ),
  v.optional(amount),
);
const words = v.nullish(v.pipe(v.string(), v.maxLength(2000, 'The memo is too long.')));

const isPlain = (given: unknown): given is object =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

const wish = v.object({
  amount: optional,
  defaultAmount: optional,
  minimumAmount: optional,
  maximumAmount: optional,
  memo: words,
  defaultMemo: words,
});

export interface InvoiceWish {
  /** Fixed by the site; the person can only agree. */
  amount?: bigint;
  /** Proposed; the person chooses. */
  defaultAmount?: bigint;
  minimum?: bigint;
  maximum?: bigint;
  /** The site's words, which the payer will read. */
  memo?: string;
}

/** The argument of makeInvoice. @throws (as a valibot issue) for amounts that make no sense or contradict each other */
export const invoiceWish = v.pipe(
  v.nullish(v.unknown()),
  v.transform((given) => (isPlain(given) ? given : { amount: given })),
  wish,
  v.transform((given): InvoiceWish => {
    const { amount, defaultAmount, minimumAmount: minimum, maximumAmount: maximum } = given;
    return { amount, defaultAmount, minimum, maximum, memo: given.memo ?? given.defaultMemo ?? undefined };
  }),
  v.check(
    ({ minimum = 1n, maximum = MAX_SATS }) => minimum <= maximum,
    'The minimum is more than the maximum.',
  ),
  v.check(
    ({ amount, minimum = 1n, maximum = MAX_SATS }) =>
      amount === undefined || (minimum <= amount && amount <= maximum),
    'The amount is not between the minimum and the maximum.',
  ),
);

/**
 * What the invoice is over, when the person chose `chosen`.
 * @throws SkiffError AMOUNT_REQUIRED, AMOUNT_OUT_OF_RANGE when that is not what the site allows
 */
export function wishedAmount(
  { amount, minimum = 1n, maximum = MAX_SATS }: InvoiceWish,
  chosen?: bigint,
): bigint {
  const wanted = amount ?? chosen;
  if (wanted === undefined) throw new SkiffError({ code: 'AMOUNT_REQUIRED', say: 'Enter an amount.' });
  if (wanted >= minimum && wanted <= maximum && (chosen === undefined || chosen === wanted)) return wanted;
  throw new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say:
      amount === undefined
        ? `The site takes between ${minimum} and ${maximum} sats.`
        : `The site asks for an invoice over exactly ${amount} sats.`,
    details: { wanted, minimum, maximum },
  });
}
