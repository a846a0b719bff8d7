// The invoice that a server made for us is used only when it says what was asked for.
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { encodeBolt11, signWith, type InvoiceFields } from '../../../src/lightning/bolt11-encode.ts';
import { msats, sats } from '../../../src/units.ts';
import { checkMadeInvoice } from '../../../src/wallet/actions/lightning-receive/invoice-check.ts';

const NOW = 1_800_000_000;
const paymentHash = new Uint8Array(32).fill(5);
const made = (over: Partial<InvoiceFields> = {}): string =>
  encodeBolt11(
    {
      network: 'regtest',
      amount: msats(1_000_000n),
      timestamp: NOW,
      paymentHash,
      paymentSecret: new Uint8Array(32).fill(6),
      description: 'tea',
      expirySeconds: 172_800,
      minFinalCltv: 256,
      ...over,
    },
    signWith(curve, new Uint8Array(32).fill(9)),
  );
const asked = {
  paymentHash: toHex(paymentHash),
  network: 'regtest',
  amount: sats(1000),
  memo: 'tea',
  minFinalCltv: 256,
  clocks: [NOW, NOW],
};
const problem = (text: string, over: Partial<typeof asked> = {}): string | undefined => {
  try {
    checkMadeInvoice(curve, text, { ...asked, ...over });
    return undefined;
  } catch (e) {
    expect(e).toMatchObject({ code: 'SERVER_MISBEHAVED' });
    return (e as { details: Record<string, string> }).details['problem'];
  }
};

describe('the invoice a server made for us', () => {
  test('is taken when it is what was asked for', () => {
    expect(problem(made())).toBeUndefined();
    expect(problem(made({ description: '' }), { memo: '' })).toBeUndefined();
  });

  const lies: [string, Partial<InvoiceFields>, string][] = [
    ['another hash', { paymentHash: new Uint8Array(32).fill(1) }, 'payment hash'],
    ['another network', { network: 'mainnet' }, 'network'],
    ['a smaller amount', { amount: msats(999_000n) }, 'amount'],
    ['a millisatoshi more', { amount: msats(1_000_001n) }, 'amount'],
    ['no amount', { amount: undefined }, 'amount'],
    ['another description', { description: 'coffee' }, 'description'],
    [
      'a hash of a description',
      { description: undefined, descriptionHash: new Uint8Array(32) },
      'description',
    ],
    ['a smaller final delta', { minFinalCltv: 255 }, 'min_final_cltv'],
    ['a larger final delta', { minFinalCltv: 2016 }, 'min_final_cltv'],
    ['the time of last week', { timestamp: NOW - 7 * 86_400 }, 'timestamp'],
    ['a time to come', { timestamp: NOW + 3600 }, 'timestamp'],
    ['an end that is here already', { expirySeconds: 30 }, 'expiry'],
  ];
  for (const [lie, over, what] of lies) {
    test(`is refused with ${lie}`, () => {
      expect(problem(made(over))).toBe(what);
    });
  }

  test('is refused when it is no invoice, or its signature does not hold', () => {
    const good = made();
    expect(problem('')).toBe('not an invoice');
    expect(problem('lnbcrt1')).toBe('not an invoice');
    expect(problem(`${good.slice(0, -1)}${good.endsWith('q') ? 'p' : 'q'}`)).toBe('not an invoice');
  });

  test('may carry the server’s time when our own clock is wrong', () => {
    const wrong = NOW - 86_400;
    expect(problem(made(), { clocks: [wrong, wrong] })).toBe('timestamp');
    expect(problem(made(), { clocks: [wrong, NOW + 20] })).toBeUndefined();
  });
});
