// Receipts while the worker is killed at random moments: none lost, none doubled, and the popup shows the truth.
import { sats } from '../../src/units.ts';
import { waitForBalance } from '../../scripts/driver.ts';
import { fund, newWallet } from '../integration/support/wallets.ts';
import { check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import { readBooks } from './books.ts';
import type { Case } from './run.ts';

type Chrome = { chrome: { runtime: { sendMessage(m: object): Promise<{ ok: { arkAddress: string } }> } } };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The Ark address that Receive shows. */
async function arkAddress({ driver }: Bench): Promise<string> {
  const popup = await driver.popup();
  const reply = await popup.evaluate(() =>
    (globalThis as unknown as Chrome).chrome.runtime.sendMessage({ command: 'receive', request: {} }),
  );
  await popup.close();
  return reply.ok.arkAddress;
}

/** `count` receipts of different amounts. Resolves with how often the worker was killed. */
export async function receipts(bench: Bench, count: number): Promise<number> {
  const { devnet, driver } = bench;
  const payer = await newWallet(devnet);
  try {
    // A coin takes a hundred transfers in a row, no more.
    for (let i = 0; i < Math.ceil(count / 50); i++) await fund(devnet, payer, 100_000n);
    const address = await arkAddress(bench);
    const popup = await driver.popup();
    const before = await waitForBalance(popup, 0n);
    await popup.close();
    const books = await readBooks(bench);
    const instruction = await payer.wallet.inspect(address);
    let sent = 0n;
    let over = false;
    let kills = 0;
    const killing = (async () => {
      while (!over) {
        await pause(Math.random() * 1500);
        await driver.killWorker();
        kills++;
        // Somebody looks at Skiff now and then; this also starts the worker sooner than the alarm would.
        const glance = await driver.popup();
        await pause(Math.random() * 1000);
        await glance.close();
      }
    })();
    for (let i = 0; i < count; i++) {
      const amount = 400n + BigInt(i);
      const { actionId } = await payer.wallet.pay(instruction, { amount: sats(amount) });
      await payer.wallet.outcome(actionId);
      sent += amount;
    }
    over = true;
    await killing;
    const look = await driver.popup();
    const shown = await waitForBalance(look, before + sent);
    check(shown === before + sent, `the popup shows ${shown}, not ${before + sent}`);
    await look.close();
    const after = await readBooks(bench);
    equal(after.movements - books.movements, count, 'lines of the history');
    check(new Set(after.coins.map((c) => c.split(' ')[0])).size === after.coins.length, 'a coin twice');
    return kills;
  } finally {
    await payer.close();
  }
}

export const receiptCases: Case[] = [
  {
    name: 'receipts while the worker is killed at random moments are all there, once',
    ms: 240_000,
    run: async (bench) => void (await receipts(bench, 20)),
  },
];
