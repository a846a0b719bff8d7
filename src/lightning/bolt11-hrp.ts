// The human-readable part of a BOLT 11 invoice: `ln` + currency + amount. Amounts are exact millisatoshi.
import { SkiffError } from '../errors.ts';
import { msats } from '../units.ts';
import type { Msats } from '../units.ts';

/** Invoice currencies; `simnet` exists on the wire but no wallet of ours is on it. */
export type InvoiceNetwork = 'mainnet' | 'testnet' | 'signet' | 'regtest' | 'simnet';

const CURRENCIES: Readonly<Record<string, InvoiceNetwork>> = {
  bc: 'mainnet',
  tb: 'testnet',
  tbs: 'signet',
  bcrt: 'regtest',
  sb: 'simnet',
};

/** Units of 0.1 msat (1 pico-bitcoin) for each multiplier letter. */
const PICO: Readonly<Record<string, bigint>> = {
  '': 1_000_000_000_000n,
  m: 1_000_000_000n,
  u: 1_000_000n,
  n: 1_000n,
  p: 1n,
};

const MAX_MSAT = 21_000_000n * 100_000_000_000n;

const invalid = (reason: string): SkiffError =>
  new SkiffError({
    code: 'INVALID_INVOICE',
    say: 'This is not a valid Lightning invoice.',
    details: { reason },
  });

/** @throws SkiffError INVALID_INVOICE for an unknown currency, a bad multiplier, a fraction of a msat or more than 21 million BTC. */
export function parseInvoiceHrp(hrp: string): { network: InvoiceNetwork; amount?: Msats } {
  const found = /^ln([^0-9]*)(?:([0-9]+)(.*))?$/.exec(hrp);
  if (!found) throw invalid('prefix');
  const network = CURRENCIES[found[1] ?? ''];
  if (network === undefined) throw invalid('unknown currency');
  const digits = found[2];
  if (digits === undefined) return { network };
  const unit = PICO[found[3] ?? ''];
  if (unit === undefined) throw invalid('unknown multiplier');
  if (digits.length > 24) throw invalid('amount overflow');
  const pico = BigInt(digits) * unit;
  if (pico % 10n !== 0n) throw invalid('amount is not a whole millisatoshi');
  if (pico / 10n > MAX_MSAT) throw invalid('amount overflow');
  return { network, amount: msats(pico / 10n) };
}

/** Shortest form of the amount among m, u, n and p (never whole bitcoins), as lightning-invoice writes it. */
export function formatInvoiceHrp(network: InvoiceNetwork, amount?: Msats): string {
  const currency = Object.keys(CURRENCIES).find((c) => CURRENCIES[c] === network) ?? '';
  if (amount === undefined) return `ln${currency}`;
  const pico = amount * 10n;
  const letter = ['m', 'u', 'n', 'p'].find((l) => pico % (PICO[l] ?? 1n) === 0n) ?? 'p';
  return `ln${currency}${pico / (PICO[letter] ?? 1n)}${letter}`;
}
