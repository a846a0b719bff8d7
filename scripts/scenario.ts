// The whole main job, played unattended through the real screens: create a wallet, fill it, pay a shop. The faucet is
// the only thing that happens outside of them.
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { Shop } from '../demo/shop/serve.ts';
import type { Devnet } from '../devnet/index.ts';
import {
  approve,
  bitcoinAddress,
  CONNECTS,
  createWallet,
  PAYS,
  shownBalance,
  waitForBalance,
} from './driver.ts';
import type { Driver } from './driver.ts';

const OUT = 'artifacts';
const FUNDS = 500_000;
const AMOUNT = 21_300;

export interface Played {
  paid: boolean;
  paymentHash: string;
  preimage: string;
  /** How long the steps took. `clickToPreimage`: from the person's yes to the proof in the page. */
  ms: Record<string, number>;
}

export interface Stage {
  driver: Driver;
  devnet: Devnet;
  shop: Shop;
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

async function faucet(devnet: Devnet, address: string): Promise<void> {
  const answer = await fetch(`${devnet.controlUrl}/fund`, {
    method: 'POST',
    body: JSON.stringify({ address, sats: FUNDS }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

const fact = async (page: Page, name: string): Promise<string | undefined> =>
  page.evaluate((key) => document.body.dataset[key], name);

/** @throws Error that names the step which failed */
export async function play({ driver, devnet, shop, step }: Stage): Promise<Played> {
  mkdirSync(OUT, { recursive: true });
  let count = 0;
  const shot = async (page: Page, name: string): Promise<void> => {
    const number = String(++count).padStart(2, '0');
    await page.screenshot({ path: `${OUT}/${number}-${name}.png` });
  };
  const ms: Record<string, number> = {};
  const timed = async <T>(name: string, label: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await step(label, work);
    ms[name] = Math.round(performance.now() - start);
    return result;
  };

  await timed('create', 'creating a wallet', () => createWallet(driver, devnet, shot));
  const popup = await driver.popup();
  await popup.getByTestId('balance').waitFor();
  await shot(popup, 'home-empty');
  const address = await step('reading the bitcoin address', () => bitcoinAddress(popup, shot));
  await step('the faucet pays', () => faucet(devnet, address));
  await timed('board', 'moving the money into Skiff', () => waitForBalance(popup, BigInt(FUNDS) - 20_000n));
  await shot(popup, 'home-funded');

  const page = await driver.context.newPage();
  await page.goto(`${shop.url}/?amount=${AMOUNT}`);
  await shot(page, 'shop');
  await page.getByRole('button', { name: 'Pay' }).click();
  await step('connecting the shop', async () => {
    const prompt = await driver.prompt(CONNECTS);
    await shot(prompt, 'prompt-connect');
    await approve(prompt);
  });
  let start = 0;
  await step('approving the payment', async () => {
    const prompt = await driver.prompt(PAYS);
    await prompt.getByTestId('approve').and(prompt.locator(':enabled')).waitFor();
    await shot(prompt, 'prompt-pay');
    start = Date.now();
    await approve(prompt);
  });
  await step('waiting for the proof of payment', async () => {
    await page.waitForFunction(() => document.body.dataset['preimage'] ?? document.body.dataset['error']);
    const error = await fact(page, 'error');
    if (error !== undefined) throw new Error(error);
  });
  ms['clickToPreimage'] = Math.round(Number(await fact(page, 'paidAt')) - start);
  await shot(page, 'shop-paid');
  await popup.bringToFront();
  await popup.getByText('Lightning payment').first().waitFor();
  await popup.getByText('done').first().waitFor();
  await shot(popup, 'home-paid');
  if ((await shownBalance(popup)) >= BigInt(FUNDS)) throw new Error('the balance did not change');
  await popup.getByRole('listitem').first().getByRole('button').click();
  await popup.getByText('Preimage (proof of payment)').waitFor();
  await shot(popup, 'detail');
  return {
    paid: true,
    paymentHash: (await fact(page, 'hash')) ?? '',
    preimage: (await fact(page, 'preimage')) ?? '',
    ms,
  };
}
