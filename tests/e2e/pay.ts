// Paying: the main job.
import { serveShop } from '../../demo/shop/serve.ts';
import { approve, CONNECTS, PAYS } from '../../scripts/driver.ts';
import { check, equal, noted } from './bench.ts';
import { nothingMoves } from './books.ts';
import type { Case } from './run.ts';

export const payCases: Case[] = [
  {
    name: 'a shop is paid by WebLN and gets the preimage',
    async run({ driver, control, devnet }) {
      const newShop = await serveShop({ controlUrl: devnet.controlUrl });
      const page = await driver.context.newPage();
      await page.goto(`${newShop.url}/?amount=2100`);
      equal(
        await page.evaluate(() => document.body.dataset['early']),
        'true',
        'webln before the page’s scripts',
      );
      await page.getByRole('button', { name: 'Pay' }).click();
      await approve(await driver.prompt(CONNECTS));
      const prompt = await driver.prompt(PAYS);
      equal(
        await prompt.getByTestId('origin').innerText(),
        new URL(page.url()).origin,
        'the origin in the prompt',
      );
      await prompt.getByText('Harbour Coffee, 1 kg').waitFor();
      await approve(prompt);
      const preimage = await noted(page, 'preimage');
      const hash = await noted(page, 'hash');
      const invoices = await control<{ paymentHash: string; preimage: string; state: string }[]>('invoices');
      const mine = invoices.find((i) => i.paymentHash === hash);
      equal(mine?.preimage, preimage, 'the preimage');
      equal(mine?.state, 'settled', 'the invoice');
      await newShop.stop();
    },
  },
  {
    name: 'a connected shop is paid with one question, and the popup shows it',
    async run({ visit, driver, connect }) {
      await connect();
      const page = await visit('amount=999');
      await page.getByRole('button', { name: 'Pay' }).click();
      const prompt = await driver.prompt(PAYS);
      await approve(prompt);
      await noted(page, 'preimage');
      const popup = await driver.popup();
      await popup.getByText('done').first().waitFor();
      const row = popup.getByRole('listitem').first();
      check((await row.innerText()).includes('127.0.0.1'), 'the site is in the history');
      await row.getByRole('button').click();
      await popup.getByText('Preimage (proof of payment)').waitFor();
    },
  },
  {
    name: 'paying the same invoice twice is refused as already paid, and no coin moves',
    async run(bench) {
      const { visit, driver, devnet, connect } = bench;
      await connect();
      const page = await visit('amount=1500');
      await page.getByRole('button', { name: 'Pay' }).click();
      await approve(await driver.prompt(PAYS));
      await noted(page, 'preimage');
      const calls = devnet.ark.faults.calls.length;
      await nothingMoves(bench, async () => {
        await page.evaluate(() => delete document.body.dataset['preimage']);
        await page.getByRole('button', { name: 'Pay' }).click();
        const error = JSON.parse(await noted(page, 'error')) as { code: string };
        equal(error.code, 'ALREADY_PAID', 'the code');
      });
      const later = devnet.ark.faults.calls.slice(calls).map((c) => c.method);
      check(
        !later.some((m) => /cosign|initiate/i.test(m)),
        `the server was asked to move coins: ${later.join(', ')}`,
      );
    },
  },
  {
    name: 'the pay box pays an invoice with amount, fee and total shown first',
    async run({ driver, control }) {
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 1234, memo: 'by hand' });
      const popup = await driver.popup();
      await popup.getByRole('button', { name: 'Pay', exact: true }).click();
      await popup.getByLabel('Invoice or address').fill(`  lightning:${bolt11.toUpperCase()} `);
      const quote = popup.getByTestId('quote');
      for (const text of ['by hand', 'Amount', 'Fee', 'Total']) await quote.getByText(text).first().waitFor();
      await popup.getByRole('button', { name: /^Pay 1.234 sats$/ }).click();
      await popup.locator('[data-status="successful"]').waitFor();
    },
  },
];
