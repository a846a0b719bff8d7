import { mnemonicToSeedSync } from '@scure/bip39';
import { describe, expect, test } from 'vitest';
import { addressToScript } from '../../../src/bitcoin/address.ts';
import { onchainAccount, onchainKey, onchainSecret } from '../../../src/bitcoin/descriptors.ts';
import { dustLimit } from '../../../src/bitcoin/dust.ts';
import {
  feeForWeight,
  feeRateFromSatPerKwu,
  feeRateFromSatPerVb,
  satPerVb,
} from '../../../src/bitcoin/fee-rate.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';

describe('on-chain keys', () => {
  const seed = mnemonicToSeedSync(
    'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about',
  );

  test('are those of BIP 86', () => {
    const account = onchainAccount(seed, 'mainnet');
    const first = onchainKey(account, 0, 'mainnet');
    expect(toHex(first.internal)).toBe('cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115');
    expect(first.address).toBe('bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr');
    expect(onchainKey(account, 1, 'mainnet').address).toBe(
      'bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh',
    );
    expect(toHex(onchainSecret(account, 0))).toBe(
      '41f41d69260df4cf277826a9b65a3717e4eeddbeedf637f212ca096576479361',
    );
  });

  test('a neutered account gives addresses and no secrets', () => {
    const account = onchainAccount(seed, 'regtest').wipePrivateData();
    expect(onchainKey(account, 3, 'regtest').address).toMatch(/^bcrt1p/);
    expect(() => onchainSecret(account, 3)).toThrow('LOCKED');
    expect(() => onchainKey(account, -1, 'regtest')).toThrow('INVALID_ARGUMENT');
  });
});

describe('fees and dust', () => {
  test('rates and fees round up', () => {
    expect(feeRateFromSatPerVb(1)).toBe(250n);
    expect(feeRateFromSatPerVb(1.001)).toBe(251n);
    expect(satPerVb(feeRateFromSatPerKwu(253))).toBe(1.012);
    expect(feeForWeight(feeRateFromSatPerVb(1), 561)).toBe(141n);
    expect(feeForWeight(feeRateFromSatPerVb(2), 4)).toBe(2n);
    for (const bad of [0, -1, NaN, Infinity, 1e9])
      expect(() => feeRateFromSatPerVb(bad)).toThrow('INVALID_ARGUMENT');
  });

  test("the dust limits are Bitcoin Core's", () => {
    const p2wsh = 'bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry';
    expect(dustLimit(addressToScript('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'mainnet'))).toBe(546n);
    expect(dustLimit(addressToScript('3CN2ksQ4ASZqoYtAPf4xXudNxzfyPYvNdm', 'mainnet'))).toBe(540n);
    expect(dustLimit(fromHex(`0014${'00'.repeat(20)}`))).toBe(294n);
    expect(dustLimit(addressToScript(p2wsh, 'regtest'))).toBe(330n);
    expect(dustLimit(fromHex(`5120${'00'.repeat(32)}`))).toBe(330n);
    expect(dustLimit(fromHex('51024e73'))).toBe(240n);
    expect(dustLimit(fromHex('6a0101'))).toBe(0n);
  });
});
