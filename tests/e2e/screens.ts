// How the screens look and read: the real pages, and every story with its made-up data, in both themes, through axe.
import { PAYS, unlock } from '../../scripts/driver.ts';
import { axeFaults } from './axe.ts';
import { check } from './bench.ts';
import type { Case } from './run.ts';
import { shoot } from './stories/shoot.ts';

export const screenCases: Case[] = [
  {
    name: 'axe finds nothing on welcome, home, pay, receive, prompt and unlock',
    async run({ driver, visit, connect, control }) {
      await connect();
      const faults: string[] = [];
      const welcome = await driver.context.newPage();
      await welcome.goto(`${driver.root}/welcome.html`);
      await welcome.getByText('already has a Skiff wallet').waitFor();
      faults.push(...(await axeFaults(welcome, 'welcome')));

      const shop = await visit('amount=700');
      await shop.getByRole('button', { name: 'Pay' }).click();
      const prompt = await driver.prompt(PAYS);
      await prompt.getByTestId('approve').and(prompt.locator(':enabled')).waitFor();
      faults.push(...(await axeFaults(prompt, 'prompt')));
      await prompt.getByRole('button', { name: 'Reject' }).click();

      const popup = await driver.popup();
      await popup.getByRole('listitem').first().waitFor();
      faults.push(...(await axeFaults(popup, 'home')));
      await popup.getByRole('button', { name: 'Pay', exact: true }).click();
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 800, memo: 'beans' });
      await popup.getByLabel('Invoice or address').fill(bolt11);
      await popup.getByRole('button', { name: /^Pay 800/ }).waitFor();
      faults.push(...(await axeFaults(popup, 'pay')));
      await popup.getByRole('button', { name: 'Back', exact: true }).click();
      await popup.getByRole('button', { name: 'Receive', exact: true }).click();
      await popup.getByRole('radio', { name: 'From bitcoin' }).check();
      await popup.locator('button[data-text^="bcrt1"]').waitFor();
      faults.push(...(await axeFaults(popup, 'receive')));
      await popup.getByRole('button', { name: 'Back', exact: true }).click();
      await popup.getByRole('button', { name: 'Lock now' }).click();
      await popup.getByText('Skiff is locked').waitFor();
      faults.push(...(await axeFaults(popup, 'unlock')));
      await unlock(popup);
      await popup.getByTestId('balance').waitFor();
      check(faults.length === 0, faults.join('\n'));
    },
  },
  {
    name: 'every screen is accessible and fits its window, in light and dark',
    ms: 900_000,
    async run() {
      const { drawn, faults } = await shoot();
      check(drawn > 40, 'the stories are gone');
      check(faults.length === 0, faults.join('\n'));
    },
  },
];
