// Paying beyond the first look: everything there is, dear routes, held payments, addresses of the chain, scanned codes; and
// what can be seen afterwards: history, files, coins, settings.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import encodeQR from 'qr';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { check, equal } from './bench.ts';
import type { Case } from './run.ts';

const FIELD = 'Invoice or address';
const BITCOIN = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

async function type(popup: Page, text: string): Promise<void> {
  await popup.getByRole('button', { name: 'Pay', exact: true }).click();
  await popup.getByLabel(FIELD).fill(text);
}

const back = (popup: Page): Promise<void> => popup.getByRole('button', { name: 'Back', exact: true }).click();
const digits = (text: string): string => text.replace(/\D/g, '');

export const moneyCases: Case[] = [
  {
    name: 'Send all pays what is spendable, the fee included',
    async run({ driver }) {
      const popup = await driver.popup();
      await popup.getByTestId('balance').waitFor();
      const balance = digits(await popup.getByTestId('balance').innerText());
      await popup.getByRole('button', { name: 'Receive', exact: true }).click();
      const own = popup.locator('button[data-text^="tark1"]');
      const address = (await own.getAttribute('data-text'))!;
      await back(popup);
      await type(popup, address);
      await popup.getByRole('button', { name: 'Send all' }).click();
      const pay = popup.getByRole('button', { name: /^Pay .* sats$/ });
      await pay.waitFor();
      equal(
        digits(await pay.innerText()),
        balance,
        'the amount of everything to an Ark address, which has no fee',
      );
    },
  },
  {
    name: 'a payment that found no way cheap enough is offered again with its cost, and then works',
    async run({ driver, control }) {
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 4000 });
      await control('lightning/fail', { reason: 'FEE_TOO_LOW' });
      const popup = await driver.popup();
      await type(popup, bolt11);
      await popup.getByRole('button', { name: /^Pay 4.000 sats$/ }).click();
      await popup.locator('[data-status="failed"]').waitFor();
      await popup.getByRole('button', { name: /^Try again with .* more$/ }).click();
      await popup.getByText(/Another try, with .* more/).waitFor();
      await popup.getByRole('button', { name: /^Pay 4.000 sats$/ }).click();
      await popup.locator('[data-status="successful"]').waitFor();
    },
  },
  {
    name: 'a held payment is left with the popup closed, and its end is there when one comes back',
    async run({ driver, control }) {
      const held = await control<{ bolt11: string; paymentHash: string }>('invoice', {
        amountSat: 1300,
        hold: true,
      });
      const popup = await driver.popup();
      await type(popup, held.bolt11);
      await popup.getByRole('button', { name: /^Pay 1.300 sats$/ }).click();
      await popup.getByText('You can close this window').waitFor();
      await popup.close();
      const again = await driver.popup();
      const row = again.getByRole('listitem').first();
      await row.getByText('under way').waitFor();
      await row.getByRole('button').click();
      await again.getByText('You can close this window').waitFor();
      await control('lightning/settle', { paymentHash: held.paymentHash });
      await again.locator('[data-status="successful"]').waitFor();
    },
  },
  {
    name: 'a bitcoin address is paid from the balance, with fee and total before and its steps shown',
    async run({ driver, devnet }) {
      const popup = await driver.popup();
      await type(popup, `bitcoin:${BITCOIN}`);
      await popup.getByRole('heading', { name: 'Bitcoin address' }).waitFor();
      await popup.getByLabel('Amount in sats').fill('5000');
      const quote = popup.getByTestId('quote');
      await quote.getByText('your balance').waitFor();
      await quote.getByText('Fee').waitFor();
      await popup.getByRole('button', { name: /^Pay 5.000 sats$/ }).click();
      await popup.getByTestId('step').or(popup.locator('[data-status="successful"]')).first().waitFor();
      await popup.locator('[data-status="successful"]').waitFor();
      await popup.getByText('Bitcoin payment').waitFor();
      const [paid] = devnet.chain.utxos(addressToScript(BITCOIN, 'regtest'));
      equal(String(paid?.value), '5000', 'what came to the address');
    },
  },
  {
    name: 'the limits of a Lightning address are asked for at a press, and held',
    async run({ driver, control, devnet }) {
      await control('lnurl', { user: 'bob', minSat: 100, maxSat: 900, description: 'Bob of the harbour' });
      const before = devnet.lnurl.requests;
      const popup = await driver.popup();
      await type(popup, `bob@localhost:${new URL(devnet.esploraUrl).port}`);
      await popup.getByLabel('Amount in sats').fill('950');
      await popup.getByRole('button', { name: /^Pay 950/ }).waitFor();
      equal(devnet.lnurl.requests, before, 'requests before the press');
      await popup.getByRole('button', { name: /^Ask / }).click();
      const terms = popup.getByTestId('terms');
      for (const text of ['Bob of the harbour', '100 sats', '900 sats'])
        await terms.getByText(text).waitFor();
      await popup.getByRole('alert').getByText('At most 900').waitFor();
      equal(await popup.getByRole('button', { name: /^Pay / }).count(), 0, 'buttons that would pay too much');
    },
  },
  {
    name: 'a code in a picture is read, and one in front of the camera',
    async run({ driver, control }) {
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 777, memo: 'scanned' });
      const picture = Buffer.from(encodeQR(`lightning:${bolt11.toUpperCase()}`, 'gif', { scale: 4 }));
      const popup = await driver.popup();
      await popup.getByRole('button', { name: 'Pay', exact: true }).click();
      await popup.getByRole('button', { name: 'Scan a QR code' }).click();
      await popup.getByRole('button', { name: 'Open the scanner in a tab' }).waitFor();
      const file = { name: 'code.gif', mimeType: 'image/gif', buffer: picture };
      await popup.locator('input[type=file]').setInputFiles(file);
      await popup.getByText('scanned').waitFor();

      const tab = await driver.context.newPage();
      await tab.addInitScript(
        (source) => {
          const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
          const context = canvas.getContext('2d')!;
          const image = new Image();
          image.src = source;
          setInterval(() => {
            context.fillStyle = '#777';
            context.fillRect(0, 0, 640, 480);
            context.drawImage(image, 100, 20, 440, 440);
          }, 50);
          navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
        },
        `data:image/gif;base64,${picture.toString('base64')}`,
      );
      await tab.goto(`${driver.root}/popup.html#scan`);
      await tab.getByText('scanned').waitFor();
      await tab.getByRole('button', { name: /^Pay 777/ }).waitFor();
    },
  },
  {
    name: 'the history is searched and filtered, and saved as CSV and JSON',
    async run({ driver, control }) {
      const { bolt11 } = await control<{ bolt11: string }>('invoice', { amountSat: 6543 });
      const popup = await driver.popup();
      await type(popup, bolt11);
      await popup.getByRole('button', { name: /^Pay 6.543 sats$/ }).click();
      await popup.locator('[data-status="successful"]').waitFor();
      await back(popup);
      await popup.getByRole('button', { name: 'Search and export' }).click();
      // Not by its amount, which may be part of any id.
      await popup.getByLabel('Search').fill(bolt11.slice(-30));
      await popup.getByText('1 entry').waitFor();
      const saved = async (name: string): Promise<string> => {
        const download = popup.waitForEvent('download');
        await popup.getByRole('button', { name }).click();
        return readFileSync(await (await download).path(), 'utf8');
      };
      const csv = await saved('Save as CSV');
      equal(csv.trim().split('\r\n').length, 2, 'lines of the CSV file');
      check(csv.includes(bolt11), 'the invoice in the CSV file');
      const json = JSON.parse(await saved('Save as JSON')) as { sent_to: { amount_sat: number }[] }[];
      equal(
        json.map((line) => line.sent_to[0]?.amount_sat),
        [6543],
        'the JSON file',
      );
      await popup.getByLabel('State').selectOption('failed');
      await popup.getByText('Nothing fits.').waitFor();
      await popup.getByLabel('Search').fill('');
      await popup.getByLabel('State').selectOption('');
      await popup.getByLabel('Kind').selectOption('board');
      await popup.getByRole('listitem').filter({ hasText: 'Moved in from bitcoin' }).first().waitFor();
    },
  },
  {
    name: 'coins are shown with their end, and notifications and exits can be chosen',
    async run({ driver }) {
      const popup = await driver.popup();
      const settings = (): Promise<void> => popup.getByRole('button', { name: 'Settings' }).click();
      await settings();
      await popup.getByRole('button', { name: 'Look at the coins' }).click();
      await popup
        .getByText(/^Good until about .*, in \d+ blocks?$/)
        .first()
        .waitFor();
      await back(popup);
      await popup.getByLabel('Show how much it is').uncheck();
      await popup.getByLabel('Let stuck coins leave by themselves').uncheck();
      await back(popup);
      await popup.reload();
      await settings();
      const amount = popup.getByLabel('Show how much it is');
      const exit = popup.getByLabel('Let stuck coins leave by themselves');
      await amount.waitFor();
      equal([await amount.isChecked(), await exit.isChecked()], [false, false], 'what was chosen');
      await amount.check();
      await exit.check();
      await popup.getByLabel('Tell me when money arrives').uncheck();
      await amount.and(popup.locator(':disabled')).waitFor();
      await popup.getByLabel('Tell me when money arrives').check();
    },
  },
];
