// Balance and coin selection over a wallet with a long life, in real IndexedDB. Cold: each figure is the first thing that
// a new page does, from opening the database to the answer.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Page } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { BROWSER_FLAGS, lookForChromium } from '../../scripts/chromium.ts';
import type { StorePage } from '../unit/store/in-browser.ts';
import { median, type Row } from './measure.ts';
import type { BenchPage } from './store-page.ts';

declare global {
  interface Window {
    store: StorePage;
    bench: BenchPage;
  }
}

const LIVE = 10_000;
const PAGES = 9;
const BUDGET = 50;
/** The sum that `fill` makes of every second coin of 1000 + i sat. */
const TOTAL = BigInt(LIVE) * 1000n + BigInt(LIVE) * BigInt(LIVE - 1);

async function script(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry: 'tests/bench/store-page.ts', formats: ['es'], fileName: 'page' },
    },
  })) as Rolldown.RolldownOutput[];
  return built[0]!.output[0].code;
}

/** @throws Error without Chromium, or when a figure belongs to a wrong answer */
export async function storeRows(): Promise<Row[]> {
  const executablePath = lookForChromium();
  if (!executablePath) throw new Error('no Chromium found');
  const code = await script();
  const server = createServer((q, r) => {
    const isScript = q.url === '/page.js';
    r.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    r.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const browser = await chromium.launch({ executablePath, headless: true, args: BROWSER_FLAGS });
  try {
    const context = await browser.newContext();
    const inNewPage = async <T>(run: (page: Page) => Promise<T>): Promise<T> => {
      const page = await context.newPage();
      await page.goto(url, { waitUntil: 'networkidle' });
      try {
        return await run(page);
      } finally {
        await page.close();
      }
    };
    await inNewPage((page) => page.evaluate((live) => window.store.fill('many', live), LIVE));
    const [balances, selections]: [number[], number[]] = [[], []];
    for (let i = 0; i < PAGES; i++) {
      const balance = await inNewPage((page) => page.evaluate(() => window.bench.balance('many')));
      if (BigInt(balance.value) !== TOTAL) throw new Error('the balance is wrong');
      balances.push(balance.ms);
      const selection = await inNewPage((page) => page.evaluate(() => window.bench.selection('many', 5000)));
      if (selection.value === 0) throw new Error('no coin was selected');
      selections.push(selection.ms);
    }
    const coins = '10 000 live + 10 000 spent coins, cold';
    return [
      { what: `balance over ${coins}`, value: median(balances), unit: 'ms', budget: BUDGET },
      { what: `coin selection over ${coins}`, value: median(selections), unit: 'ms', budget: BUDGET },
    ];
  } finally {
    await browser.close();
    server.close();
  }
}
