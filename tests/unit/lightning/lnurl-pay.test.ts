// What a service may say of itself and answer with (LUD-06, LUD-09, LUD-10, LUD-12), and what is made of nonsense.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSkiffError } from '../../../src/errors.ts';
import { payCallback, readPayAnswer, readPayTerms } from '../../../src/lightning/lnurl-pay.ts';
import { sats } from '../../../src/units.ts';

const url = new URL('https://pay.example/.well-known/lnurlp/ben');
const good = {
  tag: 'payRequest',
  callback: 'https://api.pay.example/cb?user=ben',
  minSendable: 1000,
  maxSendable: 500_000,
  metadata: '[["text/plain","Ben’s\\n tips"],["text/identifier","ben@pay.example"]]',
  commentAllowed: 10,
};
const read = (change: object = {}) => readPayTerms(url, { ...good, ...change });
const code = (run: () => unknown) => {
  try {
    run();
  } catch (e) {
    if (isSkiffError(e)) return e.code;
    throw e;
  }
  return undefined;
};

describe('the terms of a service', () => {
  test('are read with what is optional left out', () => {
    expect(read()).toMatchObject({
      min: 1000n,
      max: 500_000n,
      commentAllowed: 10,
      description: 'Ben’s tips',
    });
    expect(read({ commentAllowed: undefined }).commentAllowed).toBe(0);
    expect(read({ commentAllowed: null }).commentAllowed).toBe(0);
    expect(read({ metadata: '[]' }).description).toBeUndefined();
    expect(read({ payerData: { name: {} }, allowsNostr: true, nostrPubkey: 'aa' }).max).toBe(500_000n);
  });

  test.each([
    ['a callback that is no address', { callback: 'cb' }],
    ['limits that cross', { minSendable: 2, maxSendable: 1 }],
    ['a maximum of zero', { minSendable: 0, maxSendable: 0 }],
    ['fractions', { minSendable: 0.5 }],
    ['amounts as text', { maxSendable: '500000' }],
    ['numbers too large to be exact', { maxSendable: 2 ** 53 }],
    ['metadata that is no JSON', { metadata: 'hello' }],
    ['metadata that is no list of lists', { metadata: '{"text/plain":"x"}' }],
    ['another tag', { tag: 'pay' }],
  ])('with %s are refused', (_what, change) => {
    expect(code(() => read(change))).toBe('RECIPIENT_MISBEHAVED');
  });

  test('of a link that asks for no payment say what it is', () => {
    for (const tag of ['withdrawRequest', 'channelRequest', 'login'])
      expect(code(() => read({ tag }))).toBe('UNSUPPORTED');
  });

  test('may be a refusal, in a case of its own', () => {
    expect(() => readPayTerms(url, { status: 'error', reason: 'no\nsuch   user' })).toThrow(
      'RECIPIENT_REFUSED',
    );
    expect(() => readPayTerms(url, { status: 'ERROR' })).toThrow('RECIPIENT_REFUSED');
  });
});

describe('the question', () => {
  const ask = (amount: number, comment?: string) => payCallback(read(), sats(amount), comment);

  test('keeps the parameters of the service and names the amount in millisatoshi', () => {
    expect(ask(500).href).toBe('https://api.pay.example/cb?user=ben&amount=500000');
    expect(ask(1, 'a & b?').href).toBe('https://api.pay.example/cb?user=ben&amount=1000&comment=a+%26+b%3F');
    expect(ask(1, '').searchParams.has('comment')).toBe(false);
  });

  test('stays inside of the limits', () => {
    expect([0, 501].map((n) => code(() => ask(n)))).toEqual(['AMOUNT_OUT_OF_RANGE', 'AMOUNT_OUT_OF_RANGE']);
    expect(code(() => ask(1, '12345678901'))).toBe('INVALID_ARGUMENT');
    expect(code(() => ask(1, '🙂'.repeat(10)))).toBeUndefined();
    expect(code(() => payCallback(read({ commentAllowed: 0 }), sats(1), 'x'))).toBe('INVALID_ARGUMENT');
  });
});

describe('the answer', () => {
  const callback = new URL('https://api.pay.example/cb');
  const action = (successAction: unknown) =>
    readPayAnswer(callback, { pr: 'lnbc1', successAction }).successAction;

  test('brings an invoice, and a success action that keeps to the rules', () => {
    expect(readPayAnswer(callback, { pr: 'lnbc1', routes: [] })).toEqual({ invoice: 'lnbc1' });
    const message = { tag: 'message', message: 'thanks' };
    expect(action(message)).toEqual(message);
    const link = { tag: 'url', description: 'ticket', url: 'https://api.pay.example/t/1' };
    expect(action(link)).toEqual(link);
  });

  test.each([
    [{ tag: 'message', message: 'x'.repeat(145) }],
    [{ tag: 'url', description: 'x', url: 'https://elsewhere.example/' }],
    [{ tag: 'url', description: 'x', url: 'javascript:alert(1)//api.pay.example' }],
    [{ tag: 'aes', description: 'x', ciphertext: 'AAAA', iv: 'short' }],
    [{ tag: 'dance' }],
    ['thanks'],
    [null],
  ])('loses a success action that does not: %j', (given) => {
    expect(action(given)).toBeUndefined();
  });

  test('without an invoice is refused', () => {
    expect(code(() => readPayAnswer(callback, {}))).toBe('RECIPIENT_MISBEHAVED');
    expect(code(() => readPayAnswer(callback, { status: 'ERROR', reason: 'closed' }))).toBe(
      'RECIPIENT_REFUSED',
    );
  });
});

test('whatever a service sends, the wallet answers with a sentence', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(good)), (value, key) => {
      for (const json of [value, { ...good, [key]: value }])
        for (const reader of [readPayTerms, readPayAnswer])
          try {
            reader(url, json);
          } catch (e) {
            expect(isSkiffError(e)).toBe(true);
          }
    }),
    { numRuns: 1000 },
  );
});
