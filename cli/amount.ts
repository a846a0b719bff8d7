// Amounts on the command line: `<amount> <unit>`, as rust-bitcoin reads them. The unit is required: "1000" could be
// anything.
import { sats } from '../src/units.ts';
import type { Sats } from '../src/units.ts';
import { UsageError } from './args.ts';

/** Decimal places of one unit, counted in satoshi (BTC 8, sat 0, msat −3). */
const UNITS: ReadonlyArray<[RegExp, number]> = [
  [/^BTC$/i, 8],
  [/^cBTC$/, 6],
  [/^mBTC$/, 5],
  [/^(uBTC|µBTC|bits?)$/i, 2],
  [/^(sats?|satoshis?)$/i, 0],
  [/^msats?$/, -3],
];

/** `"250000 sats"`, `"0.01 BTC"` → satoshi, exact. @throws UsageError */
export function parseAmount(text: string): Sats {
  const found = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-zµ]*)\s*$/.exec(text);
  const bad = (why: string): never => {
    throw new UsageError(`invalid value '${text}' for amount: ${why}. Example: 250000 sats`);
  };
  if (!found) return bad('not a number with a unit');
  const [, number = '', unit = ''] = found;
  if (unit === '' && Number(number) === 0) return sats(0);
  const places = UNITS.find(([name]) => name.test(unit))?.[1];
  if (places === undefined) return bad(unit === '' ? 'the unit is missing' : 'unknown unit');
  const [whole = '', fraction = ''] = number.split('.');
  const digits = fraction.replace(/0+$/, '');
  const shift = places - digits.length;
  const value = BigInt(whole + digits || '0');
  if (shift < 0 && value % 10n ** BigInt(-shift) !== 0n) return bad('less than a satoshi');
  const amount = shift < 0 ? value / 10n ** BigInt(-shift) : value * 10n ** BigInt(shift);
  return amount > 2_100_000_000_000_000n ? bad('more than all bitcoin') : sats(amount);
}
