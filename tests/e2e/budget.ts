// Budgets: given in the prompt, spent without it, and taken back. Each case has a shop of its own, which is a site that
// the wallet has never seen.
import type { Page } from 'playwright-core';
import { serveShop } from '../../demo/shop/serve.ts';
import { approve, CONNECTS, PAYS } from '../../scripts/driver.ts';
import { callWebln, check, equal, noted } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

interface NewShop {
  origin: string;
  /** A page of it, with the button pressed. */
  buy(amount: number): Promise<Page>;
}

async function withShop({ devnet, driver }: Bench, work: (shop: NewShop) => Promise<void>): Promise<void> {
  const shop = await serveShop({ controlUrl: devnet.controlUrl });
  try {
    await work({
      origin: shop.url,
      async buy(amount) {
        const page = await driver.context.newPage();
        await page.goto(`${shop.url}/?amount=${amount}`);
        await page.getByRole('button', { name: 'Pay' }).click();
        return page;
      },
    });
  } finally {
    await shop.stop();
  }
}

const promptOpen = ({ driver }: Bench): boolean =>
  driver.context.pages().some((p) => p.url().includes('prompt.html'));

/** Buys once and gives the shop a budget with it; the window is gone afterwards. */
async function giveBudget({ driver }: Bench, shop: NewShop, limit: number): Promise<void> {
  const page = await shop.buy(1000);
  await approve(await driver.prompt(CONNECTS));
  const prompt = await driver.prompt(PAYS);
  await prompt.getByLabel('Let this site pay without asking').check();
  await prompt.getByLabel('Without asking, up to').fill('');
  check((await prompt.getByTestId('approve').count()) === 0, 'a budget of nothing can be approved');
  await prompt.getByLabel('Without asking, up to').fill(String(limit));
  await prompt.getByLabel('Each').selectOption('Day');
  const closed = prompt.waitForEvent('close');
  await approve(prompt);
  await noted(page, 'preimage');
  await closed;
}

/** Settings › Sites, and what it says of this site. */
async function sitesPage({ driver }: Bench, origin: string) {
  const popup = await driver.popup();
  await popup.getByRole('button', { name: 'Settings' }).click();
  await popup.getByRole('button', { name: 'Allowed sites' }).click();
  const card = popup.getByRole('listitem').filter({ has: popup.getByRole('heading', { name: origin }) });
  return { popup, card };
}

const digits = (text: string): number[] =>
  [...text.matchAll(/\d[\d\u202f]*/g)].map(([figure]) => Number(figure.replaceAll('\u202f', '')));

export const budgetCases: Case[] = [
  {
    name: 'a budget given in the prompt pays silently within it, asks above it, and shows in Sites and in the history',
    run: (bench) =>
      withShop(bench, async (shop) => {
        await giveBudget(bench, shop, 3000);
        const opened: string[] = [];
        bench.driver.context.on('page', (page) => opened.push(page.url()));
        const silent = await shop.buy(1500);
        await noted(silent, 'preimage');
        check(!promptOpen(bench) && !opened.some((url) => url.includes('prompt')), 'a prompt opened');

        const { popup, card } = await sitesPage(bench, shop.origin);
        const [spent = 0, left = 0] = digits(await card.getByTestId('budget').innerText());
        check(spent >= 1500 && spent < 1600, `${spent} spent: the first purchase was asked about`);
        equal(spent + left, 3000, 'spent and left');
        await popup.getByRole('button', { name: 'Back', exact: true }).click();
        await popup.getByRole('button', { name: 'Back', exact: true }).click();
        const newest = popup.getByRole('listitem').first();
        await newest.getByText(/1.5\d\d.sats/).waitFor();
        check((await newest.innerText()).includes(new URL(shop.origin).host), 'the site is in the history');
        await popup.close();

        const above = await shop.buy(1500);
        const prompt = await bench.driver.prompt('not covered by what is left');
        equal(
          digits(await prompt.getByText('not covered').innerText()),
          [left],
          'what is left, in the prompt',
        );
        await approve(prompt);
        await noted(above, 'preimage');
      }),
  },
  {
    name: 'two tabs cannot overspend a budget together',
    run: (bench) =>
      withShop(bench, async (shop) => {
        await giveBudget(bench, shop, 2500);
        const pages = await Promise.all([shop.buy(1500), shop.buy(1500)]);
        const prompt = await bench.driver.prompt('not covered by what is left');
        const paid = async (): Promise<number> =>
          (await Promise.all(pages.map((p) => p.evaluate(() => document.body.dataset['preimage'])))).filter(
            Boolean,
          ).length;
        await Promise.any(pages.map((page) => noted(page, 'preimage')));
        equal(await paid(), 1, 'purchases without a question');
        await prompt.getByRole('button', { name: 'Reject' }).click();
        await Promise.any(pages.map((page) => noted(page, 'error')));
        equal(await paid(), 1, 'purchases in the end');
      }),
  },
  {
    name: 'a budget is changed and removed, and a site blocked and unblocked, in Settings',
    run: (bench) =>
      withShop(bench, async (shop) => {
        await giveBudget(bench, shop, 1200);
        const { popup, card } = await sitesPage(bench, shop.origin);
        await card.getByRole('button', { name: 'Change budget' }).click();
        await card.getByLabel('Without asking, up to').fill('5000');
        await card.getByLabel('At most at once').fill('2000');
        await card.getByRole('button', { name: 'Save budget' }).click();
        await card.getByText('at most 2\u202f000').waitFor();
        await noted(await shop.buy(1800), 'preimage');
        const page = await shop.buy(2100);
        await (await bench.driver.prompt('not covered')).close();
        equal((JSON.parse(await noted(page, 'error')) as { code: string }).code, 'USER_REJECTED', 'the code');

        await card.getByRole('button', { name: 'Change budget' }).click();
        await card.getByRole('button', { name: 'Remove budget' }).click();
        await card.getByRole('button', { name: 'Give a budget' }).waitFor();
        await card.getByRole('button', { name: 'Block' }).click();
        await popup.getByText('will not ask again').waitFor();
        const error = { name: 'RejectionError', code: 'USER_REJECTED', message: 'User rejected' };
        for (const method of ['enable', 'getBalance'])
          equal(await callWebln(page, method), { error }, `${method} of a blocked site`);
        equal(await callWebln(page, 'isEnabled'), false, 'isEnabled of a blocked site');
        check(!promptOpen(bench), 'a blocked site opened a prompt');
        await popup.getByRole('button', { name: `Unblock ${shop.origin}` }).click();
        await popup.getByText('must ask you again').waitFor();
        const unknown = await shop.buy(500);
        await (await bench.driver.prompt(CONNECTS)).close();
        await noted(unknown, 'error');
        await bench.freshWorker(); // It remembers who was refused.
      }),
  },
];
