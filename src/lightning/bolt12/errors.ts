// How BOLT 12 readers refuse: INVALID_INVOICE (or INVALID_SIGNATURE) for people, LDK's name of the fault in
// `details.ldk` for programs and for comparison with LDK.
import { isSkiffError, SkiffError } from '../../errors.ts';

/** LDK's Bolt12SemanticError, as far as readers meet it. */
export type SemanticFault =
  | 'AlreadyExpired'
  | 'UnsupportedChain'
  | 'UnexpectedChain'
  | 'MissingAmount'
  | 'InvalidAmount'
  | 'InsufficientAmount'
  | 'UnexpectedAmount'
  | 'InvalidCurrencyCode'
  | 'UnsupportedCurrency'
  | 'UnknownRequiredFeatures'
  | 'UnexpectedFeatures'
  | 'MissingDescription'
  | 'MissingIssuerSigningPubkey'
  | 'UnexpectedIssuerSigningPubkey'
  | 'MissingQuantity'
  | 'InvalidQuantity'
  | 'UnexpectedQuantity'
  | 'UnexpectedMetadata'
  | 'MissingPayerMetadata'
  | 'MissingPayerSigningPubkey'
  | 'MissingPaths'
  | 'UnexpectedPaths'
  | 'InvalidPayInfo'
  | 'MissingCreationTime'
  | 'MissingPaymentHash'
  | 'UnexpectedPaymentHash'
  | 'MissingSigningPubkey'
  | 'InvalidSigningPubkey'
  | 'MissingSignature'
  | 'UnexpectedHumanReadableName';

const SAY = 'This is not a valid Lightning offer or BOLT 12 invoice.';

/** A fault with LDK's full name of it. */
export const invalidBolt12 = (ldk: string, reason?: string): SkiffError =>
  new SkiffError({ code: 'INVALID_INVOICE', say: SAY, details: { ldk, reason } });

/** A message that reads well and means nothing. */
export const semanticError = (fault: SemanticFault): SkiffError =>
  invalidBolt12(`InvalidSemantics(${fault})`);

/** @throws the semantic fault unless `holds`. */
export function expect(holds: boolean, fault: SemanticFault): asserts holds {
  if (!holds) throw semanticError(fault);
}

export const wrongSignature = (): SkiffError =>
  new SkiffError({
    code: 'INVALID_SIGNATURE',
    say: 'The invoice is not signed by the one it names. Ask for a new one.',
    details: { ldk: 'InvalidSignature(IncorrectSignature)' },
  });

/** Runs a reader of wire formats; its INVALID_ENCODING becomes INVALID_INVOICE with the same details. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (e) {
    if (!isSkiffError(e, 'INVALID_ENCODING')) throw e;
    throw new SkiffError({ code: 'INVALID_INVOICE', say: SAY, details: e.details, cause: e });
  }
}
