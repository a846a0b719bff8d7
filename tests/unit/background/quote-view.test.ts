// What the Pay screen and a site's request are told about a text.
import { describe, expect, test } from 'vitest';
import { moneyCommands } from '../../../src/background/money-commands.ts';
import { inspectView, quoteView } from '../../../src/background/quote-view.ts';
import type { Host } from '../../../src/background/host.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { SkiffError } from '../../../src/errors.ts';
import { classify } from '../../../src/lightning/payment-request.ts';
import { encodeBolt11, signWith } from '../../../src/lightning/bolt11-encode.ts';
import { msats } from '../../../src/units.ts';
import type { Instruction, Wallet } from '../../../src/wallet/wallet.ts';

const NOW = 1_800_000_000;
const BITCOIN = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const invoice = encodeBolt11(
  {
    network: 'regtest',
    amount: msats(331_000),
    timestamp: NOW,
    paymentHash: new Uint8Array(32).fill(3),
    paymentSecret: new Uint8Array(32).fill(4),
    description: 'tea',
  },
  signWith(nobleCurve, new Uint8Array(32).fill(9)),
);

/** A wallet that classifies for real and remembers what it was asked. */
function fakeWallet(over: Partial<Record<keyof Wallet, unknown>> = {}) {
  const asked: unknown[][] = [];
  const context = { network: 'regtest' as const, now: NOW };
  const wallet = {
    inspect: async (text: string) => classify(nobleCurve, text, context),
    quote: async (i: Instruction, ...rest: unknown[]) => {
      asked.push([i.choice?.method.kind, ...rest]);
      return { travels: 'lightning', amount: 331n, fee: 2n, total: 333n };
    },
    pay: async (i: Instruction, options: unknown) => {
      asked.push([i.choice?.method.kind, options]);
      return { actionId: 'a' };
    },
    paymentStatus: async () => ({ status: 'unknown' }),
    ...over,
  } as unknown as Wallet;
  return { wallet, asked, commands: moneyCommands({ wallet: async () => wallet } as unknown as Host) };
}

describe('a link with several ways', () => {
  const link = `bitcoin:${BITCOIN}?lightning=${invoice}&sp=sp1qabc`;

  test('lists them in one order whatever is taken, with the reason why one cannot be', async () => {
    const { wallet } = fakeWallet();
    const first = await quoteView(wallet, link);
    const second = await quoteView(wallet, link, { way: BITCOIN });
    expect(first.ways?.map(({ kind, problem }) => [kind, problem === undefined])).toEqual([
      ['bolt11', true],
      ['bitcoin', true],
      ['silent-payment', false],
    ]);
    expect(second.ways).toEqual(first.ways);
    expect([first.way, second.way]).toEqual([invoice, BITCOIN]);
    expect([first.kind, second.kind]).toEqual(['bolt11', 'bitcoin']);
  });

  test('is paid the way that was taken, with what was chosen', async () => {
    const { commands, asked } = fakeWallet();
    await commands.pay({ text: link, way: BITCOIN, amount: 331n, maxTotal: 400n });
    expect(asked).toEqual([['bitcoin', { amount: 331n, maxTotal: 400n }]]);
  });
});

test('everything, and more for the fee, reach the wallet as they were chosen', async () => {
  const { commands, asked } = fakeWallet();
  await commands.quote({ text: invoice, amount: 'all', surplus: 10n });
  await commands.quote({ text: invoice });
  expect(asked).toEqual([
    ['invoice', 'all', { surplus: 10n }],
    ['invoice', undefined, {}],
  ]);
});

test('an address of Lightning names the host that would be asked, an invoice none', async () => {
  const { wallet } = fakeWallet();
  const address = await quoteView(wallet, 'alice@harbour.example');
  expect([address.host, address.takesComment]).toEqual(['harbour.example', true]);
  expect((await quoteView(wallet, invoice)).host).toBeUndefined();
});

test('what is nothing is said, not thrown; what breaks inside is thrown', async () => {
  const { wallet } = fakeWallet();
  expect(await quoteView(wallet, 'hello')).toMatchObject({
    kind: 'unknown',
    problem: { code: 'INVALID_ARGUMENT' },
  });
  const broken = fakeWallet({ inspect: () => Promise.reject(new TypeError('bug')) }).wallet;
  await expect(quoteView(broken, 'x')).rejects.toThrow(TypeError);
});

test('a missing amount is a question, no problem', async () => {
  const { wallet } = fakeWallet({
    quote: async () => ({
      travels: 'lightning',
      problem: new SkiffError({ code: 'AMOUNT_REQUIRED', say: 'How much?' }),
    }),
  });
  const view = await quoteView(wallet, 'alice@harbour.example');
  expect([view.problem, view.amountIsOpen]).toEqual([undefined, true]);
});

test('a site cannot have a bitcoin transaction made: there is no preimage for it', async () => {
  const { wallet } = fakeWallet();
  expect((await inspectView(wallet, BITCOIN)).problem?.code).toBe('UNSUPPORTED');
  expect((await inspectView(wallet, invoice)).problem).toBeUndefined();
});
