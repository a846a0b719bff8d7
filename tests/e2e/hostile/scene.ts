// What a hostile page plays in: the bench, a page of the connected shop, and pages under any origin a trick needs.
import type { Frame, Page } from 'playwright-core';
import { PAYS } from '../../../scripts/driver.ts';
import { callWebln } from '../bench.ts';
import type { Bench } from '../bench.ts';

export interface Scene extends Bench {
  /** A page of the connected shop. */
  page: Page;
  /** An invoice that may never be paid. */
  bolt11: string;
}

export type Trick = [what: string, play: (scene: Scene) => Promise<void>];

export const prompts = ({ driver }: Bench): Page[] =>
  driver.context.pages().filter((p) => p.url().includes('prompt.html'));

/** The code of the error that {@link callWebln} resolved with. */
export const code = (told: unknown): string | undefined =>
  (told as { error?: { code: string } } | undefined)?.error?.code;

/** A call whose answer is awaited later, or never: a page that is closed or leaves does not learn it. */
export function call(page: Page | Frame, method: string, argument?: unknown): Promise<unknown> {
  const told = callWebln(page, method, argument);
  told.catch(() => undefined);
  return told;
}

/** The page asks, and its prompt is there. The promise is told what the page was. */
export async function asking(
  scene: Scene,
  page: Page | Frame = scene.page,
): Promise<{ prompt: Page; told: Promise<unknown> }> {
  const told = call(page, 'sendPayment', scene.bolt11);
  return { prompt: await scene.driver.prompt(PAYS), told };
}

export async function reject(prompt: Page): Promise<void> {
  const closed = prompt.waitForEvent('close');
  await prompt.getByRole('button', { name: 'Reject' }).click();
  await closed;
}

/** Serves `html` for everything under `origin` without a network, while `work` runs. */
export async function served<T>(
  { driver }: Bench,
  sites: Record<string, { html: string; headers?: Record<string, string> }>,
  work: (open: (url: string) => Promise<Page>) => Promise<T>,
): Promise<T> {
  const { context } = driver;
  const pages: Page[] = [];
  for (const [origin, { html, headers = {} }] of Object.entries(sites))
    await context.route(`${origin}/**`, (route) =>
      route.fulfill({ body: html, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } }),
    );
  try {
    return await work(async (url) => {
      const page = await context.newPage();
      pages.push(page);
      await page.goto(url);
      return page;
    });
  } finally {
    for (const page of pages) await page.close();
    for (const origin of Object.keys(sites)) await context.unroute(`${origin}/**`);
  }
}
