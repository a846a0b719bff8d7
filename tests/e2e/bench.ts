// What every e2e case works with: a devnet, a shop, and Chromium with a wallet that has money. Built once; each case
// gets its own page and a wallet that is unlocked.
import type { Frame, Page } from 'playwright-core';
import { serveShop } from '../../demo/shop/serve.ts';
import type { Shop } from '../../demo/shop/serve.ts';
import { startDevnet } from '../../devnet/index.ts';
import type { Devnet } from '../../devnet/index.ts';
import {
  approve,
  bitcoinAddress,
  CONNECTS,
  createWallet,
  launch,
  unlock,
  waitForBalance,
} from '../../scripts/driver.ts';
import type { Driver } from '../../scripts/driver.ts';

export interface Bench {
  devnet: Devnet;
  shop: Shop;
  driver: Driver;
  /** The twelve words of the wallet. */
  words: readonly string[];
  control<T = unknown>(command: string, body?: object): Promise<T>;
  /** A page of the shop. `query` chooses amount, link, eager. */
  visit(query?: string): Promise<Page>;
  /** Lets the shop ask for payments, when it may not yet. Cases do not count on those before them. */
  connect(): Promise<void>;
  /** How many questions wait, as the toolbar shows it. The worker must be alive. */
  badge(): Promise<string>;
  /** A worker that counts no refusals and no calls of the cases before, as after a start of the browser. */
  freshWorker(): Promise<void>;
  /** After a case that failed: no faults, and an unlocked wallet for the next one. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

type SessionStorage = { storage: { session: { remove(key: string): Promise<void> } } };
type Toolbar = { action: { getBadgeText(of: object): Promise<string> } };

const FUNDS = 1_000_000;

export async function startBench(): Promise<Bench> {
  const devnet = await startDevnet({ blockEveryMs: 500, ark: { requiredBoardConfirmations: 1 } });
  const shop = await serveShop({ controlUrl: devnet.controlUrl });
  const driver = await launch({ headless: true });
  const control = async <T>(command: string, body: object = {}): Promise<T> => {
    const answer = await fetch(`${devnet.controlUrl}/${command}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const visit = async (query = ''): Promise<Page> => {
    const page = await driver.context.newPage();
    await page.goto(`${shop.url}/?${query}`);
    return page;
  };
  const words = await createWallet(driver, devnet);
  const popup = await driver.popup();
  await control('fund', { address: await bitcoinAddress(popup), sats: FUNDS });
  await waitForBalance(popup, BigInt(FUNDS) / 2n);
  await popup.close();
  return {
    devnet,
    shop,
    driver,
    words,
    control,
    visit,
    async connect() {
      const page = await visit();
      if (!(await callWebln(page, 'isEnabled'))) {
        await page.getByRole('heading').click();
        const enabled = callWebln(page, 'enable');
        await approve(await driver.prompt(CONNECTS));
        await enabled;
      }
      await page.close();
    },
    badge: () =>
      driver.context
        .serviceWorkers()[0]!
        .evaluate(() => (globalThis as unknown as { chrome: Toolbar }).chrome.action.getBadgeText({})),
    async freshWorker() {
      await driver.killWorker();
      const page = await driver.context.newPage();
      await page.goto(`${driver.root}/icon/16.png`);
      await page.evaluate(() =>
        (globalThis as unknown as { chrome: SessionStorage }).chrome.storage.session.remove('refusals'),
      );
      await page.close();
    },
    async recover() {
      await control('fault/clear');
      await control('lightning/delay', { ms: 0 });
      const popup = await driver.popup();
      const locked = popup.getByText('Skiff is locked');
      await locked.or(popup.getByTestId('balance')).first().waitFor();
      if (await locked.isVisible()) await unlock(popup);
      await popup.getByTestId('balance').waitFor();
    },
    async stop() {
      await driver.close();
      await shop.stop();
      await devnet.stop();
    },
  };
}

/** What the shop's page noted: results and errors of its payment. */
export async function noted(page: Page, name: 'preimage' | 'error' | 'hash' | 'enabled'): Promise<string> {
  const handle = await page.waitForFunction((key) => document.body.dataset[key], name, { timeout: 30_000 });
  return String(await handle.jsonValue());
}

/** A method of the page's `webln`; resolves with its result or with the error that it rejects with. */
export const callWebln = (page: Page | Frame, method: string, argument?: unknown): Promise<unknown> =>
  page.evaluate(
    ([name, arg]) =>
      (window as unknown as { webln: Record<string, (x: unknown) => Promise<unknown>> }).webln[name]!(
        arg,
      ).catch(({ name, code, message }: Error & { code: string }) => ({ error: { name, code, message } })),
    [method, argument] as const,
  );

export function check(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

export function equal<T>(found: T, wanted: T, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a} is not ${b}`);
}
