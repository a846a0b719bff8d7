// npm start: set-up, build, devnet, Chromium with the extension, demo shop, until the browser is closed.
// npm start -- --headless plays the whole scenario through the real screens and prints one JSON line at the end.
import { spawnSync } from 'node:child_process';
import { serveShop } from '../demo/shop/serve.ts';
import { startDevnet } from '../devnet/index.ts';
import { launch } from './driver.ts';
import { play } from './scenario.ts';
import { ensureChromium } from './setup.ts';

const headless = process.argv.includes('--headless');
const BLOCK_EVERY_MS = headless ? 500 : 10_000;

async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  console.error(`· ${name}`);
  try {
    return await work();
  } catch (e) {
    throw new Error(`${name} failed: ${e instanceof Error ? e.message : String(e)}`, { cause: e });
  }
}

function build(): void {
  const done = spawnSync(process.execPath, ['node_modules/wxt/bin/wxt.mjs', 'build'], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${done.stdout}\n${done.stderr}`);
}

async function main(): Promise<void> {
  await step('finding Chromium', () => void (process.env.CHROMIUM = ensureChromium()));
  await step('building the extension', build);
  const devnet = await step('starting the devnet', () =>
    startDevnet({
      blockEveryMs: BLOCK_EVERY_MS,
      ...(headless ? {} : { arkPort: 3535, httpPort: 3002, swapPort: 'standard' as const }),
      ark: { requiredBoardConfirmations: 1 },
    }),
  );
  const shop = await step('opening the shop', () => serveShop({ controlUrl: devnet.controlUrl }));
  const driver = await step('starting Chromium', () => launch({ headless }));
  const stop = async (): Promise<void> => {
    await driver.close().catch(() => {});
    await shop.stop();
    await devnet.stop();
  };
  try {
    if (headless) {
      const result = await play({ driver, devnet, shop, step });
      console.log(JSON.stringify(result));
      return;
    }
    const page = await driver.context.newPage();
    await page.goto(shop.url);
    console.log(`Everything runs on this computer; no real money is involved.
  Shop         ${shop.url}
  Ark server   ${devnet.arkUrl}
  Esplora      ${devnet.esploraUrl}
  Swaps        ${devnet.swaps.url}
In the welcome tab choose "Devnet" under "Advanced". To fill the wallet, pay the bitcoin address that Receive shows:
  curl -s ${devnet.controlUrl}/fund -d '{"address":"bcrt1…","sats":1000000}'
A block is mined every ${BLOCK_EVERY_MS / 1000} s. Close the browser to stop.`);
    await new Promise((resolve) => driver.context.on('close', resolve));
  } finally {
    await stop();
  }
}

main().then(
  () => process.exit(0),
  (e: unknown) => {
    console.error(e instanceof Error ? e.message : e);
    process.exit(1);
  },
);
