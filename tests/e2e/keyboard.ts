// Every flow by keyboard alone: no click, no value that is set from outside; where the focus is, can be seen.
import type { Page } from 'playwright-core';
import { CONNECTS, launch, PASSWORD, PAYS } from '../../scripts/driver.ts';
import type { Driver } from '../../scripts/driver.ts';
import { serveShop } from '../../demo/shop/serve.ts';
import { equal, noted } from './bench.ts';
import type { Bench } from './bench.ts';
import { keysOf } from './keys.ts';
import type { Keys } from './keys.ts';
import type { Case } from './run.ts';

async function withDriver(work: (driver: Driver) => Promise<void>): Promise<void> {
  const driver = await launch({ headless: true });
  try {
    await work(driver);
  } finally {
    await driver.close();
  }
}

/** The last step of the welcome tab. */
async function finish(keys: Keys, { devnet }: Bench): Promise<void> {
  await keys.type('New password', PASSWORD);
  await keys.type('The same password again', PASSWORD);
  await keys.enter('Advanced: network and server');
  await keys.to('Network');
  await keys.press('D'); // Devnet
  await keys.type('Ark server', devnet.arkUrl);
  await keys.type('Esplora server', devnet.esploraUrl);
  await keys.press('Enter');
  await keys.reads('Your wallet is ready');
}

async function openPopup(driver: Driver): Promise<{ popup: Page; keys: Keys }> {
  const popup = await driver.popup();
  await popup.getByTestId('balance').waitFor();
  // The screens below come after the first picture: once they are here, a press changes the screen at once.
  await popup.waitForLoadState('networkidle');
  return { popup, keys: keysOf(popup) };
}

export const keyboardCases: Case[] = [
  {
    name: 'by keyboard: a wallet is created, the words proven',
    run: (bench) =>
      withDriver(async (driver) => {
        const page = await driver.welcome();
        await page.bringToFront();
        const keys = keysOf(page);
        await keys.enter('Create a new wallet');
        const items = page.getByTestId('words').getByRole('listitem');
        await items.first().waitFor();
        const words = (await items.allTextContents()).map((text) => text.replace(/[^a-z]/g, ''));
        await keys.enter('I have written them down');
        for (const field of await page.locator('[data-word]').all()) {
          const place = Number(await field.getAttribute('data-word'));
          await keys.type(new RegExp(`\\b${place}$`), words[place - 1]!);
        }
        await keys.enter('Continue');
        await finish(keys, bench);
      }),
  },
  {
    name: 'by keyboard: a wallet is restored from its words',
    run: (bench) =>
      withDriver(async (driver) => {
        const page = await driver.welcome();
        await page.bringToFront();
        const keys = keysOf(page);
        await keys.space('I have twelve words already');
        await keys.type('Twelve words', bench.words.join(' '));
        await keys.enter('Continue');
        await finish(keys, bench);
      }),
  },
  {
    name: 'by keyboard: locked, unlocked, and where one comes back to is where one left',
    async run({ driver }) {
      const { popup, keys } = await openPopup(driver);
      await keys.enter('Lock now');
      await keys.reads('Skiff is locked');
      // The field has the focus already.
      await popup.keyboard.type(PASSWORD);
      await keys.press('Enter');
      await popup.getByTestId('balance').waitFor();
      for (const [at, title] of [
        ['Settings', 'Settings'],
        ['Receive', 'Receive'],
        ['Search and export', 'Activity'],
      ] as const) {
        await keys.enter(at);
        await keys.stands(title);
        await keys.enter('Back');
        await keys.stands(at);
      }
    },
  },
  {
    name: 'by keyboard: an invoice is made, and paid; the ways of receiving change by arrow',
    async run({ driver, control }) {
      const { popup, keys } = await openPopup(driver);
      await keys.enter('Receive');
      await keys.type('Amount in sats', '1500');
      await keys.enter('Make an invoice');
      const copy = popup.locator('button[data-text^="lnbcrt"]').first();
      const invoice = (await copy.getAttribute('data-text'))!;
      await control('pay', { invoice, finalCltv: 500 });
      await keys.reads(/received$/);
      await keys.to('Ark and Lightning');
      await keys.press('ArrowLeft');
      await popup.locator('button[data-text^="bcrt1"]').waitFor();
    },
  },
  {
    name: 'by keyboard: a payment is pasted, read and sent',
    async run({ driver, control }) {
      const { popup, keys } = await openPopup(driver);
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 800, memo: 'rope' });
      await keys.enter('Pay');
      await popup.locator('textarea:focus, input:focus').waitFor(); // the screen comes a moment after the press
      await popup.keyboard.type(bolt11);
      await popup.getByRole('button', { name: /^Pay 800/ }).waitFor();
      await keys.enter(/^Pay 800/);
      await keys.reads('Preimage (proof of payment)');
    },
  },
  {
    name: 'by keyboard: a site is let in, one payment approved with Enter, one refused with the space bar',
    async run({ driver, devnet }) {
      const shop = await serveShop({ controlUrl: devnet.controlUrl });
      try {
        const page = await driver.context.newPage();
        await page.goto(`${shop.url}/?amount=600`);
        await keysOf(page).press('Tab');
        await page.keyboard.press('Enter');
        const answer = async (text: string, how: 'enter' | 'space', act: string | RegExp): Promise<void> => {
          const prompt = await driver.prompt(text);
          await prompt.bringToFront();
          await prompt.getByTestId('approve').and(prompt.locator(':enabled')).waitFor();
          const keys = keysOf(prompt);
          // Pressing what opened the window must not answer it.
          equal(await keys.at(), '', 'what has the focus as it opens');
          await prompt.keyboard.press('Enter');
          await keys[how](act);
        };
        await answer(CONNECTS, 'enter', 'Connect');
        await answer(PAYS, 'enter', /^Pay 600/);
        await noted(page, 'preimage');
        const again = await driver.context.newPage();
        await again.goto(`${shop.url}/?amount=650`);
        await again.keyboard.press('Tab');
        await again.keyboard.press('Space');
        await answer(PAYS, 'space', 'Reject');
        await noted(again, 'error');
      } finally {
        await shop.stop();
      }
    },
  },
  {
    name: 'by keyboard: settings are changed, the words are shown',
    async run({ driver }) {
      const { popup, keys } = await openPopup(driver);
      await keys.enter('Settings');
      const list = popup.getByLabel('Lock by itself after');
      await keys.to('Lock by itself after');
      await keys.press('ArrowUp');
      equal(await list.inputValue(), '5', 'minutes, one up');
      await keys.press('ArrowDown');
      equal(await list.inputValue(), '15', 'minutes, one down');
      const box = popup.getByLabel('Show how much it is');
      const before = await box.isChecked();
      await keys.space('Show how much it is');
      equal(await box.isChecked(), !before, 'the box');
      await keys.press('Space');
      await keys.enter('Allowed sites');
      await keys.stands('Sites');
      await keys.enter('Back');
      await keys.stands('Allowed sites');
      await keys.type('Password', PASSWORD);
      await keys.press('Enter');
      await popup.getByTestId('words').waitFor();
    },
  },
  {
    name: 'by keyboard: the price of an exit is asked, and everything is moved to bitcoin',
    async run({ driver }) {
      const { popup, keys } = await openPopup(driver);
      await keys.enter('Settings');
      await keys.enter('Look at the coins');
      await keys.stands('Coins');
      await keys.enter(/^Take it out through the chain/);
      await keys.enter('What would it cost?');
      await keys.reads(/Miners want about/);
      await keys.enter(/^Move to bitcoin/);
      await keys.stands('Move to bitcoin');
      await keys.to('What to move');
      await keys.press('Home');
      await keys.enter('What does it cost?');
      await keys.enter(/^Move [\d\s]+ sats$/);
      await keys.stands(/./);
      await popup.getByText('Moved out to bitcoin').first().waitFor();
    },
  },
];
