// The life of coins as a person sees it: a warning that comes by itself, a renewal by hand and one while nobody looks, the
// way to bitcoin with the server and without. A devnet of its own, in which no block comes unless it is mined.
import type { Page } from 'playwright-core';
import { startDevnet } from '../../devnet/index.ts';
import type { Devnet } from '../../devnet/index.ts';
import { bitcoinAddress, createWallet, launch, unlock, until, waitForBalance } from '../../scripts/driver.ts';
import type { Driver } from '../../scripts/driver.ts';
import { axeFaults } from './axe.ts';
import { check, equal } from './bench.ts';
import type { Case } from './run.ts';

interface World {
  devnet: Devnet;
  driver: Driver;
  /** A page of the extension that runs no script and is no view: from it a test reads what only the extension can see. */
  desk: Page;
}
let made: Promise<World> | undefined;

async function start(): Promise<World> {
  const devnet = await startDevnet({
    ark: { requiredBoardConfirmations: 1, roundSubmitMs: 1, roundSignMs: 1 },
  });
  const driver = await launch({ headless: true });
  await createWallet(driver, devnet);
  const desk = await driver.context.newPage();
  await desk.goto(`${driver.root}/icon/16.png`);
  const w = { devnet, driver, desk };
  await receive(w, 300_000n);
  return w;
}
const world = (): Promise<World> => (made ??= start());

/** Bitcoin that comes in, until it can be spent. */
async function receive({ devnet, driver }: Pick<World, 'devnet' | 'driver'>, sats: bigint): Promise<void> {
  const popup = await driver.popup();
  devnet.chain.fund(await bitcoinAddress(popup), sats);
  for (let i = 0; i < 3; i++) {
    devnet.chain.mine(1);
    await sync(popup);
  }
  await waitForBalance(popup, sats - 10_000n);
  await popup.close();
}

/** A command, as the extension's own pages send it. */
const command = <T>(page: Page, name: string, request: object = {}): Promise<T> =>
  page.evaluate(
    ([command, request]) =>
      (globalThis as unknown as { chrome: Chrome }).chrome.runtime.sendMessage({ command, request }),
    [name, request] as const,
  ) as Promise<T>;

/** What the open popup does every ten seconds, now; resolves when it is done. */
const sync = (popup: Page): Promise<unknown> => command(popup, 'sync');

/** Bitcoin that stays on-chain, for the miners of an exit. */
async function fundMiners({ devnet }: World, popup: Page): Promise<void> {
  const { ok } = await command<{ ok: { address: string } }>(popup, 'moveCost', { coins: 'all' });
  devnet.chain.fund(ok.address, 50_000n);
  devnet.chain.mine(1);
  await sync(popup);
}

interface Chrome {
  runtime: { sendMessage(message: object): Promise<unknown> };
  action: { getBadgeText(of: object): Promise<string> };
  alarms: { create(name: string, when: object): void };
  notifications: { getAll(tell: (all: object) => void): void };
}

/** The alarm that looks after everything rings now, as it does every five minutes. */
const ring = ({ desk }: World): Promise<void> =>
  desk.evaluate(() => {
    const { alarms } = (globalThis as unknown as { chrome: Chrome }).chrome;
    alarms.create('sync', { when: Date.now() });
  });
const badge = ({ desk }: World): Promise<string> =>
  desk.evaluate(() => (globalThis as unknown as { chrome: Chrome }).chrome.action.getBadgeText({}));
const notices = ({ desk }: World): Promise<string[]> =>
  desk.evaluate(
    () =>
      new Promise<string[]>((tell) =>
        (globalThis as unknown as { chrome: Chrome }).chrome.notifications.getAll((all) =>
          tell(Object.keys(all)),
        ),
      ),
  );
/** Rings until it is so. */
async function ringUntil<T>(w: World, look: () => Promise<T | undefined>, what: string): Promise<T> {
  for (let i = 0; i < 120; i++) {
    if (i % 20 === 0) await ring(w);
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${what} never came`);
}

/** Height at which the first of the spendable coins ends, as the wallet has it written down. */
async function firstEnd({ desk }: World): Promise<number> {
  const ends = await desk.evaluate(
    () =>
      new Promise<number[]>((tell, fail) => {
        const opening = indexedDB.open('skiff');
        opening.onerror = () => fail(opening.error ?? new Error('unreadable'));
        opening.onsuccess = () => {
          const reading = opening.result.transaction('coins').objectStore('coins').getAll();
          reading.onsuccess = () => {
            opening.result.close();
            const rows = reading.result as { state: string; expiryHeight: number }[];
            tell(rows.filter((c) => c.state === 'spendable').map((c) => c.expiryHeight));
          };
        };
      }),
  );
  return Math.min(...ends);
}
const mineTo = ({ devnet }: World, height: number): void =>
  void devnet.chain.mine(height - devnet.chain.height());

const calls = ({ devnet }: World, method: string): number =>
  devnet.ark.faults.calls.filter((call) => call.method === method).length;

export const lifeCases: Case[] = [
  {
    name: 'a coin near its end turns the badge, then raises a notification, then says what to do, and is renewed by hand',
    async run() {
      const w = await world();
      const popup = await w.driver.popup();
      await popup.getByTestId('balance').waitFor();
      await popup.getByRole('button', { name: 'Lock now' }).click();
      await popup.getByText('Skiff is locked').waitFor();
      await popup.close();
      const end = await firstEnd(w);
      equal(await badge(w), '', 'the badge long before');

      mineTo(w, end - 20);
      await ringUntil(w, async () => ((await badge(w)) === '!' ? true : undefined), 'the badge');
      equal(await notices(w), [], 'notifications before it is urgent');
      mineTo(w, end - 10);
      await ringUntil(
        w,
        async () => ((await notices(w)).includes('ending') ? true : undefined),
        'the notification',
      );

      const again = await w.driver.popup();
      await again.getByText('Coins have to be renewed').waitFor();
      // Nothing is renewed behind the person's back here: the server refuses until they press.
      w.devnet.ark.faults.fail('SubmitRoundParticipation', 14, 'busy', 1000);
      await unlock(again);
      await again.getByRole('alert').getByText('are not renewed yet').waitFor();
      w.devnet.ark.faults.clear();
      await again.getByRole('button', { name: 'Renew now' }).click();
      await again.getByRole('button', { name: 'Renew what is due' }).click();
      await again.getByRole('button', { name: /^Renew for / }).click();
      await again.getByText('Being renewed, fee').waitFor();
      await until(() => calls(w, 'SubmitRoundParticipation') > 0 || undefined, 'the participation');
      await w.devnet.control['round']!({});
      w.devnet.chain.mine(1);
      await sync(again);
      await again.getByText('can be spent').waitFor();
      check((await firstEnd(w)) > end + 4000, 'the coin did not become younger');
      await ringUntil(w, async () => ((await badge(w)) === '' ? true : undefined), 'the end of the badge');
      await again.close();
    },
  },
  {
    name: 'coins are renewed while the popup is closed and the worker dies in between',
    async run() {
      const w = await world();
      const end = await firstEnd(w);
      const before = calls(w, 'SubmitRoundParticipation');
      mineTo(w, end - 30);
      await ringUntil(
        w,
        async () => (calls(w, 'SubmitRoundParticipation') > before ? true : undefined),
        'the participation',
      );
      await w.driver.killWorker();
      mineTo(w, end - 12);
      await w.devnet.control['round']!({});
      w.devnet.chain.mine(1);
      await ringUntil(w, async () => ((await firstEnd(w)) > end + 4000 ? true : undefined), 'the new coin');
      const popup = await w.driver.popup();
      await popup.getByRole('listitem').filter({ hasText: 'Coins renewed' }).first().waitFor();
      equal(await popup.getByText('run out about').count(), 0, 'warnings about what is done');
      await popup.close();
    },
  },
  {
    name: 'everything is moved to bitcoin, with fee and total before, steps while it goes and a line in the history',
    async run() {
      const w = await world();
      const popup = await w.driver.popup();
      await popup.getByRole('button', { name: 'Settings' }).click();
      await popup.getByRole('button', { name: 'Look at the coins' }).click();
      await popup.getByRole('button', { name: 'Move to bitcoin', exact: true }).first().click();
      await popup.getByRole('button', { name: 'What does it cost?' }).click();
      for (const label of ['Arrives', 'Fee', 'Leaves your balance'])
        await popup.getByText(label, { exact: true }).waitFor();
      const faults = await axeFaults(popup, 'move');
      check(faults.length === 0, faults.join('\n'));
      await popup.getByRole('button', { name: /^Move .* sats$/ }).click();
      await popup.getByTestId('step').getByText('Step 4 of 4').waitFor();
      w.devnet.chain.mine(2);
      await sync(popup);
      await popup.locator('[data-status="successful"]').waitFor();
      await popup.getByText('Moved out to bitcoin').waitFor();
      for (const heading of ['Coins', 'Settings']) {
        await popup.getByRole('button', { name: 'Back', exact: true }).click();
        await popup.getByRole('heading', { name: heading, exact: true }).first().waitFor();
      }
      await popup.getByRole('button', { name: 'Back', exact: true }).click();
      await sync(popup);
      equal(await popup.getByTestId('balance').innerText(), '0', 'the balance');
      await popup.getByText('on-chain, not yet moved into Skiff').waitFor();
      await popup.getByText('What makes up your money').click();
      await popup.getByText('Bitcoin on-chain', { exact: true }).waitFor();
      await popup.close();
    },
  },
  {
    name: 'a coin leaves by the chain without the server, and its progress is shown to the end',
    async run() {
      const w = await world();
      try {
        await receive(w, 200_000n);
        const popup = await w.driver.popup();
        await popup.getByTestId('balance').waitFor();
        await fundMiners(w, popup);
        await popup.getByRole('button', { name: 'Settings' }).click();
        await popup.getByRole('button', { name: 'Look at the coins' }).click();
        await popup.getByText('Take it out through the chain').last().click();
        await popup.getByRole('button', { name: 'What would it cost?' }).last().click();
        await popup.getByText('Miners want about').waitFor();
        await popup.getByRole('button', { name: /^Take .* out now$/ }).click();
        await popup.getByText('are leaving by the chain').waitFor();
        await popup.getByRole('button', { name: 'Show' }).click();
        const seen = new Set<string>();
        const done = popup.locator('[data-status="successful"]');
        for (let i = 0; i < 40 && !(await done.isVisible()); i++) {
          const step = popup.getByTestId('step');
          if (await step.isVisible()) seen.add((await step.innerText()).slice(0, 11));
          // The delay before the claim, once the last transaction is in a block.
          w.devnet.chain.mine(seen.has('Step 2 of 3') ? 50 : 1);
          await sync(popup);
        }
        await done.waitFor();
        check(seen.has('Step 1 of 3') && seen.has('Step 2 of 3'), `the steps shown: ${[...seen].join(', ')}`);
        await popup.getByText('Exit by the chain').waitFor();
      } finally {
        await w.driver.close();
        await w.devnet.stop();
        made = undefined;
      }
    },
  },
];
