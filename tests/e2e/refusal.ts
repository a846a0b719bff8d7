// Saying no, in all its forms.
import { approve, PAYS } from '../../scripts/driver.ts';
import { check, equal, noted } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

const errorOf = async (
  page: Parameters<typeof noted>[0],
): Promise<{ name: string; code: string; message: string }> =>
  JSON.parse(await noted(page, 'error')) as { name: string; code: string; message: string };

async function ask({ visit, driver, connect }: Bench) {
  await connect();
  const page = await visit('amount=700');
  await page.getByRole('button', { name: 'Pay' }).click();
  const prompt = await driver.prompt(PAYS);
  return { page, prompt };
}

export const refusalCases: Case[] = [
  {
    name: 'the person rejects',
    async run(bench) {
      const { page, prompt } = await ask(bench);
      await prompt.getByRole('button', { name: 'Reject' }).click();
      equal(
        await errorOf(page),
        { name: 'RejectionError', code: 'USER_REJECTED', message: 'User rejected' },
        'the error',
      );
    },
  },
  {
    name: 'the person closes the prompt',
    async run(bench) {
      const { page, prompt } = await ask(bench);
      await prompt.close();
      equal(
        await errorOf(page),
        { name: 'RejectionError', code: 'USER_REJECTED', message: 'Prompt was closed' },
        'the error',
      );
    },
  },
  {
    name: 'approving is not possible in the first moment and never focused by itself',
    async run(bench) {
      const { prompt, page } = await ask(bench);
      await prompt.reload();
      const button = prompt.getByTestId('approve');
      await button.waitFor();
      check(await button.isDisabled(), 'the button was armed at once');
      const focused = await prompt.evaluate(() => document.activeElement?.tagName);
      check(focused !== 'BUTTON', 'a button was focused');
      await approve(prompt);
      await noted(page, 'preimage');
    },
  },
  {
    name: 'more than the balance is told in the prompt and to the page',
    async run({ visit, driver, connect }) {
      await connect();
      const page = await visit('amount=90000000');
      await page.getByRole('button', { name: 'Pay' }).click();
      const prompt = await driver.prompt('are missing');
      equal(await prompt.getByTestId('approve').count(), 0, 'buttons to approve');
      await prompt.getByRole('button', { name: 'Close' }).click();
      equal((await errorOf(page)).code, 'INSUFFICIENT_BALANCE', 'the code');
    },
  },
  {
    name: 'an invoice that is damaged, or no string, is refused without a prompt',
    async run({ visit, driver }) {
      const page = await visit();
      const codes = await page.evaluate(async () => {
        const webln = (window as unknown as { webln: { sendPayment(x: unknown): Promise<unknown> } }).webln;
        const code = (x: unknown): Promise<unknown> =>
          webln.sendPayment(x).catch((e: { code: string }) => e.code);
        return [
          await code('lnbcrt1damaged'),
          await code({ paymentRequest: 'lnbcrt1' }),
          await code(''),
          await code(7),
        ];
      });
      equal(codes, Array(4).fill('INVALID_ARGUMENT'), 'the codes');
      check(!driver.context.pages().some((p) => p.url().includes('prompt.html')), 'a prompt opened');
    },
  },
];
