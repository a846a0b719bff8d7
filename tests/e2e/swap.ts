// From the Ark balance to a bitcoin address through either kind of swap service, by a person in the popup. The worker is
// killed twice on the way. A devnet of its own, in which no block comes unless it is mined.
import type { Page } from 'playwright-core';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { bitcoinAddress, createWallet, launch, waitForBalance } from '../../scripts/driver.ts';
import type { Driver } from '../../scripts/driver.ts';
import { axeFaults } from './axe.ts';
import { check, equal } from './bench.ts';
import type { Case } from './run.ts';

const TO = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const SATS = 50_000n;

interface World {
  devnet: Devnet;
  driver: Driver;
}
let made: Promise<World> | undefined;

/** What the open popup does every ten seconds, now; resolves when it is done. */
const sync = (popup: Page): Promise<unknown> =>
  popup.evaluate(() =>
    (
      globalThis as unknown as { chrome: { runtime: { sendMessage(m: object): Promise<unknown> } } }
    ).chrome.runtime.sendMessage({ command: 'sync', request: {} }),
  );

async function start(): Promise<World> {
  const devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  const driver = await launch({ headless: true });
  await createWallet(driver, devnet);
  const popup = await driver.popup();
  devnet.chain.fund(await bitcoinAddress(popup), 400_000n);
  for (let i = 0; i < 3; i++) {
    devnet.chain.mine(1);
    await sync(popup);
  }
  await waitForBalance(popup, 390_000n);
  await popup.getByRole('button', { name: 'Settings', exact: true }).click();
  await popup.getByLabel('Loop service').fill(devnet.swaps.url);
  await popup.getByLabel(/^Boltz service/).fill(`${devnet.swaps.url}/v2`);
  const form = popup.locator('form', { has: popup.getByLabel('Loop service') });
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Saved').waitFor();
  await popup.close();
  return { devnet, driver };
}
const world = (): Promise<World> => (made ??= start());

/** Mines and lets the wallet look until the swap's screen or line says so. @returns whether the worker listened meanwhile */
async function goOn({ devnet }: World, popup: Page, status: string): Promise<boolean> {
  let listens = false;
  const there = popup.locator(`[data-testid="swap"][data-status="${status}"]`);
  for (let i = 0; i < 30 && (await there.count()) === 0; i++) {
    devnet.chain.mine(1);
    await devnet.swaps.service.tick();
    await sync(popup).catch(() => undefined);
    // The timers of a swap run in seconds; what is looked for is on the screen as soon as it is in the database.
    await there.waitFor({ timeout: 1500 }).catch(() => undefined);
    listens ||= devnet.swaps.updates.followers() > 0;
  }
  equal(await there.count(), 1, `the swap came to be "${status}"`);
  return listens;
}

async function swapThrough(label: string, backend: string): Promise<void> {
  const w = await world();
  const { devnet, driver } = w;
  const script = addressToScript(TO, 'regtest');
  const arrived = () =>
    devnet.chain.utxos(script).reduce((sum, { value, block }) => sum + (block ? value : 0n), 0n);
  const before = arrived();
  const popup = await driver.popup();
  await popup.getByRole('button', { name: 'Pay', exact: true }).click();
  await popup.getByLabel('Invoice or address').fill(TO);
  await popup.getByLabel('Amount in sats').fill(String(SATS));
  await popup.getByRole('button', { name: 'Compare ways, swaps included' }).click();
  const ways = popup.getByTestId('move-ways');
  await ways.waitFor();
  for (const name of [/^From the Ark balance/, /^From your bitcoin/, /^Swap by a loop/, /^Swap by a Boltz/])
    equal(await ways.getByLabel(name).count(), 1, `a way ${String(name)}`);
  await ways.getByLabel(label).check();
  for (const part of [
    'Fee of the swap service',
    'Fee of the Bitcoin network',
    'Fee of the Lightning payment',
  ])
    await popup.getByText(part).waitFor();
  equal(await axeFaults(popup, 'ways'), [], 'accessibility of the ways');
  await popup.getByRole('button', { name: /^Swap for/ }).click();
  await popup.getByTestId('swap').waitFor();
  // The first death: while service and server have the payment before them.
  await driver.killWorker();
  const records = () => devnet.swaps.service.records().filter((r) => r.request.kind === backend);
  let listened = false;
  for (let i = 0; i < 60 && records().at(-1)?.lockup === undefined; i++) {
    await sync(popup).catch(() => undefined);
    await devnet.swaps.service.tick();
    listened ||= devnet.swaps.updates.followers() > 0;
  }
  check(records().at(-1)?.lockup !== undefined, 'the service locked its bitcoin');
  // The second: when the bitcoin is locked and nothing is claimed.
  await driver.killWorker();
  const listens = await goOn(w, popup, 'done');
  equal(listened || listens, backend === 'boltz', 'updates of the service are followed where it has them');
  await popup.getByText('The service says').waitFor();
  equal(await axeFaults(popup, 'swap'), [], 'accessibility of the end');
  const came = arrived() - before;
  check(came >= SATS, `${came} sat arrived`);
  equal(records().at(-1)?.state, 'Complete', 'the service was paid');
  await popup.getByRole('button', { name: 'Back', exact: true }).click();
  await popup.getByText('Swapped to bitcoin').first().waitFor();
  await popup.close();
}

export const swapCases: Case[] = [
  {
    name: 'Ark balance to a bitcoin address through a loop service, the worker killed twice',
    run: () => swapThrough('Swap by a loop service', 'loop'),
  },
  {
    name: 'Ark balance to a bitcoin address through a Boltz service, the worker killed twice',
    async run() {
      try {
        await swapThrough('Swap by a Boltz service', 'boltz');
      } finally {
        const { devnet, driver } = await world();
        await driver.close();
        await devnet.stop();
      }
    },
  },
];
