// Amounts are bigint with a brand, never number (design rule 6). Conversions name their rounding.

declare const unit: unique symbol;

/** Satoshi, 0 … 2^64−1. */
export type Sats = bigint & { readonly [unit]: 'sat' };
/** Millisatoshi, 0 … 2^64−1. */
export type Msats = bigint & { readonly [unit]: 'msat' };

const U64_MAX = (1n << 64n) - 1n;

function u64(value: bigint | number, name: string): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new RangeError(`${name}: not a safe integer`);
  const big = BigInt(value);
  if (big < 0n || big > U64_MAX) throw new RangeError(`${name}: outside of 0 … 2^64−1`);
  return big;
}

/** Brands a satoshi amount. @throws RangeError outside of u64 or for a number that is not a safe integer. */
export const sats = (value: bigint | number): Sats => u64(value, 'sats') as Sats;

/** Brands a millisatoshi amount. @throws RangeError as {@link sats}. */
export const msats = (value: bigint | number): Msats => u64(value, 'msats') as Msats;

/** Millisatoshi to satoshi, rounded UP: what must be paid so that the invoice is covered (ark-lib `lightning.rs`). */
export const msatsToSatsUp = (value: Msats): Sats => ((value + 999n) / 1000n) as Sats;

/** Satoshi to millisatoshi, exact. */
export const satsToMsats = (value: Sats): Msats => msats(value * 1000n);
