// Where the provider appears, and how it behaves towards a page.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { approve, CONNECTS, PAYS } from '../../scripts/driver.ts';
import { callWebln, check, equal, noted } from './bench.ts';
import type { Case } from './run.ts';

/** Serves one page on this machine, under any local name. */
async function serve(html: string): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((_req, res) => res.setHeader('content-type', 'text/html').end(html));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const pageCases: Case[] = [
  {
    name: 'a page that another wallet has taken still finds Skiff by its announcement',
    async run({ driver }) {
      const site = await serve(`<script>
        heard = [];
        addEventListener('webln:announceProvider', (e) => heard.push(e.detail));
        window.webln = 'another wallet';
        dispatchEvent(new Event('webln:requestProvider'));
      </script>`);
      try {
        const page = await driver.context.newPage();
        await page.goto(`http://127.0.0.1:${site.port}/`);
        const found = await page.evaluate(async () => {
          type Heard = { info: { name: string }; provider: { isEnabled(): Promise<boolean> } };
          const { heard } = window as unknown as { heard: Heard[] };
          return [heard.length, heard[0]?.info.name, await heard[0]?.provider.isEnabled()];
        });
        equal(found, [1, 'Skiff', false], 'announcements, the name, an answer');
      } finally {
        await site.stop();
      }
    },
  },
  {
    name: 'the port of the bridge never reaches the page',
    async run({ driver }) {
      const site = await serve(
        '<script>window.heard = []; addEventListener("message", (e) => heard.push(String(e.data)), true)</script>',
      );
      try {
        const page = await driver.context.newPage();
        await page.goto(`http://127.0.0.1:${site.port}/`);
        equal(await callWebln(page, 'isEnabled'), false, 'the first answer over the port');
        equal(
          await page.evaluate(() => (window as unknown as { heard: string[] }).heard),
          [],
          'messages the page heard',
        );
      } finally {
        await site.stop();
      }
    },
  },
  {
    name: 'a sandboxed frame gets no provider',
    async run({ driver }) {
      const inner = await serve('<title>inner</title>');
      const site = await serve(
        `<iframe sandbox="allow-scripts" src="http://localhost:${inner.port}/"></iframe>`,
      );
      try {
        const page = await driver.context.newPage();
        await page.goto(`http://127.0.0.1:${site.port}/`);
        const frame = page.frames()[1]!;
        await frame.waitForLoadState();
        equal(await frame.evaluate(() => 'webln' in window), false, 'webln in an opaque origin');
      } finally {
        await site.stop();
        await inner.stop();
      }
    },
  },
  {
    name: 'a checkout frame of another origin pays only after a prompt that names both',
    async run({ driver, shop }) {
      const shopPort = new URL(shop.url).port;
      const site = await serve(
        `<iframe style="width:600px;height:600px" src="http://localhost:${shopPort}/?amount=400"></iframe>`,
      );
      try {
        const page = await driver.context.newPage();
        await page.goto(`http://127.0.0.1:${site.port}/`);
        const frame = page.frameLocator('iframe');
        await frame.getByRole('button', { name: 'Pay' }).click();
        const connect = await driver.prompt(CONNECTS);
        await connect.getByText(`in a frame of http://127.0.0.1:${site.port}`).waitFor();
        check(
          (await connect.getByTestId('origin').innerText()).includes(`localhost:${shopPort}`),
          'the frame’s origin',
        );
        await approve(connect);
        const prompt = await driver.prompt(PAYS);
        check(await prompt.getByTestId('top-origin').isVisible(), 'the top page is named');
        await approve(prompt);
        await page.frames()[1]!.waitForFunction(() => document.body.dataset['preimage']);
      } finally {
        await site.stop();
      }
    },
  },
  {
    name: 'a site of another port is another site and asks anew',
    async run({ driver, shop, visit, connect }) {
      await connect();
      const page = await visit('eager');
      equal(await noted(page, 'enabled'), 'true', 'the known site');
      await page.goto(`${shop.url.replace('127.0.0.1', 'localhost')}/`);
      const enabled = await page.evaluate(() =>
        (window as unknown as { webln: { isEnabled(): Promise<boolean> } }).webln.isEnabled(),
      );
      equal(enabled, false, 'isEnabled under another name');
      check(
        !driver.context.pages().some((p) => p.url().includes('prompt.html')),
        'isEnabled opened a prompt',
      );
    },
  },
];
