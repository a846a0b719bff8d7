// The published bitcoin-connect (npm) in a page of this machine: the library that most sites reach a wallet through.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { approve, CONNECTS, PAYS, unlock, until } from '../../scripts/driver.ts';
import { check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

const HERE = new URL('bitcoin-connect/', import.meta.url);

async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      modulePreload: false,
      rolldownOptions: {
        input: new URL('page.ts', HERE).pathname,
        output: { format: 'es', codeSplitting: false },
      },
    },
  });
  const [output] = [result].flat();
  if (!output || !('output' in output)) throw new Error('the page could not be bundled');
  return output.output[0].code;
}

async function serve(): Promise<{ url: string; stop(): Promise<void> }> {
  const script = await bundle();
  const page = readFileSync(new URL('index.html', HERE));
  const server = createServer((req, res) => {
    const isScript = req.url?.startsWith('/page.js');
    res.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const reaches = (page: Page, state: string): Promise<unknown> =>
  page.waitForFunction((wanted) => document.body.dataset['state'] === wanted, state);

const remembered = (page: Page): Promise<string | null> =>
  page.evaluate(() => localStorage.getItem('bc:config'));

const promptOpen = ({ driver }: Bench): boolean =>
  driver.context.pages().some((p) => p.url().includes('prompt.html'));

/** The window of an answered question closes by itself, a moment after the page has its answer. */
const promptClosed = (bench: Bench) =>
  until(() => (promptOpen(bench) ? undefined : true), 'the end of the prompt');

export const connectCases: Case[] = [
  {
    name: 'bitcoin-connect connects to Skiff, pays, and survives a reload while the wallet is locked',
    async run(bench) {
      const { driver, control } = bench;
      const site = await serve();
      try {
        const { bolt11, preimage } = await control<{ bolt11: string; preimage: string }>('invoice', {
          amountSat: 1300,
        });
        const page = await driver.context.newPage();
        await page.goto(`${site.url}/?invoice=${bolt11}`);
        await page.getByText('Connect Wallet').first().click();
        await page.getByText('Extension').first().click();
        const connect = await driver.prompt(CONNECTS);
        equal(await connect.getByTestId('origin').innerText(), site.url, 'the origin in the prompt');
        await approve(connect);
        await reaches(page, 'connected');

        await promptClosed(bench);
        await page.keyboard.press('Escape');
        await page.reload();
        await reaches(page, 'connected');
        check(!promptOpen(bench), 'a reload opened a prompt');
        await page.getByRole('button', { name: 'Pay' }).click();
        await page.getByText('Confirm Payment').click();
        await approve(await driver.prompt(PAYS));
        await page.waitForFunction(() => document.body.dataset['preimage']);
        equal(await page.locator('body').getAttribute('data-preimage'), preimage, 'the proof of payment');

        await promptClosed(bench);
        const popup = await driver.popup();
        await popup.getByRole('button', { name: 'Lock now' }).click();
        await popup.getByText('Skiff is locked').waitFor();
        await page.reload();
        await reaches(page, 'connecting');
        await driver.killWorker();
        check((await remembered(page)) !== null, 'the page forgot the wallet while it was locked');
        check(!promptOpen(bench), 'a reload of a page opened a window over a locked wallet');
        await unlock(popup);
        await reaches(page, 'connected');
        check((await remembered(page)) !== null, 'the page forgot the wallet');
      } finally {
        await site.stop();
      }
    },
  },
];
