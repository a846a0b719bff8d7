// Bad input from a page: a typed error each time, nothing stored, nothing locked, nobody bothered.
import type { Page } from 'playwright-core';
import { approve, PAYS, until } from '../../scripts/driver.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import { grabPort } from './grab-port.ts';
import { nothingMoves } from './books.ts';
import type { Case } from './run.ts';

type Told = { error?: { name: string; code: string; message: string } };

const code = async (page: Page, method: string, argument?: unknown): Promise<string | undefined> =>
  ((await callWebln(page, method, argument)) as Told | undefined)?.error?.code;

const noPrompt = ({ driver }: Bench): void =>
  check(!driver.context.pages().some((p) => p.url().includes('prompt.html')), 'a prompt opened');

const invoice = async ({ control }: Bench, body: object): Promise<string> =>
  (await control<{ bolt11: string }>('invoice', body)).bolt11;

/** The same text with one character of its data changed. */
const damaged = (text: string): string =>
  `${text.slice(0, 60)}${text[60] === 'q' ? 'p' : 'q'}${text.slice(61)}`;

export const inputCases: Case[] = [
  {
    name: 'invoices that cannot be paid are refused without a prompt, each with its own code',
    async run(bench) {
      await bench.connect();
      const page = await bench.visit();
      const good = await invoice(bench, { amountSat: 500 });
      const { devnet } = bench;
      const expired = devnet.lightning.createInvoice({ amountMsat: 500_000n, expirySeconds: 0 }).bolt11;
      const foreign = devnet.lightning.createInvoice({ amountMsat: 500_000n, network: 'mainnet' }).bolt11;
      // An invoice is good to the end of the second in which it expires.
      const lastGood = Math.floor(Date.now() / 1000);
      await until(() => Math.floor(Date.now() / 1000) > lastGood || undefined, 'the next second');
      await nothingMoves(bench, async () => {
        const asked: [string, unknown, string][] = [
          ['damaged', damaged(good), 'INVALID_ARGUMENT'],
          ['expired', expired, 'INVOICE_EXPIRED'],
          ['another network', foreign, 'WRONG_NETWORK'],
          ['an object', { paymentRequest: good }, 'INVALID_ARGUMENT'],
          ['empty', '', 'INVALID_ARGUMENT'],
          ['a number', 7, 'INVALID_ARGUMENT'],
          ['no argument', undefined, 'INVALID_ARGUMENT'],
          ['a very long text', 'lnbcrt1'.padEnd(1_000_000, 'q'), 'INVALID_ARGUMENT'],
        ];
        for (const [what, argument, wanted] of asked)
          equal(await code(page, 'sendPayment', argument), wanted, what);
        noPrompt(bench);
      });
    },
  },
  {
    name: 'an invoice without an amount is paid with what the person types',
    async run(bench) {
      await bench.connect();
      const page = await bench.visit();
      await page.getByRole('heading').click();
      const paid = callWebln(page, 'sendPayment', await invoice(bench, {}));
      const prompt = await bench.driver.prompt(PAYS);
      check((await prompt.getByTestId('approve').count()) === 0, 'there is something to approve already');
      await prompt.getByLabel('Amount in sats').fill('4321');
      await approve(prompt);
      const { preimage } = (await paid) as { preimage?: string };
      const found = bench.devnet.lightning.invoices.find(({ receivedMsat }) => receivedMsat === 4_321_000n);
      check(preimage !== undefined && found?.state === 'settled', 'it was not paid');
    },
  },
  {
    name: 'a site that is not connected learns nothing',
    async run(bench) {
      const page = await bench.driver.context.newPage();
      await page.goto(`${bench.shop.url.replace('127.0.0.1', 'localhost')}/`);
      for (const method of ['getInfo', 'getBalance']) equal(await code(page, method), 'NOT_ENABLED', method);
      noPrompt(bench);
    },
  },
  {
    name: 'getInfo lists what works, and what it does not list is refused',
    async run(bench) {
      await bench.connect();
      const page = await bench.visit();
      const { methods } = (await callWebln(page, 'getInfo')) as { methods: string[] };
      check(methods.includes('sendPayment') && !methods.includes('keysend'), methods.join(', '));
      equal(await code(page, 'request', 'getnodeinfo'), 'NOT_IMPLEMENTED', 'request');
    },
  },
  {
    name: 'a page that gets hold of its port reaches nothing that webln does not offer',
    async run(bench) {
      await bench.connect();
      const page = await bench.visit();
      const bolt11 = await invoice(bench, { amountSat: 500 });
      await nothingMoves(bench, async () => {
        const answers = await (
          await grabPort(page)
        ).evaluate(async (port, pr) => {
          const heard: { id: number; error?: { code: string } }[] = [];
          port.onmessage = ({ data }) => void heard.push(data as (typeof heard)[0]);
          for (const bad of [
            null,
            1,
            'x',
            [],
            { id: '1', method: 'enable' },
            { id: 1 },
            { method: 'enable' },
          ])
            port.postMessage(bad);
          // A link is the bridge's own to report: the prompt would say that a person pressed one.
          const methods = [
            'approve',
            'pay',
            'revealWords',
            '__proto__',
            'x'.repeat(1000),
            'link',
            'isEnabled',
          ];
          methods.forEach((method, i) => port.postMessage({ id: 100 + i, method, params: pr }));
          while (!heard.some(({ id }) => id === 106)) await new Promise((r) => setTimeout(r, 20));
          return heard
            .filter(({ id }) => id >= 100)
            .map(({ id, error }) => `${id} ${error?.code ?? 'ok'}`)
            .sort();
        }, bolt11);
        equal(
          answers,
          [
            '100 NOT_IMPLEMENTED',
            '101 NOT_IMPLEMENTED',
            '102 NOT_IMPLEMENTED',
            '103 NOT_IMPLEMENTED',
            '104 INVALID_ARGUMENT',
            '105 NOT_IMPLEMENTED',
            '106 ok',
          ],
          'the answers',
        );
        noPrompt(bench);
      });
    },
  },
  {
    name: 'messages on the window are not heard',
    async run(bench) {
      await bench.connect();
      const page = await bench.visit();
      await page.evaluate(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => void (document.body.dataset['stolen'] = 'true');
        window.postMessage('skiff:webln-port', '*', [port2]);
        window.postMessage('skiff:unlocked', '*');
        for (const data of [null, {}, { id: 1, method: 'sendPayment' }]) window.postMessage(data, '*');
      });
      equal(await callWebln(page, 'isEnabled'), true, 'isEnabled');
      equal(await page.locator('body').getAttribute('data-stolen'), null, 'stolen calls');
    },
  },
];
