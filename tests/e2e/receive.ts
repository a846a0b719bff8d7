// Being paid: one code for Ark and Lightning, invoices that wait, are paid, are called off; an address shown until it is used.
import type { Page } from 'playwright-core';
import { parseBip321 } from '../../src/bitcoin/bip321.ts';
import { shownBalance } from '../../scripts/driver.ts';
import { check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

/** The bench mines two blocks a second: payers leave more of them than an invoice asks for. */
const FINAL_CLTV = 500;

const copied = async (page: Page, prefix: string): Promise<string> =>
  (await page.locator(`button[data-text^="${prefix}"]`).first().getAttribute('data-text'))!;

async function openReceive(popup: Page): Promise<void> {
  await popup.getByRole('button', { name: 'Receive', exact: true }).click();
  await popup.locator('button[data-text^="tark1"]').waitFor();
}

/** Makes an invoice on an open Receive screen; resolves with its BOLT 11 text. */
async function makeInvoice(popup: Page, amount: number, memo: string): Promise<string> {
  await popup.getByLabel('Amount in sats').fill(String(amount));
  await popup.getByLabel('Note for the payer').fill(memo);
  await popup.getByRole('button', { name: 'Make an invoice' }).click();
  await popup.locator('[data-testid="invoice"][data-state="open"]').waitFor();
  return copied(popup, 'lnbcrt');
}

const balanceOf = async ({ driver }: Bench): Promise<bigint> => {
  const popup = await driver.popup();
  await popup.getByTestId('balance').waitFor();
  const balance = await shownBalance(popup);
  await popup.close();
  return balance;
};

export const receiveCases: Case[] = [
  {
    name: 'an invoice made in the popup is paid by somebody, and waiting turns to received by itself',
    async run(bench) {
      const { driver, control } = bench;
      const before = await balanceOf(bench);
      const popup = await driver.popup();
      await openReceive(popup);
      const bolt11 = await makeInvoice(popup, 2100, 'two ropes');
      const link = parseBip321(await copied(popup, 'bitcoin:'));
      const named = new Map(link.instructions.map(({ key, value }) => [key, value]));
      equal([String(link.amount), link.message], ['2100', 'two ropes'], 'amount and note');
      equal(named.get('lightning'), bolt11, 'the invoice in the link');
      check(named.get('ark')?.startsWith('tark1'), 'the Ark address in the link');
      await control('pay', { invoice: bolt11, finalCltv: FINAL_CLTV });
      await popup.locator('[data-testid="invoice"][data-state="claimed"]').waitFor();
      await popup.getByText(/received$/).waitFor();
      await popup.close();
      const gained = (await balanceOf(bench)) - before;
      check(gained > 0n && gained <= 2100n, `the balance grew by ${gained}`);
    },
  },
  {
    name: 'an invoice is paid while the popup is closed, and the popup shows it when it is opened',
    async run({ driver, control }) {
      const popup = await driver.popup();
      await openReceive(popup);
      const bolt11 = await makeInvoice(popup, 3300, 'while away');
      await popup.close();
      const paid = await control<{ id?: string }>('pay', { invoice: bolt11, finalCltv: FINAL_CLTV });
      check(paid, 'the payment was started');
      const again = await driver.popup();
      const row = again.getByRole('listitem').filter({ hasText: 'Received over Lightning' }).first();
      await row.getByText('done').waitFor();
      await row.getByRole('button').click();
      await again.getByText('Preimage (proof of payment)').waitFor();
    },
  },
  {
    name: 'open invoices are listed, one is called off and cannot be paid any more',
    async run({ driver, control }) {
      const popup = await driver.popup();
      await openReceive(popup);
      const bolt11 = await makeInvoice(popup, 444, 'never mind');
      await popup.getByRole('button', { name: 'Receive something else' }).click();
      await popup.getByRole('button', { name: /never mind/ }).click();
      equal(await copied(popup, 'lnbcrt'), bolt11, 'the invoice that is shown again');
      await popup.getByRole('button', { name: 'Call it off' }).click();
      await popup.locator('[data-testid="invoice"][data-state="cancelled"]').waitFor();
      await popup.getByRole('button', { name: 'Receive something else' }).click();
      await popup.getByRole('button', { name: /never mind/ }).waitFor({ state: 'detached' });
      const payment = await control<{ state?: string; status?: string }>('pay', { invoice: bolt11 });
      check(!/settled|paid/.test(JSON.stringify(payment)), 'a cancelled invoice was paid');
    },
  },
  {
    name: 'the Ark address stays the same until something came to it',
    async run({ driver }) {
      const popup = await driver.popup();
      await openReceive(popup);
      const first = await copied(popup, 'tark1');
      await popup.getByRole('button', { name: 'Back', exact: true }).click();
      await openReceive(popup);
      equal(await copied(popup, 'tark1'), first, 'the address the second time');
      await popup.getByRole('button', { name: 'Back', exact: true }).click();

      await popup.getByRole('button', { name: 'Pay', exact: true }).click();
      await popup.getByLabel('Invoice or address').fill(first);
      await popup.getByLabel('Amount in sats').fill('1111');
      await popup.getByRole('button', { name: /^Pay 1.111 sats$/ }).click();
      await popup.locator('[data-status="successful"]').waitFor();
      await popup.getByRole('button', { name: 'Back', exact: true }).click();
      await popup
        .getByRole('listitem')
        .filter({ hasText: /\+1.111/ })
        .first()
        .waitFor();
      await openReceive(popup);
      check((await copied(popup, 'tark1')) !== first, 'a used address is shown again');
    },
  },
];
