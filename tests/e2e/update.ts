// Another version of Skiff comes: in the middle of a payment, or with a database that this one does not know.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approve, createWallet, launch, PAYS, unlock, until } from '../../scripts/driver.ts';
import { callWebln, check, equal } from './bench.ts';
import { readBooks } from './books.ts';
import { back, openDesk, reloadExtension, rows, session, touch, upgrade } from './desk.ts';
import type { Case } from './run.ts';

interface Invoice {
  bolt11: string;
  paymentHash: string;
}

/** The extension's folder holds this version from now on, as the browser finds it when it reloads. */
function setVersion(folder: string, version: string): void {
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  writeFileSync(file, JSON.stringify({ ...manifest, version }));
}

export const updateCases: Case[] = [
  {
    name: 'the extension is updated and rolled back while a payment is held: it ends once, after the unlock',
    async run(bench) {
      const { driver, control, devnet, visit } = bench;
      await bench.connect();
      const { version } = JSON.parse(readFileSync(join(driver.extension, 'manifest.json'), 'utf8')) as {
        version: string;
      };
      const before = await readBooks(bench);
      const { bolt11, paymentHash } = await control<Invoice>('invoice', { amountSat: 1300, hold: true });
      const page = await visit();
      await page.getByRole('heading').click();
      // The page was loaded before the update: it may hear the end, or that nobody answers any more.
      const paid = callWebln(page, 'sendPayment', bolt11).catch(() => undefined);
      await approve(await driver.prompt(PAYS));
      await until(() => devnet.lightning.invoice(paymentHash)?.state === 'held' || undefined, 'the payment');
      for (const next of ['9.0.0', version]) {
        setVersion(driver.extension, next);
        await reloadExtension(await openDesk(driver));
        await back(driver);
        const popup = await driver.popup();
        await popup.getByText('Skiff is locked').waitFor();
        await unlock(popup);
        await popup.getByTestId('balance').waitFor();
        await popup.locator('[data-status="pending"]').first().waitFor();
        await popup.close();
      }
      await control('lightning/settle', { paymentHash });
      const popup = await driver.popup();
      await popup.getByText('Lightning payment').first().waitFor();
      await popup.locator('[data-status="pending"]').first().waitFor({ state: 'detached' });
      const { coins, actions, movements, paid: receipts } = await readBooks(bench);
      equal(
        [actions, movements - before.movements, receipts - before.paid],
        [0, 1, 1],
        'actions under way, lines of history, receipts',
      );
      check(!coins.some((coin) => coin.includes(' locked ')), 'a coin stayed locked');
      console.log('     the page of before hears', JSON.stringify(await paid));
    },
  },
  {
    name: 'a newer Skiff upgrades the database under open windows: they let go and say so, and this version refuses it untouched',
    async run({ devnet }) {
      const driver = await launch({ headless: true });
      try {
        await createWallet(driver, devnet);
        const popup = await driver.popup();
        await popup.getByTestId('balance').waitFor();
        const desk = await openDesk(driver);
        await upgrade(desk); // ends only when every other context has let go
        await popup.getByText('Skiff cannot open the wallet').waitFor();
        await popup.getByText('Close it and open Skiff again').waitFor();
        // What else is heard does not bring back a picture of what cannot be read.
        await touch(desk);
        await session(popup);
        check(
          await popup.getByText('Skiff cannot open the wallet').isVisible(),
          'the fault is shown no more',
        );
        const before = await rows(desk);
        await driver.killWorker();
        await popup.getByRole('button', { name: 'Try again' }).click();
        await popup.getByText('last used by a newer Skiff').waitFor();
        await popup.getByText('your money is safe').waitFor();
        equal(await rows(desk), before, 'the rows');
      } finally {
        await driver.close();
      }
    },
  },
];
