// The vault as a person meets it: time runs out, two windows, wrong passwords, another password, a report, the end.
import type { Page } from 'playwright-core';
import { createWallet, launch, PASSWORD, unlock } from '../../scripts/driver.ts';
import { axeFaults } from './axe.ts';
import { check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import { alarmTime, back, endTime, forgiveTries, openDesk, ring, rows, session, shortcuts } from './desk.ts';
import type { Case } from './run.ts';

const NEXT = 'gravel onion seventeen lamp';

async function locked(popup: Page): Promise<void> {
  await popup.getByText('Skiff is locked').waitFor();
  check(!(await popup.locator('body').innerText()).match(/sats/), 'a locked popup shows an amount');
}
const open = (popup: Page): Promise<void> => popup.getByTestId('balance').waitFor();

async function settings({ driver }: Pick<Bench, 'driver'>): Promise<Page> {
  const popup = await driver.popup();
  await open(popup);
  await popup.getByRole('button', { name: 'Settings' }).click();
  await popup.getByRole('button', { name: 'Change the password' }).waitFor();
  return popup;
}

async function changePassword(popup: Page, from: string, to: string): Promise<void> {
  await popup.getByRole('button', { name: 'Change the password' }).click();
  await popup.getByLabel('Present password').fill(from);
  await popup.getByLabel('New password').fill(to);
  await popup.getByLabel('The same password again').fill(to);
  await popup.getByRole('button', { name: 'Save the new password' }).click();
}

async function tryPassword(popup: Page, password: string, answer: string | RegExp): Promise<void> {
  await popup.getByLabel('Password').fill(password);
  await popup.getByRole('button', { name: 'Unlock' }).click();
  await popup.getByText(answer).waitFor();
}

export const vaultCases: Case[] = [
  {
    name: 'the time runs out while the worker is dead: the alarm wakes it to lock, and until then no window is open',
    async run({ driver }) {
      const desk = await openDesk(driver);
      await driver.killWorker();
      await endTime(desk);
      const popup = await driver.popup();
      await locked(popup);
      await unlock(popup);
      await open(popup);
      await popup.close();
      await driver.killWorker();
      await endTime(desk);
      await ring(desk, 'lock');
      for (let i = 0; (await session(desk)) !== undefined; i++) {
        check(i < 600, 'the data key is still in the session');
        await desk.waitForTimeout(50);
      }
      const again = await driver.popup();
      await locked(again);
      await unlock(again);
      await open(again);
    },
  },
  {
    name: 'it locks after a minute, or when the browser closes, as was chosen; a shortcut locks at once',
    async run(bench) {
      const desk = await openDesk(bench.driver);
      const popup = await settings(bench);
      const choice = popup.getByLabel('Lock by itself after');
      const left = async (): Promise<number | undefined> => {
        const kept = await session(desk);
        check(kept !== undefined, 'it is locked');
        return kept.deadline === undefined ? undefined : Math.ceil((kept.deadline - Date.now()) / 60_000);
      };
      const becomes = async (text: string, minutes: number | undefined): Promise<void> => {
        await choice.selectOption(text);
        for (let i = 0; (await left()) !== minutes; i++) {
          check(i < 200, `the time after choosing "${text}" is ${await left()} min`);
          await desk.waitForTimeout(50);
        }
      };
      await becomes('1 minute', 1);
      await becomes('the browser closes', undefined);
      await becomes('15 minutes', 15);
      const lock = (await shortcuts(desk)).find(({ name }) => name === 'lock');
      equal(lock?.shortcut, 'Alt+Shift+L', 'the shortcut');
      equal(lock?.description, 'Lock the wallet now', 'its description');
      await popup.getByText('Alt+Shift+L locks at once').waitFor();
    },
  },
  {
    name: 'of two windows each is locked and opened with the other, and a new password counts for both',
    async run(bench) {
      const first = await settings(bench);
      const second = await bench.driver.popup();
      await open(second);
      await changePassword(first, PASSWORD, 'Bitcoin2026!');
      await first.getByText('One of the first that a thief tries').waitFor();
      await first.getByLabel('New password').fill(NEXT);
      await first.locator('[data-strength="fair"]').waitFor();
      await first.getByLabel('The same password again').fill(NEXT);
      const faults = await axeFaults(first, 'settings');
      check(faults.length === 0, faults.join('\n'));
      await first.getByRole('button', { name: 'Save the new password' }).click();
      await first.getByText('The password was changed').waitFor();
      await second.getByRole('button', { name: 'Lock now' }).click();
      await locked(first);
      await locked(second);
      await tryPassword(second, PASSWORD, 'This is not the password');
      await second.getByLabel('Password').fill(NEXT);
      await second.getByRole('button', { name: 'Unlock' }).click();
      await open(second);
      await first.close();
      const again = await settings(bench);
      await changePassword(again, NEXT, PASSWORD);
      await again.getByText('The password was changed').waitFor();
    },
  },
  {
    name: 'five wrong passwords make the right one wait, over the death of the worker, and words need the same',
    async run({ driver }) {
      const desk = await openDesk(driver);
      const popup = await driver.popup();
      await open(popup);
      await popup.getByRole('button', { name: 'Lock now' }).click();
      await locked(popup);
      for (let i = 0; i < 5; i++) {
        await popup.getByLabel('Password').fill(`wrong ${i}`);
        await popup.getByRole('button', { name: 'Unlock' }).click();
        await popup
          .getByRole('button', { name: 'Unlock', exact: true })
          .and(popup.locator(':enabled'))
          .waitFor();
        await popup.getByText('This is not the password').waitFor();
      }
      await driver.killWorker();
      await tryPassword(popup, PASSWORD, /Too many wrong passwords. Try again in \d+ seconds/);
      await forgiveTries(desk);
      await unlock(popup);
      await open(popup);
    },
  },
  {
    name: 'words that were copied are gone from the clipboard a minute later, though popup and worker are dead',
    async run(bench) {
      const { driver, words } = bench;
      const popup = await settings(bench);
      await popup.locator('form', { hasText: 'Recovery words' }).getByLabel('Password').fill(PASSWORD);
      await popup.getByRole('button', { name: 'Show the words' }).click();
      await popup.getByRole('button', { name: 'Copy the words' }).click();
      await popup.getByText('The clipboard is emptied in a minute').waitFor();
      await popup.close();
      const page = await bench.visit();
      await page.evaluate(() => document.body.append(document.createElement('textarea')));
      const field = page.locator('textarea').last();
      const clipboard = async (): Promise<string> => {
        await page.bringToFront();
        await field.fill('');
        await field.focus();
        await page.keyboard.press('Control+V');
        return field.inputValue();
      };
      equal(await clipboard(), words.join(' '), 'the clipboard');
      const desk = await openDesk(driver);
      const due = await alarmTime(desk, 'clipboard');
      check(due !== undefined && due - Date.now() <= 60_000, 'nothing will empty it');
      await driver.killWorker();
      await ring(desk, 'clipboard');
      for (let i = 0; (await clipboard()) !== ' '; i++) {
        check(i < 200, 'the words are still in the clipboard');
        await page.waitForTimeout(50);
      }
    },
  },
  {
    name: 'the report names no word, key, address, amount or site',
    async run(bench) {
      await bench.connect();
      const popup = await settings(bench);
      await popup.getByRole('button', { name: 'Make a report' }).click();
      const report = await popup.getByTestId('report').inputValue();
      check(report.includes('"report": "skiff diagnostics 1"'), 'there is no report');
      const desk = await openDesk(bench.driver);
      // Whatever in the database is long, or has digits, tells something.
      const stored = (await rows(desk)).match(/"(?:[^"\\]|\\.)*"(?!:)|\d{4,}n/g) ?? [];
      const telling = stored
        .map((text) => text.replace(/^"|["n]$/g, ''))
        .filter(
          (text) =>
            /^\d{4,}$/.test(text) || (text.length > 12 && /[\d:/.]/.test(text) && !/^bark\./.test(text)),
        );
      check(telling.length > 20, 'the database was not read');
      const secret = [
        ...telling,
        bench.words.slice(0, 3).join(' '),
        PASSWORD,
        bench.shop.url,
        bench.devnet.arkUrl,
      ];
      const told = secret.filter((text) => report.includes(text));
      equal(told, [], 'what the report tells');
    },
  },
  {
    name: 'after a restart of the browser it is locked; it is removed only with password and word, and nothing is left',
    ms: 300_000, // two wallets are made, in a browser that starts twice
    async run({ devnet }) {
      let driver = await launch({ headless: true });
      try {
        await createWallet(driver, devnet);
        driver = await driver.restart();
        const popup = await driver.popup();
        await locked(popup);
        await unlock(popup);
        await open(popup);
        await popup.getByRole('button', { name: 'Settings' }).click();
        await popup.getByRole('button', { name: 'Remove the wallet from this browser' }).click();
        const remove = popup.getByRole('button', { name: 'Remove it' });
        await popup.getByLabel('Type “remove” to confirm').fill('remove');
        check(await remove.isDisabled(), 'it can be removed without the password');
        await popup.locator('form', { has: remove }).getByLabel('Password').fill('not the one');
        await remove.click();
        await popup.getByText('This is not the password').waitFor();
        await popup.locator('form', { has: remove }).getByLabel('Password').fill(PASSWORD);
        const closed = popup.waitForEvent('close');
        await remove.click();
        await closed;
        await back(driver);
        const empty = await driver.popup();
        await empty.getByText('There is no wallet in this browser yet').waitFor();
        const desk = await openDesk(driver);
        equal(await session(desk), undefined, 'the session');
        check(!/[0-9a-f]{32}|"key"/.test(await rows(desk)), 'something of the wallet is left');

        // A forgotten password: the same from the locked screen, with the word alone.
        await createWallet(driver, devnet);
        const again = await driver.popup();
        await again.getByRole('button', { name: 'Lock now' }).click();
        await again.getByRole('button', { name: 'Forgot the password?' }).click();
        await again.getByLabel('Type “remove” to confirm').fill('remove');
        const gone = again.waitForEvent('close');
        await again.getByRole('button', { name: 'Remove it' }).click();
        await gone;
        await back(driver);
        await (await driver.popup()).getByText('There is no wallet in this browser yet').waitFor();
      } finally {
        await driver.close();
      }
    },
  },
];
