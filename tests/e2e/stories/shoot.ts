// Draws every story in light and dark and looks for accessibility faults (axe) and script errors.
// `npm run screenshots [-- name…]` leaves the pictures in artifacts/screenshots; the e2e run calls it, too.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { chromium } from 'playwright-core';
import type { BrowserContext } from 'playwright-core';
import { build, preview } from 'vite';
import { BROWSER_FLAGS, findChromium } from '../../../scripts/chromium.ts';
import { axeFaults, LOOKS } from '../axe.ts';
import { names } from './names.ts';
import type { StoryName } from './names.ts';

const OUT = 'artifacts/screenshots';
/** Pages drawn side by side: most of their time is waiting. */
const AT_ONCE = 3;
const STUCK_MS = 15_000;
const SIZE = { popup: [380, 600], prompt: [400, 560], welcome: [900, 800] } as const;

/** A story in both themes; resolves with what is wrong with it. */
async function draw(context: BrowserContext, url: string, story: StoryName): Promise<string[]> {
  const page = await context.newPage();
  page.setDefaultTimeout(STUCK_MS);
  const [width, height] = SIZE[story.page];
  await page.setViewportSize({ width, height });
  const faults: string[] = [];
  page.on('pageerror', (e) => faults.push(`${story.name}: ${e.message}`));
  await page.goto(`${url}?story=${story.name}`);
  if (story.type !== undefined) {
    await page.getByRole('textbox').first().fill(story.type);
    if (!story.press) await page.getByTestId('quote').waitFor();
  }
  if (story.amount !== undefined) await page.getByLabel('Amount in sats').fill(story.amount);
  for (const name of [story.press ?? []].flat() as RegExp[]) {
    const roles = (['button', 'checkbox', 'radio'] as const).map((role) => page.getByRole(role, { name }));
    await roles
      .reduce((any, one) => any.or(one))
      .first()
      .click();
  }
  if (story.afterwards) {
    await page.getByRole('textbox').first().fill(story.afterwards.type);
    await page.getByRole('button', { name: story.afterwards.press }).click();
  }
  if (story.words) {
    await page.getByRole('textbox').first().fill('zoo '.repeat(12));
    await page.getByRole('button', { name: 'Continue' }).click();
    if (story.words === 'refused') await page.getByRole('alert').waitFor();
    else await page.getByLabel('New password').waitFor();
  }
  if (story.secret !== undefined) {
    await page.getByLabel(story.secret, { exact: true }).first().fill('correct horse');
    await page.keyboard.press('Enter');
  }
  if (story.opens) await page.getByText(story.opens).click();
  const approve = page.getByTestId('approve');
  if (story.page === 'prompt' && (await approve.count()) > 0)
    await approve.and(page.locator(':enabled')).waitFor();
  await page.waitForTimeout(150);
  if (story.whole) await page.addStyleTag({ content: '.popup { height: auto; min-height: 600px }' });
  const shot = (look: string): Promise<unknown> =>
    page.screenshot({ path: `${OUT}/${story.name}-${look}.png`, fullPage: story.whole === true });
  faults.push(...(await axeFaults(page, story.name, shot)));
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
    faults.push(`${story.name}: something is wider than the window`);
  await page.close();
  return faults;
}

/** Draws the stories (all by default) in both themes. Resolves with the faults found. */
export async function shoot(wanted: readonly string[] = []): Promise<{ drawn: number; faults: string[] }> {
  mkdirSync(OUT, { recursive: true });
  const outDir = mkdtempSync(join(tmpdir(), 'skiff-stories-'));
  const config = { configFile: false, root: 'tests/e2e/stories', logLevel: 'warn' } as const;
  await build({ ...config, plugins: [svelte({ configFile: false })], build: { outDir, emptyOutDir: true } });
  const server = await preview({ ...config, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
  const url = server.resolvedUrls!.local[0]!;
  const browser = await chromium.launch({ executablePath: findChromium(), args: BROWSER_FLAGS });
  const chosen = names.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const faults: string[] = [];
  try {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    const left = [...chosen];
    const work = async (): Promise<void> => {
      for (let story = left.shift(); story; story = left.shift())
        faults.push(
          ...(await draw(context, url, story).catch((e: unknown) => [`${story!.name}: ${String(e)}`])),
        );
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    await browser.close();
    await server.close();
    rmSync(outDir, { recursive: true });
  }
  return { drawn: chosen.length * LOOKS.length, faults };
}

if (import.meta.main) {
  const { drawn, faults } = await shoot(process.argv.slice(2));
  for (const fault of faults) console.error(fault);
  console.log(`${drawn} drawn, ${faults.length} faults`);
  process.exit(faults.length === 0 ? 0 : 1);
}
