// The refusals of `payForBolt12Invoice`, each with LDK's name of it (`Bolt12PaymentError`) in `details.ldk`.
import { SkiffError, isSkiffError, type ErrorInit } from '../../errors.ts';
import type { Bolt12FailureReason } from '../../store/offer-rows.ts';

const refusal = (ldk: string, init: ErrorInit): SkiffError =>
  new SkiffError({ ...init, details: { ...init.details, ldk } });

/** Zero, more than the invoice, or a part of an invoice that is paid as a whole. */
export const invalidAmount = (say: string, asked: bigint, invoice: bigint): SkiffError =>
  refusal('InvalidAmount', {
    code: 'AMOUNT_OUT_OF_RANGE',
    say,
    details: { amountMsat: asked, invoiceMsat: invoice },
  });

export const unknownRequiredFeatures = (): SkiffError =>
  refusal('UnknownRequiredFeatures', {
    code: 'UNSUPPORTED',
    say: 'This invoice demands a feature this wallet does not know. Ask for an ordinary Lightning invoice.',
  });

/** It was sent, or tried to be: `reason` is also that of the one PaymentFailed. */
export function sendingFailed(reason: Bolt12FailureReason, cause: SkiffError): SkiffError {
  const { code, say, retry, details } = cause;
  return refusal(`SendingFailed(${reason})`, { code, say, retry, details, cause });
}

export const partialUnsupported = (): SkiffError =>
  refusal('PartialUnsupported', {
    code: 'UNSUPPORTED',
    say: 'The Ark server cannot pay a part of an invoice: pay it as a whole. Nothing was paid.',
  });

export const staticInvoice = (): SkiffError =>
  refusal('StaticInvoiceUnsupported', {
    code: 'UNSUPPORTED',
    say: 'The recipient is offline, and this wallet can only pay who answers. Try again when they are online.',
  });

export const unverified = (): SkiffError =>
  refusal('UnexpectedInvoice', {
    code: 'INVALID_ARGUMENT',
    say: 'This invoice answers another request than the one that was made. Nothing was paid.',
  });

const TAKEN = ['ALREADY_PAID', 'PAYMENT_IN_PROGRESS'] as const;

/** One hash is paid once, whatever the id: the wallet's own refusals under LDK's name. */
export function asDuplicate(error: unknown): unknown {
  if (!isSkiffError(error) || !TAKEN.some((code) => code === error.code)) return error;
  if (error.details['ldk'] !== undefined) return error;
  const { code, say, retry, details } = error;
  return refusal('DuplicateInvoice', { code, say, retry, details, cause: error });
}
