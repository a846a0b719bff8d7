import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { normalisePaymentRequest, paymentRequest } from '../../../src/provider/argument.ts';

const bech32 = fc.stringMatching(/^ln(bc|bcrt|tb)[0-9]{1,6}[munp]1[ac-hj-np-z02-9]{10,60}$/);
const space = fc.stringMatching(/^[ \t\n]{0,4}$/);
const scheme = fc.constantFrom('', 'lightning:', 'LIGHTNING:', 'Lightning:', 'lightning://');

describe('a payment request as sites hand it over', () => {
  it('is the same whatever it is dressed in', () => {
    fc.assert(
      fc.property(bech32, space, space, scheme, fc.boolean(), (text, before, after, prefix, upper) => {
        const dressed = before + prefix + (upper ? text.toUpperCase() : text) + after;
        expect(normalisePaymentRequest(dressed)).toBe(text);
      }),
    );
  });

  it('comes out the same when normalised twice', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = normalisePaymentRequest(text);
        fc.pre(!/^lightning:/i.test(once));
        expect(normalisePaymentRequest(once)).toBe(once);
      }),
    );
  });

  it('keeps mixed case, which bech32 forbids and an LNURL path may mean', () => {
    expect(normalisePaymentRequest('lightning:https://x.example/PaY')).toBe('https://x.example/PaY');
  });

  it('is refused when it is an object, a number, empty or huge', () => {
    for (const bad of [
      { paymentRequest: 'lnbc1' },
      21,
      null,
      undefined,
      '',
      '  ',
      'lightning:',
      'x'.repeat(8001),
    ])
      expect(v.safeParse(paymentRequest, bad).success).toBe(false);
  });
});
