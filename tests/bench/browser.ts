// What a person waits for, measured in Chromium with the built extension against a devnet in this process: the popup
// after the worker died, and the way from the yes in the prompt to the preimage in the page. And what the package weighs.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { EXTENSION, PAYS } from '../../scripts/driver.ts';
import { noted, startBench } from '../e2e/bench.ts';
import type { Bench } from '../e2e/bench.ts';
import { median, type Row } from './measure.ts';

const POPUPS = 11;
const PAYMENTS = 9;
/** Local header, central header and name of one file in a zip, roughly. */
const ZIP_ENTRY = 120;

const kilobytes = (bytes: number): number => bytes / 1000;
const deflated = (file: string): number => deflateRawSync(readFileSync(file), { level: 9 }).length;

/** Sizes of the build. @throws Error when there is none */
function sizes(): Row[] {
  const files = readdirSync(EXTENSION, { recursive: true, encoding: 'utf8' })
    .map((name) => join(EXTENSION, name))
    .filter((path) => statSync(path).isFile());
  const packed = files.reduce((sum, file) => sum + deflated(file) + ZIP_ENTRY, 0);
  const popup = join(EXTENSION, 'popup.html');
  const loaded = [...readFileSync(popup, 'utf8').matchAll(/(?:src|href)="\/([^"]+)"/g)].map((m) =>
    join(EXTENSION, m[1]!),
  );
  const first = [popup, ...loaded];
  const raw = first.reduce((sum, file) => sum + statSync(file).size, 0);
  return [
    { what: 'extension package, compressed', value: kilobytes(packed), unit: 'KB', budget: 400 },
    {
      what: "popup's first load, compressed",
      value: kilobytes(first.reduce((sum, file) => sum + deflated(file), 0)),
      unit: 'KB',
      budget: 150,
      peers: [{ name: 'uncompressed', value: kilobytes(raw) }],
    },
  ];
}

/** Milliseconds from the start of the navigation to the first frame that shows `what`. */
async function openingTime({ driver }: Bench, path: string, what: string): Promise<number> {
  const page = await driver.context.newPage();
  await page.addInitScript((selector) => {
    const look = (): void => {
      if (!document.querySelector(selector)) return;
      watcher.disconnect();
      requestAnimationFrame(() =>
        setTimeout(() => (document.documentElement.dataset['shown'] = String(performance.now()))),
      );
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, { childList: true, subtree: true });
  }, what);
  await page.goto(`${driver.root}/${path}`);
  const shown = await page.waitForFunction(() => document.documentElement.dataset['shown']);
  const time = Number(await shown.jsonValue());
  await page.close();
  return time;
}

async function popups(bench: Bench): Promise<Row> {
  const popup = ['popup.html', '[data-testid=balance]'] as const;
  const [dead, alive, bare]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < POPUPS; i++) {
    await bench.driver.killWorker();
    dead.push(await openingTime(bench, ...popup));
    alive.push(await openingTime(bench, ...popup));
    await bench.driver.killWorker();
    bare.push(await openingTime(bench, 'icon/16.png', 'img'));
  }
  return {
    what: 'popup opens → balance on screen, worker dead before',
    value: median(dead),
    unit: 'ms',
    budget: 150,
    peers: [
      { name: 'worker alive', value: median(alive) },
      { name: 'an image of the extension, worker dead', value: median(bare) },
    ],
  };
}

/** How long the devnet's Lightning network takes, summed up since the last reset. */
function watchLightning({ devnet }: Bench): { since(): number } {
  const { lightning } = devnet;
  const pay = lightning.pay.bind(lightning);
  let spent = 0;
  lightning.pay = async (request) => {
    const start = performance.now();
    try {
      return await pay(request);
    } finally {
      spent += performance.now() - start;
    }
  };
  return {
    since() {
      const found = spent;
      spent = 0;
      return found;
    },
  };
}

/** Makes the button tell when it was pressed, on the clock that the page uses, too. */
const tellPress = (prompt: Page): Promise<void> =>
  prompt
    .getByTestId('approve')
    .evaluate((button) =>
      button.addEventListener(
        'click',
        () => (sessionStorage['pressed'] = String(performance.timeOrigin + performance.now())),
        { capture: true },
      ),
    );

async function payments(bench: Bench): Promise<Row[]> {
  const { driver, visit } = bench;
  const leg = watchLightning(bench);
  const [total, without]: [number[], number[]] = [[], []];
  await bench.connect();
  for (let i = 0; i <= PAYMENTS; i++) {
    const page = await visit('amount=1000');
    await page.getByRole('button', { name: 'Pay' }).click();
    const prompt = await driver.prompt(PAYS);
    await prompt.getByTestId('approve').and(prompt.locator(':enabled')).waitFor();
    await tellPress(prompt);
    leg.since();
    await prompt.getByTestId('approve').click();
    await noted(page, 'preimage');
    const pressed = Number(await prompt.evaluate(() => sessionStorage['pressed'] as string));
    const took = Number(await page.locator('body').getAttribute('data-paid-at')) - pressed;
    const lightning = leg.since();
    // The first one warms the worker's code up.
    if (i > 0) {
      total.push(took);
      without.push(took - lightning);
    }
    await prompt.close();
    await page.close();
  }
  return [
    {
      what: 'press on Pay in the prompt → preimage at the page, without Lightning leg',
      value: median(without),
      unit: 'ms',
      budget: 120,
      peers: [{ name: 'with it', value: median(total) }],
    },
  ];
}

/** Everything that needs a browser. @throws Error when there is no build or no Chromium */
export async function browserRows(): Promise<Row[]> {
  if (!existsSync(EXTENSION)) throw new Error('no build found; run `npm run build` first');
  const rows = sizes();
  const bench = await startBench();
  try {
    rows.push(await popups(bench), ...(await payments(bench)));
  } finally {
    await bench.stop();
  }
  return rows;
}
