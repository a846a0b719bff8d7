import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountText, figure, parseAmount, signedText } from '../../../src/ui/amount.ts';
import { coinWords } from '../../../src/ui/i18n/coins.ts';
import { offersWords } from '../../../src/ui/i18n/en-offers.ts';
import { swapWords } from '../../../src/ui/i18n/en-swaps.ts';
import { vaultWords } from '../../../src/ui/i18n/en-vault.ts';
import { en } from '../../../src/ui/i18n/en.ts';
import { t } from '../../../src/ui/i18n/index.ts';
import { pickThree, tidyWords } from '../../../src/ui/screens/welcome/state.ts';
import { shorten } from '../../../src/ui/short.ts';
import { ago } from '../../../src/ui/when.ts';

const plain = (text: string): string => text.replace(/[\u202f\u00a0]/g, ' ');

describe('amounts', () => {
  it('are grouped by three and always have their unit', () => {
    expect(plain(amountText(1n))).toBe('1 sat');
    expect(plain(amountText(0n))).toBe('0 sats');
    expect(plain(amountText(21_300n))).toBe('21 300 sats');
    expect(plain(amountText(-2_099_999_997_690_000n))).toBe('−2 099 999 997 690 000 sats');
    expect(plain(signedText(500n))).toBe('+500 sats');
    expect(plain(amountText(21_300n, 'btc'))).toBe('0.00 021 300 BTC');
    expect(plain(figure(2_099_999_997_690_000n, 'btc'))).toBe('20 999 999.97 690 000');
  });

  it('never break across lines', () => {
    expect(amountText(1_234_567n)).not.toMatch(/[ \u2009]/);
  });

  it('are read as they are written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2_100_000_000_000_000n }), (value) => {
        expect(parseAmount(figure(value, 'sats'))).toBe(value);
        expect(parseAmount(value.toString())).toBe(value);
      }),
    );
  });

  it('are refused when they may mean something else', () => {
    for (const text of ['', '0', '-5', '1.5', '0.001', '1e6', '1 00', '1,0', 'x', '12,34', '1'.repeat(17)])
      expect(parseAmount(text), text).toBeUndefined();
  });
});

describe('words', () => {
  it('fill their placeholders', () => {
    expect(t('prompt.queue', { index: 1, count: 3 })).toBe('1 of 3');
  });

  it('have one meaning: no part of the catalogue takes a key from another', () => {
    const parts = [coinWords, offersWords, swapWords, vaultWords].map((part) => Object.entries(part));
    for (const [key, text] of parts.flat()) expect([key, en[key as keyof typeof en]]).toEqual([key, text]);
    const keys = parts.flat().map(([key]) => key);
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });

  it('hold no exclamation mark and none of the engineers’ names', () => {
    for (const text of Object.values(en)) expect(text).not.toMatch(/!|vtxo|arkoor|htlc/i);
  });
});

describe('small things', () => {
  it('long identifiers keep their ends', () => {
    expect(shorten('a'.repeat(50) + 'z', 5)).toBe('aaaaa…aaaaz');
    expect(shorten('short', 5)).toBe('short');
  });

  it('times are told as shortly as they still tell', () => {
    const now = new Date(2026, 10, 21, 12, 0).getTime();
    expect(ago(now - 5_000, now)).toBe('just now');
    expect(ago(now - 5 * 60_000, now)).toBe('5 min ago');
    expect(ago(now - 3 * 3_600_000, now)).toMatch(/09|9/);
  });

  it('three different words are asked for, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (r) => {
          const three = pickThree(() => r.shift() ?? 0);
          expect(new Set(three).size).toBe(3);
          expect([...three].sort((a, b) => a - b)).toEqual(three);
          expect(three.every((i) => i >= 0 && i < 12)).toBe(true);
        },
      ),
    );
  });

  it('typed words are tidied', () => {
    expect(tidyWords('  Legal\n winner\tTHANK ')).toBe('legal winner thank');
  });
});
