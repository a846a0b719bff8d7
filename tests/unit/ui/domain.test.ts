import fc from 'fast-check';
import { domainToASCII, domainToUnicode } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readableName } from '../../../src/ui/domain.ts';

describe('the name of a site', () => {
  it('in ASCII reads as it is written', () => {
    for (const host of ['shop.example', 'localhost:3000', '127.0.0.1', '[::1]:8', 'a-b--c.example', ''])
      expect(readableName(host)).toBeUndefined();
  });

  it('in punycode reads as the browser would show it, port and all', () => {
    expect(readableName('xn--80ak6aa92e.com')).toEqual({ text: 'аррӏе.com', mixed: false });
    expect(readableName('www.xn--bcher-kva.example:8443')).toEqual({
      text: 'www.bücher.example:8443',
      mixed: false,
    });
    expect(readableName('xn--fiqs8s')?.text).toBe('中国');
    expect(readableName('xn--bcher-kva:81')?.text).toBe('bücher:81');
  });

  it('with letters of two alphabets in one of its parts is told apart', () => {
    for (const name of ['pаypal.com', 'аpple.example', 'αlpha.example'])
      expect(readableName(domainToASCII(name)), name).toEqual({ text: name, mixed: true });
    for (const name of ['münchen.example', 'почта.com', '日本語.jp'])
      expect(readableName(domainToASCII(name)), name).toEqual({ text: name, mixed: false });
  });

  it('that claims to be punycode and is none is shown as it is', () => {
    for (const host of ['xn--.example', 'xn--ü.example', 'xn--99999999999999999.example', 'xn---.example'])
      expect(() => readableName(host)).not.toThrow();
    expect(readableName('xn--99999999999999999.example')?.text).toBe('xn--99999999999999999.example');
  });

  it('agrees with another implementation for every name there can be', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), {
          minLength: 1,
          maxLength: 3,
        }),
        (labels) => {
          const host = domainToASCII(labels.join('.'));
          fc.pre(host !== '' && host.includes('xn--'));
          expect(readableName(host)?.text).toBe(domainToUnicode(host));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever a page calls itself', () => {
    fc.assert(fc.property(fc.string(), (text) => void readableName(`xn--${text}`)));
  });
});
