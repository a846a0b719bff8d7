// Invoices of BOLT 12 that somebody handed over, in the popup and from a page.
import type { Page } from 'playwright-core';
import { approve, PAYS, shownBalance } from '../../scripts/driver.ts';
import { axeFaults } from './axe.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

const NOTE = 'This wallet did not ask for this invoice';

/** An invoice that another wallet asked for. */
function handedOver({ devnet }: Bench, amountSat: bigint): { text: string; paymentHash: string } {
  const { offer } = devnet.lightning.createOffer({ description: 'two sails', issuer: 'Ropes & Sons' });
  devnet.lightning.fetchInvoice(offer, amountSat * 1000n);
  const made = devnet.lightning.invoices.at(-1);
  if (!made) throw new Error('no invoice');
  return made;
}

/** "Your offer", opened in the popup. */
async function ownOffer(popup: Page): Promise<string> {
  await popup.getByRole('button', { name: 'Receive', exact: true }).click();
  await popup.getByLabel('Offer', { exact: true }).check({ force: true });
  await popup.locator('[data-testid="own-offer"][data-state="ready"]').waitFor();
  return (await popup.locator('button[data-text^="lno1"]').first().getAttribute('data-text')) ?? '';
}

/** Chooses the static-invoice server in the settings; empty: the Ark server's own. */
async function chooseServer(popup: Page, server: string, paths: string): Promise<void> {
  await popup.getByRole('button', { name: 'Settings', exact: true }).click();
  const form = popup.getByTestId('offer-server');
  await form.getByLabel('Static-invoice server').fill(server);
  await form.getByLabel('Your paths to it').fill(paths);
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Saved').waitFor();
}

/** What the screen says about the way of the messages. */
const isLinked = (popup: Page, is: 'connected' | 'away' | 'mailbox'): Promise<void> =>
  popup.locator(`[data-testid="offer-link"][data-is="${is}"]`).waitFor({ timeout: 90_000 });

/** Looks again and again until it holds, as slow as the machine may be. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 90_000; Date.now() < end;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}`);
}

export const bolt12Cases: Case[] = [
  {
    name: 'a BOLT 12 invoice that nobody here asked for is shown as that in the popup, and paid',
    async run(bench) {
      const { text, paymentHash } = handedOver(bench, 2109n);
      const popup = await bench.driver.popup();
      await popup.getByRole('button', { name: 'Pay', exact: true }).click();
      await popup.getByLabel('Invoice or address').fill(text);
      for (const words of ['two sails', 'Ropes & Sons', NOTE]) await popup.getByText(words).waitFor();
      await popup.getByRole('button', { name: /^Pay 2.?109.sats$/ }).click();
      await popup.getByText('Preimage (proof of payment)').waitFor();
      equal(bench.devnet.lightning.invoice(paymentHash)?.state, 'settled', 'the invoice');
    },
  },
  {
    name: 'a page that hands over a BOLT 12 invoice has it shown to a person and gets the preimage',
    async run(bench) {
      const { text, paymentHash } = handedOver(bench, 1234n);
      await bench.connect();
      const page = await bench.visit();
      await page.getByRole('heading').click();
      const answered = callWebln(page, 'sendPayment', text);
      const prompt = await bench.driver.prompt(PAYS);
      for (const words of ['two sails', 'Ropes & Sons', NOTE]) await prompt.getByText(words).waitFor();
      await approve(prompt);
      const answer = (await answered) as { preimage?: string };
      check(/^[0-9a-f]{64}$/.test(answer.preimage ?? ''), 'the page has the preimage');
      equal(bench.devnet.lightning.invoice(paymentHash)?.state, 'settled', 'the invoice');
    },
  },
  {
    name: 'the offer of the popup is paid while the worker is dead: the money is there when somebody looks',
    ms: 180_000,
    async run({ driver, devnet }) {
      const first = await driver.popup();
      const offer = await ownOffer(first);
      await first.close();
      const before = await driver.popup().then(async (popup) => {
        const shown = await shownBalance(popup);
        await popup.close();
        return shown;
      });
      await driver.killWorker();
      const payment = devnet.ark.offerPayer.pay(offer, 4_321_000n, { firstOnly: true });
      equal(payment.state, 'holding', 'the payer, while nobody is awake');
      const popup = await driver.popup();
      await until('the payer is paid out', () => payment.state === 'paid');
      await until('the balance has grown', async () => (await shownBalance(popup)) > before);
      equal(payment.kind, 'static-invoice', 'what was paid');
    },
  },
  {
    name: 'a static-invoice server chosen in the settings: connected, paid while the worker is dead, out of reach it says so',
    ms: 240_000,
    async run({ driver, devnet }) {
      const { outside, offerPayer } = devnet.ark;
      const first = await driver.popup();
      await chooseServer(first, outside.address, outside.invite('e2e').join(' '));
      await isLinked(first, 'connected');
      await first.getByRole('button', { name: 'Back', exact: true }).click();
      const offer = await ownOffer(first);
      await isLinked(first, 'connected');
      const faults = await axeFaults(first, 'offer');
      check(faults.length === 0, faults.join('\n'));
      await first.close();
      await driver.killWorker();
      await until('nobody is connected', () => outside.callers().length === 0);
      const payment = offerPayer.pay(offer, 5_432_000n, { firstOnly: true });
      equal(payment.state, 'holding', 'the payer, while nobody is awake');
      const popup = await driver.popup();
      await until('the payer is paid out', () => payment.state === 'paid');
      await outside.crash();
      try {
        await popup.getByRole('button', { name: 'Receive', exact: true }).click();
        await popup.getByLabel('Offer', { exact: true }).check({ force: true });
        await isLinked(popup, 'away');
      } finally {
        await outside.restart();
      }
      await isLinked(popup, 'connected');
      await popup.getByRole('button', { name: 'Back', exact: true }).click();
      await chooseServer(popup, '', '');
      await isLinked(popup, 'mailbox');
    },
  },
  {
    name: 'a server that cannot carry offers: the popup says so and shows none',
    async run({ driver, devnet }) {
      const { extensions } = devnet.ark.config;
      devnet.ark.config.extensions = [];
      try {
        await driver.killWorker();
        const popup = await driver.popup();
        await popup.getByRole('button', { name: 'Receive', exact: true }).click();
        await popup.getByLabel('Offer', { exact: true }).check({ force: true });
        await popup.getByText('cannot take payments for offers').waitFor();
        equal(await popup.locator('button[data-text^="lno1"]').count(), 0, 'offers on the screen');
      } finally {
        devnet.ark.config.extensions = extensions;
        await driver.killWorker();
      }
    },
  },
];
