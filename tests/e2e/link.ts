// lightning: links.
import { approve } from '../../scripts/driver.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

async function settled({ control }: Bench, hash: string): Promise<boolean> {
  const invoices = await control<{ paymentHash: string; state: string }[]>('invoices');
  return invoices.find((i) => i.paymentHash === hash)?.state === 'settled';
}

export const linkCases: Case[] = [
  {
    name: 'a lightning: link is caught and paid',
    async run(bench) {
      const page = await bench.visit('link&amount=500');
      const link = page.getByRole('link', { name: 'Pay in another wallet' });
      await link.click();
      const prompt = await bench.driver.prompt('You pressed a payment link');
      await approve(prompt);
      await prompt.getByText('Paid').waitFor();
      const hash = await page.locator('body').getAttribute('data-hash');
      check(await settled(bench, hash!), 'the invoice was not settled');
    },
  },
  {
    name: 'a click that a script makes on a lightning: link does nothing',
    async run({ visit, driver, badge }) {
      const page = await visit('link&amount=500');
      const link = page.getByRole('link', { name: 'Pay in another wallet' });
      await link.waitFor();
      await page.evaluate(() =>
        document.getElementById('link')!.addEventListener('click', (e) => e.preventDefault()),
      );
      await link.evaluate((a) => (a as HTMLAnchorElement).click());
      // Whatever the click had sent would have been sent before this call.
      await callWebln(page, 'isEnabled');
      equal(await badge(), '', 'questions that wait');
      check(!driver.context.pages().some((p) => p.url().includes('prompt.html')), 'a prompt opened');
    },
  },
];
