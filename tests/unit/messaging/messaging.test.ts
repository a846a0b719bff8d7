import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SkiffError } from '../../../src/errors.ts';
import { createSend } from '../../../src/messaging/client.ts';
import { answer, isOwnPage, listenInternal } from '../../../src/messaging/internal.ts';
import type { Handlers } from '../../../src/messaging/map.ts';
import { pack, unpack } from '../../../src/messaging/wire.ts';

const ROOT = 'chrome-extension://abc/';
const own = { id: 'abc', url: `${ROOT}popup.html` };
const quiet = (): void => {};

const handlers = {
  quote: async ({ text, amount }: { text: string; amount?: bigint }) => ({
    kind: 'bolt11',
    destination: text,
    amount,
    amountIsOpen: false,
  }),
  unlock: async () => {
    throw new SkiffError({ code: 'WRONG_PASSWORD', say: 'This is not the password.' });
  },
  lock: async () => {
    throw new Error('secret inside');
  },
} as unknown as Handlers;

/** A send wired to the handlers through JSON, as the browser would. */
const send = createSend(async (message) => {
  const wire = JSON.parse(JSON.stringify(message)) as unknown;
  return JSON.parse(JSON.stringify(await answer(handlers, wire, quiet))) as unknown;
});

describe('values between the extension’s parts', () => {
  it('come out as they went in, bigint included', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.integer(),
        fc.array(tie('any')),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('any'), { noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (v) => {
        expect(unpack(JSON.parse(JSON.stringify(pack(v))))).toEqual(v);
      }),
    );
  });

  it('a bigint tag that holds no integer is refused', () => {
    for (const bad of ['', '1.5', 'x', '9'.repeat(40), 7, null])
      expect(() => unpack({ $bigint: bad })).toThrow(/INVALID_ENCODING/);
  });
});

describe('a command', () => {
  it('reaches its handler with typed values and brings the answer back', async () => {
    expect(await send('quote', { text: 'lnbc', amount: 2_100_000_000_000_000n })).toMatchObject({
      destination: 'lnbc',
      amount: 2_100_000_000_000_000n,
    });
  });

  it('brings back the error with its code and sentence', async () => {
    await expect(send('unlock', { password: 'x' })).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
      say: 'This is not the password.',
    });
  });

  it('says nothing about errors that nobody has worded', async () => {
    const e = await send('lock', {}).then(
      () => undefined,
      (caught: SkiffError) => caught,
    );
    expect(e).toMatchObject({ code: 'INTERNAL' });
    expect(JSON.stringify([e!.say, e!.details, e!.message])).not.toContain('secret');
  });

  it('with a request of another shape is refused before the handler', async () => {
    for (const request of [
      {},
      { text: 5 },
      { text: '' },
      { text: 'a', more: 1 },
      { text: 'a', amount: 1 },
      null,
    ])
      expect(await answer(handlers, { command: 'quote', request }, quiet)).toMatchObject({
        error: { code: 'INVALID_ARGUMENT' },
      });
  });

  it('that does not exist is refused, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (message) => {
        expect(await answer(handlers, message, quiet)).toHaveProperty('error');
      }),
    );
    for (const command of ['constructor', '__proto__', 'toString'])
      expect(await answer(handlers, { command, request: {} }, quiet)).toMatchObject({
        error: { code: 'UNSUPPORTED' },
      });
  });
});

describe('who is heard', () => {
  it('only pages of the extension itself', () => {
    expect(isOwnPage(own, 'abc', ROOT)).toBe(true);
    const content = { id: 'abc', url: 'https://shop.example/', tab: { id: 1 } };
    const liar = { id: 'abc', url: 'https://shop.example/chrome-extension://abc/popup.html' };
    for (const sender of [content, liar, { id: 'other', url: own.url }, { url: own.url }, { id: 'abc' }])
      expect(isOwnPage(sender, 'abc', ROOT)).toBe(false);
  });

  it('a content script gets no answer at all', () => {
    let hear: (...args: never[]) => unknown = () => undefined;
    listenInternal(
      { addListener: (f) => void (hear = f as never) },
      { id: 'abc', root: ROOT },
      handlers,
      quiet,
    );
    const message = { command: 'quote', request: { text: 'x' } };
    const listener = hear as unknown as (m: unknown, s: unknown, r: () => void) => unknown;
    expect(listener(message, { id: 'abc', url: 'https://shop.example' }, quiet)).toBeUndefined();
    expect(listener(message, own, quiet)).toBe(true);
  });
});
