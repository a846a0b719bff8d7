import { bech32m } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeAddress } from '../../../src/ark/address.ts';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { encodeBolt11, signWith } from '../../../src/lightning/bolt11-encode.ts';
import { encodeOffer } from '../../../src/lightning/bolt12/offer.ts';
import type { OfferFields } from '../../../src/lightning/bolt12/schema.ts';
import { classify, takeOption, whyNot } from '../../../src/lightning/payment-request.ts';
import type { PayerContext } from '../../../src/lightning/payment-request.ts';
import { msats } from '../../../src/units.ts';

const SIGNET = fromHex('f61eee3b63a380a477a063af32b2bbc97c9ff9f01f2c4225e973988108000000');
const key = (n: number) => curve.publicKey(new Uint8Array(32).fill(n));
const server = key(1);
const context: PayerContext = { network: 'regtest', now: 1_800_000_100, serverPubkey: server };

const invoiceOf = (amount: bigint | undefined, network: 'regtest' | 'mainnet' = 'regtest') =>
  encodeBolt11(
    {
      network,
      amount: amount === undefined ? undefined : msats(amount),
      timestamp: 1_800_000_000,
      paymentHash: new Uint8Array(32).fill(3),
      paymentSecret: new Uint8Array(32).fill(4),
      description: 'one coffee',
    },
    signWith(curve, new Uint8Array(32).fill(9)),
  );
const addressOf = (
  of: { testnet?: boolean; serverPubkey?: Uint8Array; delivery?: 'mailbox' | 'unknown' } = {},
) =>
  encodeAddress({
    testnet: of.testnet ?? true,
    serverPubkey: of.serverPubkey ?? server,
    policy: { type: 'pubkey', userPubkey: key(2) },
    delivery: [
      of.delivery === 'unknown'
        ? { type: 'unknown', tag: 7, data: new Uint8Array(3) }
        : { type: 'server-mailbox', blindedId: key(5) },
    ],
  });

const invoice = invoiceOf(330_300n);
const ark = addressOf();
const onchain = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const offer =
  'lno1pqps7sjqpgtyzm3qv4uxzmtsd3jjqer9wd3hy6tsw35k7msjzfpy7nz5yqcnygrfdej82um5wf5k2uckyypwa3eyt44h6txtxquqh7lz5djge4afgfjn7k4rgrkuag0jsd5xvxg';
const offerOf = (fields: Partial<OfferFields>) =>
  encodeOffer(curve, { chains: [SIGNET], description: 'one tea', issuerId: key(7), ...fields }).text;
const signetOffer = offerOf({});
const lnurl =
  'LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD3HXQURZEPEXEJXXEPNXSCRVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS';

const see = (text: string, over: Partial<PayerContext> = {}) => {
  const found = classify(curve, text, { ...context, ...over });
  return {
    kinds: found.options.map((o) => o.method.kind),
    problems: found.options.map((o) => o.problems.map((p) => p.code)),
    choice: found.choice?.method.kind,
    amount: found.amount,
    message: found.message,
    label: found.label,
  };
};

describe('an invoice', () => {
  test.each([
    ['bare', invoice],
    ['in capitals', invoice.toUpperCase()],
    ['with spaces around it', `  ${invoice}\n`],
    ['broken over lines by a mail program', `${invoice.slice(0, 60)}\n  ${invoice.slice(60)}`],
    ['as a lightning: link', `lightning:${invoice}`],
    ['as a LIGHTNING:// link in capitals', `LIGHTNING://${invoice.toUpperCase()}`],
    ['with an invisible character in front', `\ufeff${invoice}`],
  ])('%s is payable, its amount rounded up', (_how, text) => {
    expect(see(text)).toMatchObject({
      kinds: ['invoice'],
      problems: [[]],
      choice: 'invoice',
      amount: 331n,
      message: 'one coffee',
    });
  });

  test('is named with the reason when it cannot be paid', () => {
    expect(see(invoiceOf(1000n, 'mainnet')).problems).toEqual([['WRONG_NETWORK']]);
    expect(see(invoice, { now: 1_800_003_601 }).problems).toEqual([['INVOICE_EXPIRED']]);
    expect(see(invoiceOf(0n))).toMatchObject({ problems: [['INVALID_INVOICE']], amount: undefined });
    expect(see(invoiceOf(undefined))).toMatchObject({ problems: [[]], choice: 'invoice', amount: undefined });
    const expired = classify(curve, invoice, { ...context, now: 1_800_003_601 });
    expect(whyNot(expired)?.say).toBe('This invoice has expired. Ask for a new one.');
    expect(whyNot(classify(curve, invoice, context))).toBeUndefined();
  });

  test('with a typing error says so', () => {
    const wrong = invoice.slice(0, -1) + (invoice.endsWith('q') ? 'p' : 'q');
    expect(() => see(wrong)).toThrow('INVALID_CHECKSUM');
    expect(() => see(`lightning:${wrong}`)).toThrow('INVALID_CHECKSUM');
  });
});

describe('an Ark address', () => {
  test('of our server is payable, in either case', () => {
    expect(see(ark)).toMatchObject({ kinds: ['ark'], problems: [[]], choice: 'ark' });
    expect(see(ark.toUpperCase()).choice).toBe('ark');
  });

  test('of another server, network or kind is named with the reason', () => {
    expect(see(addressOf({ serverPubkey: key(6) })).problems).toEqual([['WRONG_SERVER']]);
    expect(see(addressOf({ testnet: false })).problems).toEqual([['WRONG_NETWORK']]);
    expect(see(addressOf({ delivery: 'unknown' })).problems).toEqual([['UNSUPPORTED']]);
    expect(see(addressOf({ serverPubkey: key(6) }), { serverPubkey: undefined }).problems).toEqual([[]]);
    const arkade = bech32m.encode('tark', [0, ...bech32m.toWords(new Uint8Array(65).fill(8))], 1023);
    expect(see(arkade)).toMatchObject({ kinds: ['arkade'], problems: [['WRONG_SERVER']], choice: undefined });
    expect(() => see(`${ark.slice(0, -1)}b`)).toThrow(/INVALID_/);
  });
});

describe('what becomes an invoice when it is paid', () => {
  const here = { network: 'signet' } as const;
  test.each([
    ['lightning-address', 'ben@example.com'],
    ['lightning-address', 'lightning:Ben@Example.com'],
    ['lnurl', lnurl],
    ['lnurl', 'lnurlp://example.com/pay'],
    ['offer', signetOffer],
    ['offer', `lightning:${signetOffer.toUpperCase()}`],
  ])('%s is payable: %s', (kind, text) => {
    expect(see(text, here)).toMatchObject({ kinds: [kind], problems: [[]], choice: kind });
  });

  test('an offer is named with the reason when it cannot be paid', () => {
    expect(see(offer).problems).toEqual([['WRONG_NETWORK']]);
    expect(see(offerOf({ absoluteExpiry: 1_800_000_099n }), here).problems).toEqual([['INVOICE_EXPIRED']]);
    expect(see(offerOf({ absoluteExpiry: 1_800_000_100n }), here).problems).toEqual([[]]);
    expect(see(offerOf({ features: Uint8Array.of(1) }), here).problems).toEqual([['UNSUPPORTED']]);
    expect(see(offerOf({ features: Uint8Array.of(2) }), here).problems).toEqual([[]]);
  });

  test('its price is shown in whole satoshi, rounded up; in another currency the payer chooses', () => {
    expect(see(offerOf({ amount: 1501n }), here)).toMatchObject({ amount: 2n, message: 'one tea' });
    expect(see(offerOf({ amount: 350n, currency: 'EUR' }), here).amount).toBeUndefined();
  });
});

describe('what Skiff cannot pay is named', () => {
  test.each([
    ['lnurl', 'lnurlw://example.com/take'],
    ['lnurl', 'lnurlc://example.com/open'],
    ['lnurl', 'keyauth://example.com/login'],
    ['output-script', '0014751e76e8199196d454941c45d1b3a323f1433bd6'],
  ])('%s: %s', (kind, text) => {
    const { kinds, problems, choice } = see(text);
    expect(kinds).toEqual([kind]);
    expect(problems[0]).toContain('UNSUPPORTED');
    expect(choice).toBeUndefined();
  });

  test('an address of another network says that first', () => {
    expect(see('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa').problems).toEqual([['WRONG_NETWORK']]);
  });
});

describe('a bitcoin: link', () => {
  test('lists every way in the order of bark and takes Ark before Lightning', () => {
    const uri = `bitcoin:${onchain}?amount=0.00000331&label=Shop&message=Tea&lightning=${invoice}&ark=${ark}&tb=${onchain.replace('bcrt1', 'bcrt1')}`;
    expect(see(uri)).toEqual({
      kinds: ['bitcoin', 'invoice', 'ark', 'bitcoin'],
      problems: [[], [], [], []],
      choice: 'ark',
      amount: 331n,
      message: 'Tea',
      label: 'Shop',
    });
  });

  test('pays an address on-chain when there is nothing better', () => {
    expect(see(onchain)).toMatchObject({ problems: [[]], choice: 'bitcoin' });
    expect(see(`bitcoin:${onchain}?amount=0.00000331`)).toMatchObject({ choice: 'bitcoin', amount: 331n });
    expect(see(`bitcoin:${onchain}?lightning=${invoice}`)).toMatchObject({ choice: 'invoice' });
  });

  test('takes the invoice when there is no payable Ark address', () => {
    const uri = `bitcoin:?ark=${addressOf({ serverPubkey: key(6) })}&lightning=${invoice.toUpperCase()}`;
    expect(see(uri)).toMatchObject({ choice: 'invoice', amount: 331n, message: 'one coffee' });
  });

  test('is paid another way when the payer says so, if that way works', () => {
    const both = classify(curve, `bitcoin:${onchain}?lightning=${invoice}&lno=${offer}&ark=${ark}`, context);
    const by = (kind: string) =>
      takeOption(
        both,
        both.options.find((o) => o.method.kind === kind)!,
      );
    expect(both.choice?.method.kind).toBe('ark');
    expect(by('invoice')).toMatchObject({ text: both.text, choice: { method: { kind: 'invoice' } } });
    expect(by('invoice').options).toHaveLength(4);
    expect(by('offer').choice).toBeUndefined();
    expect(whyNot(by('offer'))?.code).toBe('WRONG_NETWORK');
  });

  test('whose amount is not the invoice’s is not paid', () => {
    expect(see(`bitcoin:?amount=0.00000330&lightning=${invoice}`)).toMatchObject({
      problems: [['AMOUNT_OUT_OF_RANGE']],
      choice: undefined,
    });
  });

  test('lists payments nobody requires us to know, and is refused as a whole for those it requires', () => {
    expect(see(`bitcoin:?sp=sp1qabc&lightning=${invoice}`)).toMatchObject({
      kinds: ['invoice', 'silent-payment'],
      choice: 'invoice',
    });
    expect(() => see(`bitcoin:?req-sp=sp1qabc&lightning=${invoice}`)).toThrow('UNSUPPORTED');
    expect(() => see(`bitcoin:?req-zap=1&lightning=${invoice}`)).toThrow('UNSUPPORTED');
  });

  test('with a damaged part is refused with the reason', () => {
    expect(() => see(`bitcoin:?ark=tark1garbage&lightning=${invoice}`)).toThrow('INVALID_CHECKSUM');
    expect(() => see(`bitcoin:?lightning=${invoice.slice(0, -2)}`)).toThrow('INVALID_CHECKSUM');
    expect(() => see(`bitcoin:?bc=${onchain}`)).toThrow('WRONG_NETWORK');
    expect(() => see('bitcoin:?tb=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa')).toThrow('WRONG_NETWORK');
  });
});

describe('anything else', () => {
  test.each([
    '',
    '   ',
    'hello',
    'https://example.com/',
    'lightning:',
    `lightning:${ark}`,
    `lightning:${onchain}`,
    'bitcoin:',
  ])('%j is refused', (text) => {
    expect(() => see(text)).toThrow('INVALID_ARGUMENT');
  });

  test('garbage throws nothing but SkiffError', () => {
    const start = fc.constantFrom(
      '',
      'lightning:',
      'bitcoin:',
      'lnbcrt1',
      'lno1',
      'lni1',
      'lnurl1',
      'tark1p',
      'ark1q',
      'bcrt1',
      'a@',
      'lnurlp:',
    );
    fc.assert(
      fc.property(start, fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (prefix, rest) => {
        try {
          classify(curve, prefix + rest, context);
        } catch (e) {
          expect(isSkiffError(e)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
