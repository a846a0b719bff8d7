import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSkiffError } from '../../../src/errors.ts';
import { acceptOrigin, siteOf } from '../../../src/provider/origin.ts';

const refused = (text: string | undefined): boolean => {
  try {
    acceptOrigin(text);
    return false;
  } catch (e) {
    return isSkiffError(e, 'NOT_ENABLED');
  }
};

describe('who may ask', () => {
  it('any https page, as its whole origin in lower case', () => {
    expect(acceptOrigin('https://Shop.Example:443/cart?x')).toBe('https://shop.example');
    expect(acceptOrigin('https://shop.example:8443')).toBe('https://shop.example:8443');
  });

  it('shows letters that look like others in punycode', () => {
    expect(acceptOrigin('https://ѕhop.example')).toBe('https://xn--hop-ehd.example');
  });

  it('plain http only on this machine', () => {
    expect(acceptOrigin('http://localhost:8080')).toBe('http://localhost:8080');
    expect(acceptOrigin('http://127.0.0.1:3000')).toBe('http://127.0.0.1:3000');
    for (const text of ['http://shop.example', 'http://localhost.shop.example', 'http://127.0.0.1.nip.io'])
      expect(refused(text), text).toBe(true);
  });

  it('no opaque origin, file, data, blob or extension page', () => {
    for (const text of [
      'null',
      undefined,
      '',
      'file:///tmp/x.html',
      'data:text/html,x',
      'chrome-extension://abc',
      'about:blank',
    ])
      expect(refused(text), String(text)).toBe(true);
  });

  it('nothing that is not a URL', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^https?:/i.test(text.trim()));
        expect(refused(text)).toBe(true);
      }),
    );
  });

  it('takes the top page as both origins, whatever the tab says', () => {
    const sender = { origin: 'https://shop.example', frameId: 0, tab: { url: 'https://other.example' } };
    expect(siteOf(sender)).toEqual({
      topOrigin: 'https://shop.example',
      frameOrigin: 'https://shop.example',
    });
  });

  it('tells a frame from the page it is in', () => {
    const sender = { origin: 'https://pay.example', frameId: 7, tab: { url: 'https://news.example/a' } };
    expect(siteOf(sender)).toEqual({ topOrigin: 'https://news.example', frameOrigin: 'https://pay.example' });
  });

  it('refuses a good frame in a page that may not ask, and in a page nobody names', () => {
    for (const tab of [{ url: 'http://news.example' }, { url: undefined }, undefined])
      expect(() => siteOf({ origin: 'https://pay.example', frameId: 7, tab })).toThrow(/NOT_ENABLED/);
  });
});
