// The store on real IndexedDB: the whole conformance suite inside Chromium, and what only a browser can show.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSER_FLAGS, lookForChromium } from '../../scripts/chromium.ts';
import type { StorePage } from '../unit/store/in-browser.ts';

declare global {
  interface Window {
    store: StorePage;
  }
}

let browser: Browser;
let server: Server;
let url: string;
let page: Page;
const newPage = async (): Promise<Page> => {
  const fresh = await page.context().newPage();
  await fresh.goto(url);
  return fresh;
};

const executablePath = lookForChromium();
describe.runIf(executablePath)('the store in Chromium', () => {
  beforeAll(async () => {
    const built = (await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: false,
        lib: { entry: 'tests/unit/store/in-browser.ts', formats: ['es'], fileName: 'page' },
      },
    })) as Rolldown.RolldownOutput[];
    const code = built[0]!.output[0].code;
    server = createServer((q, r) => {
      const script = q.url === '/page.js';
      r.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      r.end(script ? code : '<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((r) => server.listen(0, '127.0.0.1', r));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({ executablePath, headless: true, args: BROWSER_FLAGS });
    page = await (await browser.newContext()).newPage();
    await page.goto(url);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test('every conformance case passes on real IndexedDB', async () => {
    const titles = await page.evaluate(() => window.store.titles());
    expect(titles.length).toBeGreaterThan(30);
    const broken: string[] = [];
    for (const title of titles)
      await page
        .evaluate((t) => window.store.run(t), title)
        .catch((e: unknown) => broken.push(`${title}: ${String(e)}`));
    expect(broken).toEqual([]);
  });

  test('a commit in one page is heard in another', async () => {
    const other = await newPage();
    const heard = other.evaluate(() => window.store.hear('shared'));
    await other.waitForFunction(() => document.title === 'listening');
    await page.evaluate(() => window.store.write('shared'));
    await heard;
    await other.close();
  });

  test('spent coins do not take part in the balance', async () => {
    await page.evaluate(() => window.store.fill('many', 500));
    const other = await newPage();
    const found = await other.evaluate(() => window.store.balance('many'));
    expect([found.coins, found.sum]).toEqual([500, String(500 * 1000 + 499 * 500)]);
    await other.close();
  });
});
