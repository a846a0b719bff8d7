// makeInvoice: a page asks for an invoice of ours and pays it.
import { approve } from '../../scripts/driver.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Case } from './run.ts';

/** The bench mines two blocks a second: payers leave more of them than an invoice asks for. */
const FINAL_CLTV = 500;

export const weblnInvoiceCases: Case[] = [
  {
    name: 'a page has an invoice made within its bounds, pays it, and learns by lookupInvoice that it did',
    async run({ connect, visit, driver, control }) {
      await connect();
      const page = await visit();
      await page.getByRole('heading').click();
      const asked = {
        minimumAmount: 1000,
        maximumAmount: '3000',
        defaultAmount: 9,
        defaultMemo: 'Your winnings',
      };
      const made = callWebln(page, 'makeInvoice', asked);
      const prompt = await driver.prompt('wants an invoice from you');
      await prompt.getByText('Your winnings').waitFor();
      await prompt.getByText(/takes at least 1.000/).waitFor();
      check((await prompt.getByTestId('approve').count()) === 0, 'less than the minimum can be agreed to');
      await prompt.getByLabel('Amount in sats').fill('2500');
      await approve(prompt);
      const { paymentRequest, paymentHash } = (await made) as Record<string, string>;
      const look = async () => {
        const { paid, state } = (await callWebln(page, 'lookupInvoice', { paymentHash })) as {
          paid: boolean;
          state: string;
        };
        return { paid, state };
      };
      equal(await look(), { paid: false, state: 'pending' }, 'before it is paid');
      await control('pay', { invoice: paymentRequest, finalCltv: FINAL_CLTV });
      for (const end = Date.now() + 30_000; !(await look()).paid; await page.waitForTimeout(200))
        check(Date.now() < end, 'the page never learnt that it was paid');
      equal(await look(), { paid: true, state: 'settled' }, 'after it is paid');
      const popup = await driver.popup();
      const row = popup.getByRole('listitem').first();
      await row.getByText('done').waitFor();
      check(/\+2.[34]\d\d/.test(await row.innerText()), `the history says ${await row.innerText()}`);
    },
  },
];
