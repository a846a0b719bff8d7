// Ids under which BOLT 12 invoices are paid.
import { fromHex } from '../src/crypto/bytes.ts';
import { UsageError } from './args.ts';
import type { OptionSpec, ParsedArgs } from './args.ts';

export const PAYMENT_ID: OptionSpec = {
  name: 'payment-id',
  value: 'HEX',
  help: 'Id of the payment of a bolt12 invoice: 32 bytes, used once; drawn when left out',
};

/** 32 bytes. @throws UsageError */
export function readPaymentId(hex: string): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(hex)) return fromHex(hex.toLowerCase());
  throw new UsageError('the payment id is not 32 bytes of hex');
}

/** Value of {@link PAYMENT_ID}. @throws UsageError */
export function paymentId(args: ParsedArgs): Uint8Array | undefined {
  const given = args.option(PAYMENT_ID.name);
  return given === undefined ? undefined : readPaymentId(given);
}
