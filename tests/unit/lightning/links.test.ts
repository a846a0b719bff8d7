import { bech32 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { decodeBolt12InvoiceText } from '../../../src/lightning/bolt12/invoice.ts';
import { decodeOffer } from '../../../src/lightning/bolt12/offer.ts';
import { decodeBolt12Text, encodeBolt12Text } from '../../../src/lightning/bolt12/text.ts';
import { parseLightningAddress } from '../../../src/lightning/lightning-address.ts';
import { decodeLnurl, isLnurl } from '../../../src/lightning/lnurl.ts';

const lnurlOf = (url: string) => bech32.encodeFromBytes('lnurl', new TextEncoder().encode(url));

describe('LNURL', () => {
  // https://github.com/lnurl/luds LUD-01
  const vector =
    'LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD3HXQURZEPEXEJXXEPNXSCRVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS';

  test('the bech32 form is the URL of LUD-01, in either case', () => {
    const url = 'https://service.com/api?q=3fc3645b439ce8e7f2553a69e5267081d96dcd340693afabe04be7b0ccd178df';
    expect(decodeLnurl(vector)).toEqual({ url, host: 'service.com', purpose: 'unknown' });
    expect(decodeLnurl(vector.toLowerCase()).url).toBe(url);
    expect(decodeLnurl(lnurlOf('https://x.y/l?tag=login&k1=00')).purpose).toBe('auth');
    expect(decodeLnurl(lnurlOf('http://abc.onion/l')).url).toBe('http://abc.onion/l');
  });

  test.each([
    ['lnurlp://example.com/pay', 'https://example.com/pay', 'pay'],
    ['LNURLP://example.com/.well-known/lnurlp/Ben', 'https://example.com/.well-known/lnurlp/Ben', 'pay'],
    ['lnurlp:1.2.3.4:8080/p?amount=1', 'https://1.2.3.4:8080/p?amount=1', 'pay'],
    ['lnurlp://ABC.ONION/pay', 'http://abc.onion/pay', 'pay'],
    ['lnurlp://abc.onion:443/pay', 'http://abc.onion:443/pay', 'pay'],
    ['lnurlp://abc.onion./pay', 'http://abc.onion./pay', 'pay'],
    ['lnurlp://example.com\\x.onion/pay', 'https://example.com/x.onion/pay', 'pay'],
    ['lnurlw://example.com/w', 'https://example.com/w', 'withdraw'],
    ['lnurlc://example.com/c', 'https://example.com/c', 'channel'],
    ['keyauth://example.com/a', 'https://example.com/a', 'auth'],
  ])('%s', (link, url, purpose) => {
    expect(isLnurl(link)).toBe(true);
    expect(decodeLnurl(link)).toMatchObject({ url, purpose });
  });

  test.each([
    'lnurlp://x.onion:pw@example.com/pay',
    'lnurlp://user@example.com/pay',
    'lnurlp://foo bar/pay',
    'lnurlp://[/pay',
    'lnurlp:///example.com/pay',
    'lnurlp://\\example.com/pay',
    `lnurlp://example.com/${'a'.repeat(620)}`,
    lnurlOf('http://example.com/'),
    lnurlOf('javascript:alert(1)'),
    `${vector}q`,
  ])('refused: %s', (link) => {
    expect(() => decodeLnurl(link)).toThrow('INVALID_ARGUMENT');
  });
});

describe('Lightning addresses', () => {
  test('are folded to lower case and split', () => {
    expect(parseLightningAddress('Ben+tip@Example.COM')).toEqual({
      text: 'ben+tip@example.com',
      user: 'ben+tip',
      host: 'example.com',
    });
    expect(parseLightningAddress('a@localhost:8080')?.host).toBe('localhost:8080');
  });

  test.each([
    'a@b',
    '@example.com',
    'a@',
    'a b@example.com',
    'a@@b.c',
    'a@b.c/d',
    'a@-',
    'x'.repeat(400) + '@a.bc',
  ])('not one: %s', (text) => expect(parseLightningAddress(text)).toBeUndefined());
});

describe('BOLT 12 texts', () => {
  // format-string-test.json and offers-test.json of the BOLT
  const offer =
    'lno1pqps7sjqpgtyzm3qv4uxzmtsd3jjqer9wd3hy6tsw35k7msjzfpy7nz5yqcnygrfdej82um5wf5k2uckyypwa3eyt44h6txtxquqh7lz5djge4afgfjn7k4rgrkuag0jsd5xvxg';

  test('an offer is read in one piece, in pieces and in capitals', () => {
    const read = decodeOffer(curve, offer);
    expect(read).toMatchObject({
      amount: 1_000_000n,
      description: 'An example description',
      issuer: 'BOLT 12 industries',
      networks: ['mainnet'],
    });
    const pieces = `${offer.slice(0, 30)}+${offer.slice(30, 60)}+ \r\n  ${offer.slice(60)}`;
    expect(decodeOffer(curve, pieces)).toMatchObject({ bytes: read.bytes, text: offer });
    expect(decodeOffer(curve, offer.toUpperCase()).text).toBe(offer);
    expect(encodeBolt12Text('lno', read.bytes)).toBe(offer);
  });

  test.each([
    ['a trailing +', `${offer}+`],
    ['a leading +', `+${offer}`],
    ['two +', `${offer.slice(0, 30)}++${offer.slice(30)}`],
    ['mixed case', `LNO1${offer.slice(4)}`],
    ['one letter short', offer.slice(0, -1)],
    ['a foreign letter', offer.replace('q', 'b')],
    ['nothing', 'lno1'],
  ])('refused: %s', (_why, text) => {
    expect(() => decodeOffer(curve, text)).toThrow('INVALID_INVOICE');
  });

  test('bytes and text are inverse; garbage throws nothing but SkiffError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBolt12Text('lni', bytes);
        expect(decodeBolt12Text('lni', text)).toEqual(bytes);
        for (const read of [
          () => decodeBolt12InvoiceText(curve, text),
          () => decodeOffer(curve, encodeBolt12Text('lno', bytes)),
        ]) {
          try {
            read();
          } catch (e) {
            expect(isSkiffError(e)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
