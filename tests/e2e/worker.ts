// The worker dies at the worst moments.
import { approve, PAYS } from '../../scripts/driver.ts';
import { noted } from './bench.ts';
import type { Case } from './run.ts';

export const workerCases: Case[] = [
  {
    name: 'the worker is killed while a payment is in flight, and the page still gets its preimage',
    async run({ visit, driver, control, connect }) {
      await connect();
      await control('lightning/delay', { ms: 4000 });
      try {
        const page = await visit('amount=1700');
        await page.getByRole('button', { name: 'Pay' }).click();
        const prompt = await driver.prompt(PAYS);
        await approve(prompt);
        await prompt.getByText('Paying').waitFor();
        await prompt.waitForTimeout(1000);
        await driver.killWorker();
        await noted(page, 'preimage');
      } finally {
        await control('lightning/delay', { ms: 0 });
      }
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
      await prompt.waitForTimeout(500);
      await approve(prompt);
      await noted(page, 'preimage');
    },
  },
];
