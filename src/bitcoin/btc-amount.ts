// Decimal BTC text ↔ satoshi, exact, no floating point.
import { SkiffError } from '../errors.ts';
import { sats } from '../units.ts';
import type { Sats } from '../units.ts';

const MAX_MONEY = 2_100_000_000_000_000n;

/** `"0.001"` → 100 000 sat. At most 8 decimals and 21 million BTC. @throws SkiffError INVALID_ARGUMENT. */
export function parseBtc(text: string): Sats {
  const found = /^(\d{0,16})(?:\.(\d{0,16}))?$/.exec(text);
  const [whole = '', fraction = ''] = found ? [found[1], found[2]] : [];
  const decimals = fraction.replace(/0+$/, '');
  if (!found || whole + fraction === '' || decimals.length > 8) throw notAnAmount(text);
  const value = BigInt((whole || '0') + decimals.padEnd(8, '0'));
  if (value > MAX_MONEY) throw notAnAmount(text);
  return sats(value);
}

function notAnAmount(text: string): SkiffError {
  return new SkiffError({
    code: 'INVALID_ARGUMENT',
    say: 'The amount is not a number of bitcoins with at most 8 decimals.',
    details: { amount: text.slice(0, 40) },
  });
}

/** 100 000 sat → `"0.001"`; no trailing zeros, no exponent. */
export function formatBtc(amount: Sats): string {
  const digits = amount.toString().padStart(9, '0');
  const fraction = digits.slice(-8).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -8) : `${digits.slice(0, -8)}.${fraction}`;
}
