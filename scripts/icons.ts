// Draws the boat of scripts/boat.svg at the sizes a browser wants. Run by hand after the drawing has changed.
import { readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { BROWSER_FLAGS, findChromium } from './chromium.ts';

const svg = readFileSync('scripts/boat.svg', 'utf8');
const browser = await chromium.launch({ executablePath: findChromium(), args: BROWSER_FLAGS });
const page = await browser.newPage();
for (const size of [16, 32, 48, 128]) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
  );
  writeFileSync(`public/icon/${size}.png`, await page.screenshot({ omitBackground: true }));
}
await browser.close();
