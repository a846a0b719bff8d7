import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildBip321, parseBip321 } from '../../../src/bitcoin/bip321.ts';
import { formatBtc, parseBtc } from '../../../src/bitcoin/btc-amount.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';

const ADDRESS = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa';

describe('amounts in bitcoin', () => {
  test.each([
    ['20.3', 2_030_000_000n],
    ['50', 5_000_000_000n],
    ['50.00', 5_000_000_000n],
    ['.00000001', 1n],
    ['0.000000010', 1n],
    ['21000000', 2_100_000_000_000_000n],
  ])('%s', (text, value) => expect(parseBtc(text)).toBe(value));

  test.each([
    '',
    '.',
    '-1',
    '1e3',
    '1,5',
    '0.000000001',
    '21000000.00000001',
    '0x10',
    ' 1',
    '99999999999999999999',
  ])('refused: %j', (text) => expect(() => parseBtc(text)).toThrow('INVALID_ARGUMENT'));

  test('text and value are inverse', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2_100_000_000_000_000n), (n) => {
        expect(parseBtc(formatBtc(sats(n)))).toBe(n);
      }),
    );
  });
});

describe('BIP 321', () => {
  test('the examples of the BIP are read', () => {
    expect(parseBip321(`bitcoin:${ADDRESS}`).address).toBe(ADDRESS);
    const full = parseBip321(
      `BITCOIN:${ADDRESS}?amount=50&LABEL=Luke-Jr&message=Donation%20for%20project%20xyz`,
    );
    expect(full).toMatchObject({
      amount: 5_000_000_000n,
      label: 'Luke-Jr',
      message: 'Donation for project xyz',
    });
    const many = parseBip321('bitcoin:?lightning=LN1&sp=sp1q&lightning=ln2&Req-Pay=x');
    expect(many.address).toBeUndefined();
    expect(many.instructions.map((i) => [i.key, i.value, i.required])).toEqual([
      ['lightning', 'LN1', false],
      ['sp', 'sp1q', false],
      ['lightning', 'ln2', false],
      ['pay', 'x', true],
    ]);
    expect(parseBip321(`bitcoin:${ADDRESS}?somethingyoudontunderstand=50`).unknown).toHaveLength(1);
  });

  test.each([
    ['an unknown required parameter', `bitcoin:${ADDRESS}?req-somethingyoudontunderstand=50`, 'UNSUPPORTED'],
    ['two labels', `bitcoin:${ADDRESS}?label=a&label=b`, 'INVALID_ARGUMENT'],
    ['two amounts', `bitcoin:${ADDRESS}?amount=1&AMOUNT=2`, 'INVALID_ARGUMENT'],
    ['an amount with a comma', `bitcoin:${ADDRESS}?amount=1,5`, 'INVALID_ARGUMENT'],
    ['an amount of zero', `bitcoin:${ADDRESS}?amount=0.0`, 'INVALID_ARGUMENT'],
    ['nobody to pay', 'bitcoin:?amount=1', 'INVALID_ARGUMENT'],
    ['a parameter without value', `bitcoin:${ADDRESS}?amount`, 'INVALID_ARGUMENT'],
    ['broken percent encoding', `bitcoin:${ADDRESS}?label=%ff`, 'INVALID_ARGUMENT'],
    [
      'a required proof of payment that a browser would act on',
      `bitcoin:${ADDRESS}?req-pop=javascript%3a`,
      'UNSUPPORTED',
    ],
    ['another scheme', `litecoin:${ADDRESS}`, 'INVALID_ARGUMENT'],
  ])('refused: %s', (_why, uri, code) => {
    expect(() => parseBip321(uri)).toThrow(code);
  });

  test('a proof of payment is marked unsafe for schemes a browser acts on', () => {
    const safe = (uri: string) => parseBip321(`bitcoin:${ADDRESS}?pop=${uri}`).pop?.safe;
    expect(safe('myapp%3a')).toBe(true);
    expect(['HTTPS%3a', 'data%3ax', 'javascript%3a', 'file%3a', 'notascheme'].map(safe)).toEqual(
      Array(5).fill(false),
    );
  });

  test('what the builder writes, the parser reads back', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const parts = fc.record({
      amount: fc.option(fc.bigInt(1n, 2_100_000_000_000_000n).map(sats), { nil: undefined }),
      label: fc.option(text, { nil: undefined }),
      message: fc.option(text, { nil: undefined }),
      ark: fc.constant('tark1abc'),
      lightning: fc.option(fc.constant('lnbcrt1xyz'), { nil: undefined }),
      mainnet: fc.boolean(),
      address: fc.option(fc.constant(ADDRESS), { nil: undefined }),
    });
    fc.assert(
      fc.property(parts, (given) => {
        const read = parseBip321(buildBip321(given));
        expect(read).toMatchObject({ amount: given.amount, label: given.label, message: given.message });
        const value = (key: string) => read.instructions.find((i) => i.key === key)?.value;
        expect([value('ark'), value('lightning')]).toEqual([given.ark, given.lightning]);
        expect(given.mainnet ? read.address : value('tb')).toBe(given.address);
      }),
    );
    expect(() => buildBip321({ mainnet: false })).toThrow('INVALID_ARGUMENT');
    expect(() => buildBip321({ mainnet: false, ark: 'a', amount: sats(0) })).toThrow('INVALID_ARGUMENT');
  });

  test('garbage throws nothing but SkiffError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
        try {
          parseBip321(`bitcoin:${a}?${b}&${a}=${b}`);
        } catch (e) {
          expect(isSkiffError(e)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
