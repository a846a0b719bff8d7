// Finding a Chromium, and the flags that make it a quiet, reproducible place for an extension.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Flags that load the built extension from `dir`, and nothing else. */
export const extensionFlags = (dir: string): string[] => [
  ...BROWSER_FLAGS,
  `--disable-extensions-except=${dir}`,
  `--load-extension=${dir}`,
];

/** Path of an installed Chromium: $CHROMIUM, then PATH, then playwright's own. Undefined when there is none. */
export function lookForChromium(): string | undefined {
  const given = process.env.CHROMIUM;
  if (given) return given;
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    const found = NAMES.map((name) => join(dir, name)).find((path) => existsSync(path));
    if (found) return found;
  }
  const own = chromium.executablePath();
  return own && existsSync(own) ? own : undefined;
}

/** @throws Error that names the way to get one */
export function findChromium(): string {
  const path = lookForChromium();
  if (!path)
    throw new Error('no Chromium found; run `node scripts/setup.ts`, or name one with CHROMIUM=/path');
  return path;
}
