// Saying no, in all its forms.
import { approve, PAYS, shownBalance } from '../../scripts/driver.ts';
import { check, equal, noted } from './bench.ts';
import type { Bench } from './bench.ts';
import { nothingMoves, readBooks } from './books.ts';
import type { Case } from './run.ts';

const errorOf = async (
  page: Parameters<typeof noted>[0],
): Promise<{ name: string; code: string; message: string }> =>
  JSON.parse(await noted(page, 'error')) as { name: string; code: string; message: string };

async function ask({ visit, driver, connect, freshWorker }: Bench) {
  await connect();
  // Who refuses too often is not asked any more.
  await freshWorker();
  const page = await visit('amount=700');
  await page.getByRole('button', { name: 'Pay' }).click();
  const prompt = await driver.prompt(PAYS);
  return { page, prompt };
}

export const refusalCases: Case[] = [
  {
    name: 'the person rejects',
    run: (bench) =>
      nothingMoves(bench, async () => {
        const { page, prompt } = await ask(bench);
        await prompt.getByRole('button', { name: 'Reject' }).click();
        const error = { name: 'RejectionError', code: 'USER_REJECTED', message: 'User rejected' };
        equal(await errorOf(page), error, 'the error');
      }),
  },
  {
    name: 'the person closes the prompt',
    run: (bench) =>
      nothingMoves(bench, async () => {
        const { page, prompt } = await ask(bench);
        await prompt.close();
        const error = { name: 'RejectionError', code: 'USER_REJECTED', message: 'Prompt was closed' };
        equal(await errorOf(page), error, 'the error');
      }),
  },
  {
    name: 'approving is not possible in the first half second and never focused by itself',
    async run(bench) {
      const { prompt, page } = await ask(bench);
      await prompt.addInitScript(() => {
        const times: number[] = [];
        const watcher = new MutationObserver(() => {
          const button = document.querySelector<HTMLButtonElement>('[data-testid=approve]');
          if (!button || (times.length === 1 && button.disabled) || times.length > 1) return;
          times.push(performance.now());
          document.documentElement.dataset['armedAfter'] = String((times[1] ?? Infinity) - times[0]!);
        });
        watcher.observe(document, { childList: true, subtree: true, attributeFilter: ['disabled'] });
      });
      await prompt.reload();
      await prompt.getByTestId('approve').and(prompt.locator(':enabled')).waitFor();
      const after = Number(await prompt.locator('html').getAttribute('data-armed-after'));
      check(after > 480 && after < Infinity, `the button was armed after ${after} ms`);
      const focused = await prompt.evaluate(() => document.activeElement?.tagName);
      check(focused !== 'BUTTON', 'a button was focused');
      await approve(prompt);
      await noted(page, 'preimage');
    },
  },
  {
    name: 'more than the balance is told in the prompt and to the page',
    async run(bench) {
      await bench.connect();
      await bench.freshWorker();
      await nothingMoves(bench, async () => {
        const page = await bench.visit('amount=90000000');
        await page.getByRole('button', { name: 'Pay' }).click();
        const prompt = await bench.driver.prompt('are missing');
        equal(await prompt.getByTestId('approve').count(), 0, 'buttons to approve');
        await prompt.getByRole('button', { name: 'Close' }).click();
        equal((await errorOf(page)).code, 'INSUFFICIENT_BALANCE', 'the code');
      });
    },
  },
  {
    name: 'two questions queue up in one window and are answered one by one',
    async run(bench) {
      const first = await ask(bench);
      const second = await bench.visit('amount=900');
      await second.getByRole('button', { name: 'Pay' }).click();
      const prompt = await bench.driver.prompt('1 of 2');
      check(await prompt.getByText(/700/).first().isVisible(), 'the older one comes first');
      await prompt.getByRole('button', { name: 'Reject' }).click();
      equal((await errorOf(first.page)).code, 'USER_REJECTED', 'the first');
      await prompt
        .getByRole('button', { name: /^Pay 900/ })
        .and(prompt.locator(':enabled'))
        .click();
      await noted(second, 'preimage');
    },
  },
  {
    name: 'a payment that finds no way is told, and the money is back',
    async run(bench) {
      const { page, prompt } = await ask(bench);
      const popup = await bench.driver.popup();
      const before = await shownBalance(popup);
      await popup.close();
      await bench.control('lightning/fail', { reason: 'NO_ROUTE' });
      await approve(prompt);
      equal((await errorOf(page)).code, 'PAYMENT_FAILED', 'the code');
      const { coins, actions } = await readBooks(bench);
      equal(actions, 0, 'actions under way');
      check(!coins.some((coin) => coin.includes(' locked ')), 'a coin stayed locked');
      equal(String(await shownBalance(await bench.driver.popup())), String(before), 'the balance');
    },
  },
];
