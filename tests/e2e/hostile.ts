// A hostile page and what it tries. After every trick the books are as before, nothing waits that was not asked for, and
// the wallet still answers.
import type { Page } from 'playwright-core';
import { CONNECTS, PAYS, until } from '../../scripts/driver.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import { nothingMoves } from './books.ts';
import { grabPort } from './grab-port.ts';
import type { Case } from './run.ts';

interface Scene extends Bench {
  /** A page of the connected shop. */
  page: Page;
  /** An invoice that may never be paid. */
  bolt11: string;
}
type Trick = [what: string, play: (scene: Scene) => Promise<void>];
type Told = { error?: { code: string } };

const prompts = ({ driver }: Bench): Page[] =>
  driver.context.pages().filter((p) => p.url().includes('prompt.html'));
const code = (told: unknown): string | undefined => (told as Told | undefined)?.error?.code;

/** The page asks, and its prompt is there. The promise is told what the page was. */
async function asking(scene: Scene): Promise<{ prompt: Page; told: Promise<unknown> }> {
  const told = callWebln(scene.page, 'sendPayment', scene.bolt11);
  // A page that is closed or leaves never learns; nobody waits for that here.
  told.catch(() => undefined);
  return { prompt: await scene.driver.prompt(PAYS), told };
}

async function reject(prompt: Page): Promise<void> {
  const closed = prompt.waitForEvent('close');
  await prompt.getByRole('button', { name: 'Reject' }).click();
  await closed;
}

const withMessages: Trick[] = [
  [
    'a port of its own, offered as the bridge',
    async ({ page }) => {
      const stolen = await page.evaluate(async () => {
        const { webln } = window as unknown as { webln: { isEnabled(): Promise<boolean> } };
        const heard: unknown[] = [];
        for (const target of ['*', location.origin]) {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => heard.push(data);
          window.postMessage('skiff:webln-port', target, [port2]);
        }
        await new Promise((r) => setTimeout(r, 50));
        await webln.isEnabled();
        return heard.length;
      });
      equal(stolen, 0, 'messages that the page heard');
    },
  ],
  [
    'one id for many calls, on its own port',
    async (scene) => {
      const { page, bolt11, driver } = scene;
      await (
        await grabPort(page)
      ).evaluate((port, pr) => {
        for (let i = 0; i < 20; i++) port.postMessage({ id: 7, method: 'sendPayment', params: pr });
      }, bolt11);
      const prompt = await driver.prompt(PAYS);
      equal(prompts(scene).length, 1, 'windows');
      // After the third no the rest is not shown any more.
      const closed = prompt.waitForEvent('close');
      const no = prompt.getByRole('button', { name: 'Reject' });
      for (let i = 0; i < 3; i++) {
        await no.and(prompt.locator(':enabled')).click();
        if (i < 2) await prompt.getByText(PAYS).waitFor();
      }
      await closed;
    },
  ],
  [
    'ten thousand calls at once',
    async ({ page }) => {
      const codes = await page.evaluate(async () => {
        const { webln } = window as unknown as { webln: { isEnabled(): Promise<boolean> } };
        const calls = Array.from({ length: 10_000 }, () =>
          webln.isEnabled().then(String, (e: { code: string }) => e.code),
        );
        return [...new Set(await Promise.all(calls))];
      });
      check(codes.includes('RATE_LIMITED'), codes.join());
    },
  ],
  [
    'fifty million characters',
    async ({ page }) => {
      for (const method of ['sendPayment', 'lnurl', 'signMessage']) {
        const answer = await page.evaluate(
          (name) =>
            (window as unknown as { webln: Record<string, (x: string) => Promise<unknown>> }).webln[name]!(
              'x'.repeat(50_000_000),
            ).catch((e: { code: string }) => e.code),
          method,
        );
        equal(answer, 'INVALID_ARGUMENT', method);
      }
    },
  ],
];

const withObjects: Trick[] = [
  [
    'a spoilt prototype of all objects',
    async ({ page }) => {
      const answers = await page.evaluate(async () => {
        const proto = Object.prototype as unknown as Record<string, unknown>;
        for (const key of ['result', 'error', 'id', 'event', 'method', 'params', 'parked', 'enabled'])
          Object.defineProperty(proto, key, { get: () => true, set: () => undefined, configurable: true });
        const { webln } = window as unknown as { webln: { isEnabled(): Promise<boolean> } };
        const answer = webln.isEnabled().then(String, (e: Error) => e.message);
        return Promise.race([answer, new Promise((r) => setTimeout(() => r('silence'), 3000))]);
      });
      // The page has harmed itself; whatever it hears, the wallet's own objects are of another world.
      check(typeof answers === 'string', 'no answer at all');
      await page.reload();
      equal(await callWebln(page, 'isEnabled'), true, 'after a reload');
    },
  ],
  [
    'JSON that names the prototype',
    async ({ page, driver }) => {
      const argument = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"amount":1}';
      await page.evaluate((text) => {
        const { webln } = window as unknown as { webln: { lookupInvoice(x: unknown): Promise<unknown> } };
        return webln.lookupInvoice(JSON.parse(text)).catch(() => undefined);
      }, argument);
      const polluted = await driver.context.serviceWorkers()[0]!.evaluate(() => 'polluted' in {});
      equal(polluted, false, 'the prototype in the worker');
    },
  ],
  [
    'getters, proxies and things that change while they are read',
    async ({ page }) => {
      const codes = await page.evaluate(async () => {
        const { webln } = window as unknown as { webln: Record<string, (x: unknown) => Promise<unknown>> };
        let reads = 0;
        const odd = [
          {
            get amount(): number {
              throw new Error('read');
            },
          },
          new Proxy(
            {},
            {
              ownKeys: () => {
                throw new Error('listed');
              },
            },
          ),
          { toString: () => 'lnbc', valueOf: () => 1 },
          {
            get paymentHash() {
              return reads++ ? 'ab'.repeat(32) : 7;
            },
          },
          () => 'lnbc',
          Symbol('lnbc'),
          document.body,
          new Date(NaN),
          new Map([['amount', 1]]),
        ];
        const calls = odd.flatMap((x) =>
          ['sendPayment', 'lookupInvoice', 'verifyMessage'].map((m) => webln[m]!(x)),
        );
        const settled = await Promise.allSettled(calls);
        return settled.map((s) => (s.status === 'rejected' ? (s.reason as { code?: string }).code : 'ok'));
      });
      check(
        codes.every((c) => c === 'INVALID_ARGUMENT' || c === 'NOT_FOUND'),
        codes.join(),
      );
    },
  ],
  [
    'another object in the place of webln',
    async ({ page, visit }) => {
      await page.evaluate(() => {
        (window as { webln?: unknown }).webln = { isEnabled: () => Promise.resolve('stolen') };
      });
      const clean = await visit();
      equal(await callWebln(clean, 'isEnabled'), true, 'in another page');
      const changed = await clean.evaluate(() => {
        const { webln } = window as unknown as { webln: Record<string, unknown> };
        try {
          webln['sendPayment'] = () => 'stolen';
        } catch {
          // frozen
        }
        return String(webln['sendPayment']).includes('stolen');
      });
      equal(changed, false, 'methods that can be replaced');
      await clean.close();
      await page.reload();
    },
  ],
  [
    'the documents of the extension, fetched, framed and opened',
    async ({ page, driver }) => {
      for (const path of ['popup.html', 'prompt.html', 'welcome.html', 'manifest.json']) {
        const url = `${driver.root}/${path}`;
        const got = await page.evaluate(
          (u) =>
            fetch(u).then(
              () => 'read',
              () => 'refused',
            ),
          url,
        );
        equal(got, 'refused', path);
        const shown = await page.evaluate(
          (u) =>
            new Promise<string>((resolve) => {
              const frame = document.createElement('iframe');
              frame.onload = () => resolve(frame.contentDocument ? 'own' : 'foreign');
              frame.src = u;
              document.body.append(frame);
            }),
          url,
        );
        const inside = page.frames().find((f) => f.url().startsWith(driver.root));
        check(
          !inside || !(await inside.evaluate(() => document.querySelector('main, button'))),
          `${path}: ${shown}`,
        );
      }
      const has = await page.evaluate(
        () =>
          typeof (globalThis as { chrome?: { runtime?: { sendMessage?: unknown } } }).chrome?.runtime
            ?.sendMessage,
      );
      equal(has, 'undefined', 'a way to the runtime');
      await page.reload();
    },
  ],
];

const withThePrompt: Trick[] = [
  [
    'keys that are pressed as the prompt opens',
    async (scene) => {
      const told = callWebln(scene.page, 'sendPayment', scene.bolt11);
      told.catch(() => undefined);
      const prompt = await until(() => prompts(scene)[0], 'the prompt');
      for (const end = Date.now() + 450; Date.now() < end;)
        for (const key of ['Enter', 'Space']) await prompt.keyboard.press(key).catch(() => undefined);
      await prompt.getByText(PAYS).waitFor();
      await reject(prompt);
      equal(code(await told), 'USER_REJECTED', 'the answer');
    },
  ],
  [
    'the focus taken away and given back under the finger',
    async (scene) => {
      const { prompt } = await asking(scene);
      const button = prompt.getByTestId('approve');
      await button.and(prompt.locator(':enabled')).waitFor();
      await prompt.evaluate(() => {
        window.dispatchEvent(new Event('blur'));
        window.dispatchEvent(new Event('focus'));
      });
      check(await button.isDisabled(), 'Approve is armed as the focus comes back');
      await reject(prompt);
    },
  ],
  [
    'a page that leaves while it is asked about',
    async (scene) => {
      const { prompt } = await asking(scene);
      const closed = prompt.waitForEvent('close');
      await scene.page.goto('about:blank');
      await closed;
      await scene.page.goto(scene.shop.url);
    },
  ],
  [
    'two sites at once',
    async (scene) => {
      const other = await scene.driver.context.newPage();
      await other.goto(scene.shop.url.replace('127.0.0.1', 'localhost'));
      await other.getByRole('heading').click();
      const { prompt } = await asking(scene);
      const enabled = callWebln(other, 'enable');
      equal(
        await prompt.getByTestId('origin').innerText(),
        new URL(scene.shop.url).origin,
        'the first question',
      );
      await prompt.getByRole('button', { name: 'Reject' }).click();
      const second = await scene.driver.prompt(CONNECTS);
      check(
        (await second.getByTestId('origin').innerText()).includes('localhost'),
        'the second names another site',
      );
      await reject(second);
      equal(code(await enabled), 'USER_REJECTED', 'the second answer');
      await other.close();
    },
  ],
  [
    'a memo that is long, of many lines, of markup and of turned letters',
    async (scene) => {
      const memo = `${'<b onclick=alert(1)>PAY 1 sat</b>\n'.repeat(8)}\u202e${'W'.repeat(300)}`;
      const { bolt11 } = await scene.control<{ bolt11: string }>('invoice', { amountSat: 700, memo });
      const { prompt } = await asking({ ...scene, bolt11 });
      for (const id of ['approve', 'origin']) {
        const box = await prompt.getByTestId(id).first().boundingBox();
        check(box && box.y >= 0 && box.y + box.height <= 560, `${id} is out of sight`);
      }
      check(
        /700/.test(await prompt.getByTestId('approve').innerText()),
        'the button does not name the amount',
      );
      equal(await prompt.locator('b[onclick]').count(), 0, 'markup');
      await reject(prompt);
    },
  ],
  [
    'three refusals, then asking again',
    async (scene) => {
      for (let i = 0; i < 3; i++) await reject((await asking(scene)).prompt);
      equal(code(await callWebln(scene.page, 'sendPayment', scene.bolt11)), 'RATE_LIMITED', 'the fourth');
      equal(prompts(scene).length, 0, 'windows');
    },
  ],
];

const tricks = [...withMessages, ...withObjects, ...withThePrompt];

export const hostileCases: Case[] = [
  {
    name: 'a hostile page tries every trick it knows, and nothing is paid, hangs or leaks',
    ms: 240_000,
    async run(bench) {
      await bench.connect();
      await nothingMoves(bench, async () => {
        for (const [what, play] of tricks) {
          // A new life of the worker has counted no refusals and no calls of the trick before.
          await bench.driver.killWorker();
          const page = await bench.visit();
          const { bolt11 } = await bench.control<{ bolt11: string }>('invoice', { amountSat: 700 });
          try {
            await play({ ...bench, page, bolt11 });
            await page.close();
            await until(
              () => (prompts(bench).length === 0 ? true : undefined),
              'the end of all windows',
              10_000,
            );
            const clean = await bench.visit();
            equal(await callWebln(clean, 'isEnabled'), true, 'the wallet answers');
            await clean.close();
          } catch (e) {
            throw new Error(`${what}: ${e instanceof Error ? e.message : String(e)}`, { cause: e });
          }
        }
      });
      console.log(`${tricks.length} tricks of a hostile page`);
    },
  },
];
