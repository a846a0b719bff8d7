// The way back: twelve words in another browser.
import type { Page } from 'playwright-core';
import { bitcoinAddress, createWallet, launch, PASSWORD, waitForBalance } from '../../scripts/driver.ts';
import type { Driver } from '../../scripts/driver.ts';
import { check, equal } from './bench.ts';
import type { Case } from './run.ts';

/** The welcome tab, at the question for the words. */
async function askedForWords(driver: Driver): Promise<Page> {
  const page = await driver.welcome();
  await page.getByRole('button', { name: 'I have twelve words already' }).click();
  return page;
}

async function withDriver<T>(work: (driver: Driver) => Promise<T>): Promise<T> {
  const driver = await launch({ headless: true });
  try {
    return await work(driver);
  } finally {
    await driver.close();
  }
}

export const restoreCases: Case[] = [
  {
    name: 'the twelve words give the same keys and the same coins in another browser',
    async run({ devnet }) {
      const made = await withDriver(async (driver) => {
        const words = await createWallet(driver, devnet);
        const popup = await driver.popup();
        const address = await bitcoinAddress(popup);
        devnet.chain.fund(address, 100_000n);
        const miner = setInterval(() => devnet.chain.mine(1), 500);
        const balance = await waitForBalance(popup, 90_000n).finally(() => clearInterval(miner));
        return { words, address, balance };
      });
      const again = await withDriver(async (driver) => {
        const page = await askedForWords(driver);
        const field = page.getByLabel('Twelve words');
        await field.fill('zoo '.repeat(12));
        await page.getByRole('button', { name: 'Continue' }).click();
        await page.getByText('These are not twelve valid words').waitFor();
        await field.fill(` ${made.words.join('\n').toUpperCase()} `);
        await page.getByRole('button', { name: 'Continue' }).click();
        await page.getByLabel('New password').fill(PASSWORD);
        await page.getByLabel('The same password again').fill(PASSWORD);
        await page.getByText('Advanced: network and server').click();
        await page.getByLabel('Network').selectOption('regtest');
        await page.getByLabel('Ark server').fill(devnet.arkUrl);
        await page.getByLabel('Esplora server').fill(devnet.esploraUrl);
        await page.getByRole('button', { name: 'Open my wallet' }).click();
        await page.getByRole('heading', { name: 'Your wallet is ready' }).waitFor();
        const popup = await driver.popup();
        equal(String(await waitForBalance(popup, made.balance)), String(made.balance), 'the balance');
        return bitcoinAddress(popup);
      });
      equal(again, made.address, 'the first bitcoin address');
    },
  },
  {
    name: 'a server that cannot be reached is told before anything is made',
    async run() {
      await withDriver(async (driver) => {
        const nowhere = { arkUrl: 'http://127.0.0.1:9', esploraUrl: 'http://127.0.0.1:9' };
        const problem = await createWallet(driver, nowhere).then(
          () => 'none',
          (e: Error) => e.message,
        );
        check(/reach/i.test(problem), `the problem: ${problem}`);
        const popup = await driver.popup();
        await popup.getByText('There is no wallet in this browser yet').waitFor();
      });
    },
  },
];
