// Driving the built extension through its own screens: what a person would click, and nothing a person could not do.
// Used by the unattended demo (start.ts) and by the e2e tests.
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';
import { extensionFlags, findChromium } from './chromium.ts';

export const EXTENSION = resolve('.output/chrome-mv3');
export const PASSWORD = 'correct horse battery';
/** In the profile: what the browser's processes wrote as errors, and what pages and workers said on their consoles. */
export const ERROR_LOG = 'stderr.log';
export const CONSOLE_LOG = 'console.log';
const POPUP = { width: 380, height: 600 };
const PROMPT = { width: 400, height: 560 };
export const CONNECTS = 'wants to be able to ask you';
export const PAYS = 'asks you to pay an invoice';
const LONG = 60_000;

export interface Driver {
  context: BrowserContext;
  /** `chrome-extension://<id>` */
  root: string;
  /** The popup's page in a tab of its size. */
  popup(): Promise<Page>;
  welcome(): Promise<Page>;
  /** The prompt window, open now or opening next, once it says this. */
  prompt(text: string): Promise<Page>;
  /** Folder of the browser's profile; its log lies in it. */
  profile: string;
  /** Ends the worker as the browser would and waits for its end; it starts again with the next event. */
  killWorker(): Promise<void>;
  /** Folder of the unpacked extension in this browser. */
  extension: string;
  /** Closes the browser and keeps its profile for a look. */
  quit(): Promise<void>;
  /** Closes the browser and opens it again with the same profile; this driver is over. */
  restart(): Promise<Driver>;
  close(): Promise<void>;
}

/** Looks until there is something. @throws Error that names what never came */
export async function until<T>(look: () => T | undefined, what: string, timeoutMs = LONG): Promise<T> {
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not come within ${timeoutMs / 1000} s`);
}

/** Starts Chromium with the built extension in an empty profile. @throws Error when there is no build */
export async function launch(options: { headless: boolean }): Promise<Driver> {
  if (!existsSync(join(EXTENSION, 'manifest.json')))
    throw new Error('no build found; run `npm run build` first');
  const profile = mkdtempSync(join(tmpdir(), 'skiff-profile-'));
  // A copy, so that a build meanwhile does not change the extension under the browser.
  const extension = mkdtempSync(join(tmpdir(), 'skiff-extension-'));
  cpSync(EXTENSION, extension, { recursive: true });
  // Without developer mode an unpacked extension that reloads itself is switched off by the browser.
  mkdirSync(join(profile, 'Default'));
  const preferences = { extensions: { ui: { developer_mode: true } } };
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  return drive({ profile, extension, headless: options.headless });
}

interface Place {
  profile: string;
  extension: string;
  headless: boolean;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The browser with its error output kept in the profile. Where there is no shell, the browser as it is. */
function keepingErrors(browser: string, profile: string): string {
  if (process.platform === 'win32') return browser;
  const path = join(profile, 'chromium.sh');
  const log = quoted(join(profile, ERROR_LOG));
  writeFileSync(path, `#!/bin/sh\nexec ${quoted(browser)} "$@" 2>>${log}\n`, { mode: 0o755 });
  return path;
}

async function drive(place: Place): Promise<Driver> {
  const { profile, extension, headless } = place;
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: keepingErrors(findChromium(), profile),
    headless,
    viewport: headless ? { width: 1000, height: 760 } : null,
    args: [...extensionFlags(extension), '--enable-logging', `--log-file=${join(profile, 'chrome.log')}`],
  });
  context.setDefaultTimeout(30_000);
  context.on('console', (said) => appendFileSync(join(profile, CONSOLE_LOG), `${said.text()}\n`));
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const root = `chrome-extension://${new URL(worker.url()).host}`;

  const open = async (path: string): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`${root}/${path}`);
    return page;
  };
  const existing = (path: string): Page | undefined =>
    context.pages().find((p) => p.url().startsWith(`${root}/${path}`) && !p.isClosed());

  return {
    context,
    root,
    profile,
    extension,
    async popup() {
      const page = await context.newPage();
      await page.setViewportSize(POPUP);
      await page.goto(`${root}/popup.html`);
      return page;
    },
    welcome: async () => existing('welcome.html') ?? open('welcome.html'),
    async prompt(text) {
      const end = Date.now() + LONG;
      while (Date.now() < end) {
        const page = existing('prompt.html');
        const there = await page
          ?.getByText(text)
          .first()
          .isVisible()
          .catch(() => false);
        if (page && there) {
          await page.setViewportSize(PROMPT);
          return page;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`no prompt ever said "${text}"`);
    },
    async killWorker() {
      const session = await context.newCDPSession(context.pages()[0] ?? (await context.newPage()));
      const ended = new Promise<void>((resolve) =>
        session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
          if (versions.some((v) => v.scriptURL.startsWith(root) && v.runningStatus === 'stopped')) resolve();
        }),
      );
      await session.send('ServiceWorker.enable');
      await session.send('ServiceWorker.stopAllWorkers');
      await ended;
      await session.detach();
    },
    quit: () => context.close(),
    async restart() {
      await context.close();
      return drive(place);
    },
    async close() {
      await context.close();
      for (const dir of [profile, extension]) rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface Servers {
  arkUrl: string;
  esploraUrl: string;
}

export type Shot = (page: Page, name: string) => Promise<void>;
const noShot: Shot = async () => {};

/** Creates a wallet through the welcome tab, writing the words down as a person would. Resolves with the words. */
export async function createWallet(driver: Driver, servers: Servers, shot = noShot): Promise<string[]> {
  const page = await driver.welcome();
  await page.getByRole('button', { name: 'Create a new wallet' }).waitFor();
  await shot(page, 'welcome');
  await page.getByRole('button', { name: 'Create a new wallet' }).click();
  const items = page.getByTestId('words').getByRole('listitem');
  await items.first().waitFor();
  const words = (await items.allTextContents()).map((text) => text.replace(/[^a-z]/g, ''));
  await shot(page, 'welcome-words');
  await page.getByRole('button', { name: 'I have written them down' }).click();
  for (const field of await page.locator('[data-word]').all()) {
    const place = Number(await field.getAttribute('data-word'));
    await field.fill(words[place - 1]!);
  }
  await shot(page, 'welcome-check');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByLabel('The same password again').fill(PASSWORD);
  await page.getByText('Advanced: network and server').click();
  await page.getByLabel('Network').selectOption('regtest');
  await page.getByLabel('Ark server').fill(servers.arkUrl);
  await page.getByLabel('Esplora server').fill(servers.esploraUrl);
  await shot(page, 'welcome-password');
  await page.getByRole('button', { name: 'Open my wallet' }).click();
  const done = page.getByRole('heading', { name: 'Your wallet is ready' });
  const problem = page.getByRole('alert');
  await done.or(problem).first().waitFor({ timeout: LONG });
  if (!(await done.isVisible()))
    throw new Error(`the wallet was not made: ${await problem.first().innerText()}`);
  return words;
}

/** The bitcoin address that Receive shows. */
export async function bitcoinAddress(popup: Page, shot = noShot): Promise<string> {
  await popup.getByRole('button', { name: 'Receive', exact: true }).click();
  await popup.getByRole('radio', { name: 'From bitcoin' }).check();
  const copy = popup.locator('button[data-text^="bcrt1"]');
  await copy.waitFor();
  await shot(popup, 'receive-bitcoin');
  const address = await copy.getAttribute('data-text');
  await popup.getByRole('button', { name: 'Back', exact: true }).click();
  return address!;
}

const digits = (text: string): bigint => BigInt(text.replace(/\D/g, '') || '0');

/** Spendable balance as the popup shows it. */
export async function shownBalance(popup: Page): Promise<bigint> {
  return digits(await popup.getByTestId('balance').innerText());
}

/** Waits until the popup shows at least this much. @throws Error with what it showed last */
export async function waitForBalance(popup: Page, atLeast: bigint, timeoutMs = LONG): Promise<bigint> {
  const end = Date.now() + timeoutMs;
  let last = 0n;
  while (Date.now() < end) {
    last = await shownBalance(popup);
    if (last >= atLeast) return last;
    await popup.waitForTimeout(200);
  }
  throw new Error(`the balance stayed at ${last} sat; ${atLeast} were expected`);
}

/** Presses the button that names the act, as soon as it is armed. */
export async function approve(prompt: Page): Promise<void> {
  const button = prompt.getByTestId('approve');
  await button.waitFor();
  await button.click();
}

export async function unlock(page: Page): Promise<void> {
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Unlock' }).click();
}
