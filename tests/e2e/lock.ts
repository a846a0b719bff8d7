// A locked wallet.
import type { Page } from 'playwright-core';
import { approve, PAYS, unlock } from '../../scripts/driver.ts';
import { check, equal, noted } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

/** Connects the shop, then locks. */
async function lock({ driver, connect }: Bench): Promise<void> {
  await connect();
  const popup = await driver.popup();
  await popup.getByRole('button', { name: 'Lock now' }).click();
  await popup.getByText('Skiff is locked').waitFor();
  check(!(await popup.locator('body').innerText()).match(/sats/), 'a locked popup shows an amount');
  await popup.close();
}

/** A page of the connected shop that asked at load and waits for the unlock. */
async function parked(bench: Bench): Promise<Page> {
  await lock(bench);
  const page = await bench.visit('eager');
  for (const end = Date.now() + 10_000; (await bench.badge()) !== '1'; await page.waitForTimeout(50))
    check(Date.now() < end, 'the badge never counted the site');
  return page;
}

const promptOpen = ({ driver }: Bench): boolean =>
  driver.context.pages().some((p) => p.url().includes('prompt.html'));

export const lockCases: Case[] = [
  {
    name: 'a known site that asks a locked wallet at page load waits without a window, until the unlock',
    async run(bench) {
      const page = await parked(bench);
      check(!promptOpen(bench), 'a window opened');
      equal(await page.locator('body').getAttribute('data-error'), null, 'a refusal');
      await unlock(await bench.driver.popup());
      await noted(page, 'enabled');
    },
  },
  {
    name: 'it waits also over the death of the worker',
    async run(bench) {
      const page = await parked(bench);
      await bench.driver.killWorker();
      await unlock(await bench.driver.popup());
      await noted(page, 'enabled');
    },
  },
  {
    name: 'Pay on a locked wallet asks for the password first, then pays',
    async run(bench) {
      await lock(bench);
      const page = await bench.visit('amount=600');
      await page.getByRole('button', { name: 'Pay' }).click();
      await unlock(await bench.driver.prompt('Skiff is locked'));
      await approve(await bench.driver.prompt(PAYS));
      await noted(page, 'preimage');
    },
  },
  {
    name: 'a wrong password does not unlock',
    async run(bench) {
      await lock(bench);
      const popup = await bench.driver.popup();
      await popup.getByLabel('Password').fill('not the password');
      await popup.getByRole('button', { name: 'Unlock' }).click();
      await popup.getByText('This is not the password').waitFor();
      await unlock(popup);
      await popup.getByTestId('balance').waitFor();
    },
  },
];
