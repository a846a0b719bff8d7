import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressToScript,
  parseAddress,
  scriptToAddress,
  witnessScript,
} from '../../../src/bitcoin/address.ts';
import { NETWORK_NAMES } from '../../../src/bitcoin/network.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../../../src/errors.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('Bitcoin addresses', () => {
  test.each([
    // BIP 173 and BIP 350
    ['BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', '0014751e76e8199196d454941c45d1b3a323f1433bd6'],
    [
      'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
      '00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262',
    ],
    [
      'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y',
      '5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6',
    ],
    ['BC1SW50QGDZ25J', '6002751e'],
    ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', '76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac'],
    ['3CN2ksQ4ASZqoYtAPf4xXudNxzfyPYvNdm', undefined],
  ])('%s is read as its script', (text, script) => {
    const address = parseAddress(text);
    if (script !== undefined) expect(toHex(address.script)).toBe(script);
    expect(scriptToAddress(address.script, address.networks[0]!)).toBe(
      /^(bc|tb)1/i.test(text) ? text.toLowerCase() : text,
    );
  });

  test.each([
    [
      'wrong checksum variant of v1 (BIP 350)',
      'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd',
    ],
    ['wrong checksum variant of v0', 'BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL'],
    ['witness version 17', 'BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R'],
    ['program of one byte', 'bc1pw5dgrnzv'],
    ['v0 program of 16 bytes', 'BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P'],
    ['mixed case', 'tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq'],
    ['no data', 'bc1gmk9yu'],
    ['one letter changed', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb'],
    ['nothing', ''],
  ])('refused: %s', (_why, text) => {
    expect(() => parseAddress(text)).toThrow(SkiffError);
  });

  test('test network prefixes are shared, and another network is refused with its name', () => {
    const address = parseAddress('tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7');
    expect(address.networks).toEqual(['testnet', 'signet']);
    expect(() => addressToScript(address.text, 'mainnet')).toThrow('another network (testnet, signet)');
  });

  test('every standard script has an address that gives it back, on every network', () => {
    const program = fc
      .tuple(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 2, max: 40 }))
      .chain(([version, length]) => fc.tuple(fc.constant(version), bytes(version === 0 ? 32 : length)));
    fc.assert(
      fc.property(program, fc.constantFrom(...NETWORK_NAMES), ([version, data], network) => {
        const script = witnessScript(version, data);
        const text = scriptToAddress(script, network)!;
        expect(addressToScript(text, network)).toEqual(script);
      }),
    );
  });

  test('scripts without an address say so', () => {
    for (const script of ['', '6a', '6a0401020304', '51', '5102', '0003010203', '76a914']) {
      expect(scriptToAddress(fromHex(script), 'regtest')).toBeUndefined();
    }
    expect(scriptToAddress(fromHex('51024e73'), 'regtest')).toBe('bcrt1pfeesnyr2tx'); // P2A
  });

  test('garbage throws nothing but SkiffError', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string().map((s) => `bc1${s}`),
      fc.string().map((s) => `bcrt1p${s}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          parseAddress(given);
        } catch (e) {
          expect(isSkiffError(e)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
