// Draws every story in light and dark and looks for accessibility faults. `node tests/e2e/stories/shoot.ts [name…]`
// leaves the pictures in artifacts/stories. Exit code 1 when axe or the page finds something wrong.
import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { BROWSER_FLAGS, findChromium } from '../../../scripts/chromium.ts';

const OUT = 'artifacts/stories';
const SIZE = { popup: [380, 600], prompt: [400, 560], welcome: [900, 800] } as const;
const NAMES = (await import('./names.ts')).names;

const wanted = process.argv.slice(2);
mkdirSync(OUT, { recursive: true });
const server = await createServer({
  configFile: false,
  root: 'tests/e2e/stories',
  plugins: [svelte({ configFile: false })],
  server: { port: 0, host: '127.0.0.1', fs: { allow: ['../../..'] } },
  logLevel: 'warn',
});
await server.listen();
const url = server.resolvedUrls!.local[0]!;
const browser = await chromium.launch({
  executablePath: findChromium(),
  headless: true,
  args: BROWSER_FLAGS,
});
let failed = 0;
let passed = 0;
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme, reducedMotion: 'reduce' });
    for (const { name, page: kind, type } of NAMES.filter(
      (n) => wanted.length === 0 || wanted.includes(n.name),
    )) {
      const page = await context.newPage();
      const [width, height] = SIZE[kind];
      await page.setViewportSize({ width, height });
      const errors: string[] = [];
      page.on('pageerror', (e) => errors.push(e.message));
      await page.goto(`${url}?story=${name}`);
      if (type) await page.getByRole('textbox').first().fill(type);
      await page.waitForTimeout(700);
      await page.screenshot({ path: `${OUT}/${name}-${colorScheme}.png` });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const faults = [
        ...errors,
        ...violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' | ')}`),
      ];
      for (const fault of faults) console.error(`${name} (${colorScheme}): ${fault}`);
      if (faults.length > 0) failed++;
      else passed++;
      await page.close();
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
