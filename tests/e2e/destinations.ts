// Offers and Lightning addresses, typed into the popup.
import type { Page } from 'playwright-core';
import { approve, PAYS } from '../../scripts/driver.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

const type = async (popup: Page, text: string): Promise<void> => {
  await popup.getByRole('button', { name: 'Pay', exact: true }).click();
  await popup.getByLabel('Invoice or address').fill(text);
};

/** The one button; figures are grouped by a thin space. */
const payButton = (popup: Page, amount: number) => {
  const figure = String(amount).replace(/(...)$/, '.?$1');
  return popup.getByRole('button', { name: new RegExp(`^Pay ${figure}.sats$`) });
};

/** Presses the one button and waits for the end in the history's detail. */
async function press(popup: Page, amount: number): Promise<void> {
  await payButton(popup, amount).click();
  await popup.getByText('Preimage (proof of payment)').waitFor();
}

const addressAt = ({ devnet }: Bench): string => `alice@localhost:${new URL(devnet.esploraUrl).port}`;

export const destinationCases: Case[] = [
  {
    name: 'an offer is paid from the popup',
    async run({ driver, control }) {
      const { offer } = await control<{ offer: string }>('offer', {
        amountSat: 3210,
        description: 'one rope',
      });
      const popup = await driver.popup();
      await type(popup, `lightning:${offer.toUpperCase()}`);
      await popup.getByText('one rope').waitFor();
      await press(popup, 3210);
      const [paid] = (await control<{ state: string; receivedMsat?: string }[]>('invoices')).slice(-1);
      equal([paid?.state, paid?.receivedMsat], ['settled', '3210000'], 'the invoice of the offer');
    },
  },
  {
    name: 'a Lightning address is paid from the popup with a comment, and its service answers',
    async run(bench) {
      const { driver, control, devnet } = bench;
      await control('lnurl', {
        user: 'alice',
        maxSat: 5000,
        successAction: { tag: 'message', message: 'Fair winds!' },
      });
      const popup = await driver.popup();
      const before = devnet.lnurl.requests;
      await type(popup, addressAt(bench));
      await popup.getByLabel('Amount in sats').fill('5001');
      await payButton(popup, 5001).waitFor();
      equal(devnet.lnurl.requests, before, 'requests to the service while typing');
      await payButton(popup, 5001).click();
      await popup.getByText('between 1 and 5000 sats').waitFor();
      await popup.getByLabel('Amount in sats').fill('1234');
      await popup.getByLabel('Words for the recipient').fill('ahoy');
      await press(popup, 1234);
      await popup.getByText('Fair winds!').waitFor();
      const asked = devnet.lnurl.asked.at(-1);
      equal([asked?.comment, String(asked?.amountMsat)], ['ahoy', '1234000'], 'what the service was asked');
    },
  },
  {
    name: 'a link with several ways is paid the way that the person takes',
    async run({ driver, control }) {
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 1500 });
      const { offer } = await control<{ offer: string }>('offer', { amountSat: 1500 });
      const popup = await driver.popup();
      await type(popup, `bitcoin:?amount=0.000015&lightning=${bolt11}&lno=${offer}`);
      check(await popup.getByLabel('Lightning invoice').isChecked(), 'the invoice comes first');
      await popup.getByLabel('Lightning offer').check();
      await popup.getByRole('heading', { name: 'Lightning offer' }).waitFor();
      await press(popup, 1500);
      const [left, paid] = (await control<{ state: string; bolt11: string }[]>('invoices')).slice(-2);
      equal([left?.bolt11, left?.state, paid?.state], [bolt11, 'open', 'settled'], 'the two invoices');
    },
  },
  {
    name: 'a page has a Lightning address paid by lnurl(), the amount chosen by the person',
    async run(bench) {
      const { driver, devnet, connect, visit, control } = bench;
      await connect();
      await control('lnurl', { user: 'alice', maxSat: 5000 });
      const page = await visit();
      await page.getByRole('heading').click();
      const answered = callWebln(page, 'lnurl', addressAt(bench));
      const prompt = await driver.prompt(PAYS);
      const before = devnet.lnurl.requests;
      await prompt.getByLabel('Amount in sats').fill('2345');
      await approve(prompt);
      const { status, data } = (await answered) as { status: string; data: { paymentHash: string } };
      equal(
        [status, data.paymentHash],
        ['OK', devnet.lnurl.asked.at(-1)?.paymentHash],
        'the answer of lnurl()',
      );
      equal(devnet.lnurl.requests, before + 2, 'requests to the service, all of them after the yes');
    },
  },
  {
    name: 'an inflated invoice for an offer is refused in the popup, and nothing moves',
    async run({ driver, control }) {
      const { offer } = await control<{ offer: string }>('offer', { amountSat: 700, lie: 'inflated' });
      const popup = await driver.popup();
      const balance = await popup.getByTestId('balance').innerText();
      await type(popup, offer);
      await payButton(popup, 700).click();
      await popup.getByText('does not belong to this offer').waitFor();
      await popup.getByRole('button', { name: 'Back', exact: true }).click();
      equal(await popup.getByTestId('balance').innerText(), balance, 'the balance');
      const [last] = (await control<{ state: string }[]>('invoices')).slice(-1);
      check(last?.state === 'open', 'the inflated invoice was not paid');
    },
  },
];
