// Tricks with objects of the page's own world, and with the extension's files.
import { callWebln, check, equal } from '../bench.ts';
import type { Trick } from './scene.ts';

type Webln = Record<string, (x?: unknown) => Promise<unknown>>;

export const objectTricks: Trick[] = [
  [
    'a spoilt prototype of all objects',
    async ({ page }) => {
      const answer = await page.evaluate(async () => {
        const proto = Object.prototype as unknown as Record<string, unknown>;
        for (const key of ['result', 'error', 'id', 'event', 'method', 'params', 'parked', 'enabled'])
          Object.defineProperty(proto, key, { get: () => true, set: () => undefined, configurable: true });
        const { webln } = window as unknown as { webln: Webln };
        const answer = webln['isEnabled']!().then(String, (e: Error) => e.message);
        return Promise.race([answer, new Promise((r) => setTimeout(() => r('silence'), 10_000))]);
      });
      equal(answer, 'true', 'the answer');
      await page.reload();
      equal(await callWebln(page, 'isEnabled'), true, 'after a reload');
    },
  ],
  [
    'spoilt methods of ports, arrays, maps and promises',
    async ({ page, driver }) => {
      await page
        .evaluate(() => {
          const loud = () => {
            throw new Error('mine');
          };
          for (const [proto, key] of [
            [Map.prototype, 'get'],
            [Array.prototype, Symbol.iterator],
            [Promise.prototype, 'then'],
            [MessagePort.prototype, 'postMessage'],
          ] as const)
            try {
              (proto as unknown as Record<PropertyKey, unknown>)[key] = loud;
            } catch {
              // sealed
            }
          try {
            void (window as unknown as { webln: Webln }).webln['isEnabled']!();
          } catch {
            // the page's own harm
          }
        })
        .catch(() => undefined);
      // Whatever it did to itself, the worlds of bridge and worker are others.
      const worker = driver.context.serviceWorkers()[0];
      if (worker)
        equal(await worker.evaluate(() => String(Map.prototype.get).includes('native')), true, 'maps');
      await page.reload();
      equal(await callWebln(page, 'isEnabled'), true, 'after a reload');
    },
  ],
  [
    'JSON that names the prototype',
    async ({ page, driver }) => {
      const argument = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"amount":1}';
      await page.evaluate((text) => {
        const { webln } = window as unknown as { webln: Webln };
        return webln['lookupInvoice']!(JSON.parse(text)).catch(() => undefined);
      }, argument);
      const polluted = await driver.context.serviceWorkers()[0]!.evaluate(() => 'polluted' in {});
      equal(polluted, false, 'the prototype in the worker');
    },
  ],
  [
    'getters, proxies and things that change while they are read',
    async ({ page }) => {
      const codes = await page.evaluate(async () => {
        const { webln } = window as unknown as { webln: Webln };
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
          { toJSON: () => 'lnbc1' },
          () => 'lnbc',
          Symbol('lnbc'),
          document.body,
          window,
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
    },
  ],
  [
    'the documents of the extension, fetched and framed',
    async ({ page, driver }) => {
      for (const path of ['popup.html', 'prompt.html', 'welcome.html', 'manifest.json', 'background.js']) {
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
    },
  ],
  [
    'the documents of the extension, opened as windows and behind links',
    async ({ page, driver }) => {
      const { context, root } = driver;
      await page.getByRole('heading').click();
      const ways = [
        (url: string) => void window.open(url),
        (url: string) => {
          const link = document.body.appendChild(document.createElement('a'));
          Object.assign(link, { href: url, target: '_blank' });
          link.click();
        },
      ];
      for (const way of ways) {
        const [opened] = await Promise.all([
          context.waitForEvent('page'),
          page.evaluate(way, `${root}/prompt.html`),
        ]);
        await opened.waitForLoadState().catch(() => undefined);
        equal(await opened.locator('#app').count(), 0, 'prompts in a window of the page');
        await opened.close();
        await page.getByRole('heading').click();
      }
    },
  ],
  [
    'a way around the bridge to the runtime',
    async ({ page, driver }) => {
      const found = await page.evaluate((id) => {
        type Runtime = { sendMessage?: unknown; connect?: unknown };
        const { chrome, browser } = globalThis as unknown as Record<
          string,
          { runtime?: Runtime } | undefined
        >;
        return [id, typeof chrome?.runtime?.sendMessage, typeof chrome?.runtime?.connect, typeof browser];
      }, new URL(driver.root).host);
      equal(found.slice(1), ['undefined', 'undefined', 'undefined'], 'ways to the runtime');
    },
  ],
];
