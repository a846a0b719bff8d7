// The worker dies at the worst moments. Nothing is paid twice, nothing stays locked, and the page hears the end.
import type { Page } from 'playwright-core';
import { approve, PAYS, until } from '../../scripts/driver.ts';
import { callWebln, check, equal, noted } from './bench.ts';
import type { Bench } from './bench.ts';
import { readBooks } from './books.ts';
import type { Case } from './run.ts';

interface Invoice {
  bolt11: string;
  paymentHash: string;
  preimage: string;
}

/** An approved payment of an invoice that its payee holds until told otherwise. `paid` is what the page gets. */
async function payHeld(bench: Bench): Promise<{ invoice: Invoice; paid: Promise<unknown>; page: Page }> {
  await bench.connect();
  const invoice = await bench.control<Invoice>('invoice', { amountSat: 1700, hold: true });
  const page = await bench.visit();
  await page.getByRole('heading').click();
  const paid = callWebln(page, 'sendPayment', invoice.bolt11);
  const prompt = await bench.driver.prompt(PAYS);
  await approve(prompt);
  await prompt.getByText('Paying').waitFor();
  await prompt.close();
  return { invoice, paid, page };
}

const calls = ({ devnet }: Bench, method: string): number =>
  devnet.ark.faults.calls.filter((call) => call.method === method).length;

async function endsPaidOnce(bench: Bench, paid: Promise<unknown>, invoice: Invoice): Promise<void> {
  equal(((await paid) as { preimage?: string }).preimage, invoice.preimage, 'what the page gets');
  const { coins, actions } = await readBooks(bench);
  equal(actions, 0, 'actions under way');
  check(!coins.some((coin) => coin.includes(' locked ')), 'a coin stayed locked');
}

export const workerCases: Case[] = [
  {
    name: 'the worker is killed while a payment is in flight, and the page still gets its preimage',
    async run(bench) {
      const before = calls(bench, 'InitiateLightningPayment');
      const { invoice, paid } = await payHeld(bench);
      const held = () => bench.devnet.lightning.invoice(invoice.paymentHash)?.state === 'held' || undefined;
      await until(held, 'the payment at its payee');
      await bench.driver.killWorker();
      await bench.control('lightning/settle', { paymentHash: invoice.paymentHash });
      await endsPaidOnce(bench, paid, invoice);
      equal(calls(bench, 'InitiateLightningPayment') - before, 1, 'payments started');
    },
  },
  {
    name: 'the worker is killed before the server has answered the cosign request, and pays once',
    async run(bench) {
      const method = 'RequestLightningPayHtlcCosign';
      const before = calls(bench, method);
      await bench.control('fault', { method, kind: 'delay', ms: 1500 });
      const { invoice, paid } = await payHeld(bench);
      await until(() => calls(bench, method) > before || undefined, 'the request at the server');
      await bench.driver.killWorker();
      const held = () => bench.devnet.lightning.invoice(invoice.paymentHash)?.state === 'held' || undefined;
      await until(held, 'the payment at its payee');
      await bench.control('lightning/settle', { paymentHash: invoice.paymentHash });
      await endsPaidOnce(bench, paid, invoice);
    },
  },
  {
    name: 'the worker is killed while the person reads, and the payment is made after all',
    async run({ visit, driver, connect }) {
      await connect();
      const page = await visit('amount=800');
      await page.getByRole('button', { name: 'Pay' }).click();
      const prompt = await driver.prompt(PAYS);
      await prompt.getByTestId('approve').waitFor();
      await driver.killWorker();
      await approve(prompt);
      await noted(page, 'preimage');
    },
  },
];
