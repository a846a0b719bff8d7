// Amounts as people read and write them: groups of three with a thin space, the unit always there.

/** U+202F, the thin space that does not break: a number never falls apart at the end of a line. */
const THIN = '\u202f';
/** U+00A0: the unit never wraps away from its number. */
const NBSP = '\u00a0';
const MINUS = '\u2212';

export type Unit = 'sats' | 'btc';

/** `1234567n` → `1 234 567` with thin spaces. */
const grouped = (value: bigint): string => value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, THIN);

/** The figure alone. In BTC all eight places, grouped 2-3-3 so that satoshi can be read off. */
export function figure(value: bigint, unit: Unit): string {
  const size = value < 0n ? -value : value;
  if (unit === 'sats') return grouped(size);
  const places = (size % 100_000_000n).toString().padStart(8, '0');
  return `${grouped(size / 100_000_000n)}.${places.replace(/^(..)(...)(...)$/, `$1${THIN}$2${THIN}$3`)}`;
}

/** `21 300 sats`, `1 sat`, `0.00 021 300 BTC`. */
export function amountText(value: bigint, unit: Unit = 'sats'): string {
  const word = unit === 'btc' ? 'BTC' : value === 1n || value === -1n ? 'sat' : 'sats';
  return `${value < 0n ? MINUS : ''}${figure(value, unit)}${NBSP}${word}`;
}

/** With a sign in either direction, for the history. */
export const signedText = (value: bigint): string =>
  value > 0n ? `+${amountText(value)}` : amountText(value);

/**
 * Whole satoshi from what a person typed. Groups of three may be set apart; a point is refused, because "0.001" is
 * somebody thinking in BTC. Undefined when it is not a positive number.
 */
export function parseAmount(text: string): bigint | undefined {
  const typed = text.trim().replace(/[\u2009\u202f\u00a0]/g, ' ');
  if (!/^(\d{1,16}|\d{1,3}([ ,'_]\d{3}){1,5})$/.test(typed)) return undefined;
  const value = BigInt(typed.replace(/\D/g, ''));
  return value > 0n ? value : undefined;
}
