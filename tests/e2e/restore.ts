// The way back: twelve words in another browser.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { bitcoinAddress, createWallet, launch, PASSWORD, waitForBalance } from '../../scripts/driver.ts';
import type { Driver } from '../../scripts/driver.ts';
import { axeFaults } from './axe.ts';
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
        await popup.getByRole('button', { name: 'Settings' }).click();
        const download = popup.waitForEvent('download');
        await popup.getByRole('button', { name: 'Save a backup file' }).click();
        const backup = readFileSync(await (await download).path());
        check(!backup.includes('board'), 'the backup file can be read');
        return { words, address, balance, backup };
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
        const file = { name: 'skiff-backup.json', mimeType: 'application/json', buffer: made.backup };
        await page.locator('input[type=file]').setInputFiles(file);
        await page.getByText('skiff-backup.json').waitFor();
        await page.getByText('Advanced: network and server').click();
        await page.getByLabel('Network').selectOption('regtest');
        await page.getByLabel('Ark server').fill(devnet.arkUrl);
        await page.getByLabel('Esplora server').fill(devnet.esploraUrl);
        await page.getByRole('button', { name: 'Open my wallet' }).click();
        await page.getByRole('heading', { name: 'Your wallet is ready' }).waitFor();
        const popup = await driver.popup();
        equal(String(await waitForBalance(popup, made.balance)), String(made.balance), 'the balance');
        // What the words do not bring back, from the file.
        await popup.getByRole('listitem').filter({ hasText: 'Moved in from bitcoin' }).waitFor();
        await popup.getByRole('button', { name: 'What was found' }).click();
        await popup.getByRole('heading', { name: 'Restored coins' }).waitFor();
        await popup.getByText(/^1 coin, .*sats$/).waitFor();
        await popup.getByText('Everything that the server told of has an answer.').waitFor();
        const faults = await axeFaults(popup, 'report');
        check(faults.length === 0, faults.join('\n'));
        await popup.getByRole('button', { name: 'Look again' }).click();
        await popup.getByRole('button', { name: 'Look again' }).waitFor();
        // A file that is none is refused in words.
        const junk = { ...file, buffer: Buffer.from('{}') };
        await popup.locator('input[type=file]').setInputFiles(junk);
        await popup.getByRole('alert').getByText('no backup of Skiff').waitFor();
        await popup.locator('input[type=file]').setInputFiles(file);
        await popup.getByText('Everything in this file is here already.').waitFor();
        await popup.getByRole('button', { name: 'Done' }).click();
        await popup.getByTestId('balance').waitFor();
        equal(await popup.getByRole('button', { name: 'What was found' }).count(), 0, 'notices that stay');
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
