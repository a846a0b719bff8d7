// Amounts and secrets of swaps: what a percentage leaves, and what the seed gives.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boltzAmounts } from '../../../devnet/swaps/boltz-terms.ts';
import { defaultSwapConfig } from '../../../devnet/swaps/types.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { swapSecret } from '../../../src/lightning/swap-secret.ts';
import { invoiceFor, lockupFor, percentUp } from '../../../src/swaps/boltz/client.ts';
import { BACKENDS, defaultService, serviceFor } from '../../../src/swaps/services.ts';
import { sats } from '../../../src/units.ts';

const percent = fc.integer({ min: 0, max: 500 }).map((n) => n / 100);
const amount = fc.bigInt({ min: 1_000n, max: 2_500_000_000n });
const fee = fc.bigInt({ min: 0n, max: 100_000n });

describe('the price of a reverse swap', () => {
  test('the invoice is the least one of which the lock-up is left', () => {
    fc.assert(
      fc.property(amount, percent, fee, (lockup, rate, minerFee) => {
        const invoice = invoiceFor(sats(lockup), rate, minerFee);
        expect(lockupFor(invoice, rate, minerFee)).toBeGreaterThanOrEqual(lockup);
        expect(lockupFor(invoice - 1n, rate, minerFee)).toBeLessThan(lockup);
      }),
    );
  });

  test('client and service come to the same amounts, each by its own reckoning', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5_000, max: 10_000_000 }), percent, (onchainAmount, boltzPercent) => {
        const config = { ...defaultSwapConfig, boltzPercent };
        const request = { kind: 'boltz', hash: '', claimPublicKey: '', onchainAmount } as const;
        const { invoiceSats, lockupSats } = boltzAmounts(config, request);
        const lockupFee = BigInt(config.boltzLockupFee);
        expect(lockupSats).toBe(onchainAmount);
        expect(BigInt(invoiceSats)).toBe(invoiceFor(sats(onchainAmount), boltzPercent, lockupFee));
      }),
    );
  });

  test('a percentage rounds up', () => {
    expect([percentUp(1n, 0.5), percentUp(200n, 0.5), percentUp(201n, 0.5), percentUp(0n, 5)]).toEqual([
      1n,
      1n,
      2n,
      0n,
    ]);
  });
});

describe('secrets of a swap', () => {
  const seed = new Uint8Array(64).fill(9);

  test('come back from the seed and the second, and are unlike for every use, second and seed', () => {
    const all = [
      swapSecret(seed, 'preimage', 1_700_000_000),
      swapSecret(seed, 'claim key', 1_700_000_000),
      swapSecret(seed, 'preimage', 1_700_000_001),
      swapSecret(new Uint8Array(64).fill(8), 'preimage', 1_700_000_000),
    ].map(toHex);
    expect(new Set(all).size).toBe(4);
    expect(toHex(swapSecret(seed, 'preimage', 1_700_000_000))).toBe(all[0]);
    expect(all.every((secret) => secret.length === 64)).toBe(true);
  });

  test.each([0, -1, 1.5, Number.NaN])('there is none for the time %s', (second) => {
    expect(() => swapSecret(seed, 'preimage', second)).toThrow('time');
  });
});

describe('services', () => {
  test("on regtest the tutorial's port; nothing is on by itself where money is real", () => {
    expect(serviceFor('loop-http', 'regtest').service).toBe('http://127.0.0.1:1008');
    for (const backend of BACKENDS) {
      expect(defaultService(backend, 'mainnet')).toBeUndefined();
      expect(() => serviceFor(backend, 'mainnet')).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
      );
    }
    expect(serviceFor('boltz', 'mainnet', 'https://example.org/v2/').service).toBe('https://example.org/v2');
  });
});
