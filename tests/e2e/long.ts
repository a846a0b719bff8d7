// A payment that takes long: the payee holds it while everything around it ends and begins again.
import { approve, PAYS, until } from '../../scripts/driver.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import { readBooks } from './books.ts';
import type { Case } from './run.ts';

interface Invoice {
  bolt11: string;
  paymentHash: string;
  preimage: string;
}

const HELD_MS = 60_000;

type Lookup = { paid: boolean; state: string; preimage?: string };

async function lookup(page: Parameters<typeof callWebln>[0], paymentHash: string): Promise<Lookup> {
  const { paid, state, preimage } = (await callWebln(page, 'lookupInvoice', { paymentHash })) as Lookup;
  return { paid, state, preimage };
}

/** What of a held payment the popup shows. */
async function inPopup({ driver }: Bench, status: string): Promise<void> {
  const popup = await driver.popup();
  await popup.locator(`[data-status="${status}"]`).first().waitFor();
  await popup.close();
}

export const longCases: Case[] = [
  {
    name: 'a payment is held for a minute; the worker is killed three times, the popup opened and closed, a page reloaded',
    ms: 200_000,
    async run(bench) {
      const { control, visit, driver, devnet } = bench;
      await bench.connect();
      const before = await readBooks(bench);
      const { bolt11, paymentHash, preimage } = await control<Invoice>('invoice', {
        amountSat: 1900,
        hold: true,
      });
      const page = await visit();
      await page.getByRole('heading').click();
      const paid = callWebln(page, 'sendPayment', bolt11);
      const prompt = await driver.prompt(PAYS);
      await approve(prompt);
      await prompt.getByText('Paying').waitFor();
      await prompt.close();
      await until(
        () => devnet.lightning.invoice(paymentHash)?.state === 'held' || undefined,
        'the payment at its payee',
      );
      const since = Date.now();

      const other = await visit();
      for (let death = 1; death <= 3; death++) {
        await driver.killWorker();
        await inPopup(bench, 'pending');
        await other.reload();
        equal<Lookup>(
          await lookup(other, paymentHash),
          { paid: false, state: 'pending' },
          `after death ${death}`,
        );
        const again = (await callWebln(other, 'sendPayment', bolt11)) as { error?: { code: string } };
        equal(again.error?.code, 'PAYMENT_PENDING', 'asked a second time');
      }
      // Longer than a worker lives without a reason to: it ends by itself, or finds one.
      await page.waitForTimeout(Math.max(0, HELD_MS - (Date.now() - since)));
      await control('lightning/settle', { paymentHash });
      equal((await paid) as object, { preimage, paymentHash }, 'what the page gets');
      await other.reload();
      equal<Lookup>(
        await lookup(other, paymentHash),
        { paid: true, state: 'settled', preimage },
        'after the end',
      );
      await inPopup(bench, 'successful');
      const { coins, actions, movements, paid: receipts } = await readBooks(bench);
      equal(
        [actions, movements - before.movements, receipts - before.paid],
        [0, 1, 1],
        'actions under way, lines of history, receipts',
      );
      check(!coins.some((coin) => coin.includes(' locked ')), 'a coin stayed locked');
    },
  },
  {
    name: 'sendPaymentAsync answers while the payee holds the money, and the page learns the end by lookupInvoice',
    async run(bench) {
      const { control, visit, driver } = bench;
      await bench.connect();
      const { bolt11, paymentHash, preimage } = await control<Invoice>('invoice', {
        amountSat: 1100,
        hold: true,
      });
      const page = await visit();
      await page.getByRole('heading').click();
      const started = callWebln(page, 'sendPaymentAsync', bolt11);
      await approve(await driver.prompt(PAYS));
      equal(await started, {}, 'the answer');
      await page.reload();
      equal<Lookup>(await lookup(page, paymentHash), { paid: false, state: 'pending' }, 'while it is held');
      await until(
        () => bench.devnet.lightning.invoice(paymentHash)?.state === 'held' || undefined,
        'the payment at its payee',
      );
      await control('lightning/settle', { paymentHash });
      const ended = async () => ((await lookup(page, paymentHash)).paid ? true : undefined);
      for (const end = Date.now() + 30_000; !(await ended()); await page.waitForTimeout(200))
        check(Date.now() < end, 'the page never learnt the end');
      equal<Lookup>(
        await lookup(page, paymentHash),
        { paid: true, state: 'settled', preimage },
        'after the end',
      );
      const foreign = await callWebln(page, 'lookupInvoice', { paymentHash: '00'.repeat(32) });
      equal((foreign as { error: { code: string } }).error.code, 'NOT_FOUND', 'an invoice of somebody else');
    },
  },
];
