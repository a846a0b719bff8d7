// Tricks with the place a page comes from: origins that are none, that may not ask, or that look like another.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Frame, Page } from 'playwright-core';
import { CONNECTS } from '../../../scripts/driver.ts';
import { callWebln, check, equal } from '../bench.ts';
import { asking, call, code, prompts, reject, served } from './scene.ts';
import type { Trick } from './scene.ts';
import { inBridge, says } from './takeover.ts';

const EMPTY = { html: '<title>inner</title><h1>inner</h1>' };

/** Neither object nor announcement. */
async function offersNothing(where: Page | Frame, what: string): Promise<void> {
  const found = await where.evaluate(async () => {
    const heard: unknown[] = [];
    addEventListener('webln:announceProvider', (e) => heard.push(e));
    dispatchEvent(new Event('webln:requestProvider'));
    return ['webln' in window, heard.length];
  });
  equal(found, [false, 0], what);
}

/** A name as long as names can be. */
const LONG = `${['a', 'b', 'c'].map((c) => c.repeat(63)).join('.')}.${'d'.repeat(50)}.example`;

/** Is all of it in the window, without scrolling? */
async function inView(prompt: Page, testId: string): Promise<boolean> {
  const box = await prompt.getByTestId(testId).first().boundingBox();
  const height = await prompt.evaluate(() => innerHeight);
  return !!box && box.y >= 0 && box.y + box.height <= height;
}

export const originTricks: Trick[] = [
  [
    'sandboxed frames and a sandboxed page',
    (scene) =>
      served(
        scene,
        {
          'https://outer.example': {
            html: `<iframe sandbox="allow-scripts" src="https://inner.example/"></iframe>
              <iframe sandbox="allow-scripts" srcdoc="<title>x</title>"></iframe>`,
          },
          'https://inner.example': EMPTY,
          'https://boxed.example': {
            ...EMPTY,
            headers: { 'content-security-policy': 'sandbox allow-scripts' },
          },
        },
        async (open) => {
          const page = await open('https://outer.example/');
          await page.waitForLoadState('load');
          equal(page.frames().length, 3, 'frames');
          for (const frame of page.frames().slice(1)) await offersNothing(frame, frame.url());
          equal(await callWebln(page, 'isEnabled'), false, 'the page around them');
          await offersNothing(await open('https://boxed.example/'), 'a page that is a sandbox');
        },
      ),
  ],
  [
    'data:, blob: and empty documents, as frames and as windows',
    async (scene) => {
      const { page, driver } = scene;
      await page.evaluate(async () => {
        const blob = URL.createObjectURL(new Blob(['<title>b</title>'], { type: 'text/html' }));
        for (const src of ['data:text/html,<title>d</title>', blob, 'about:blank']) {
          const frame = document.createElement('iframe');
          await new Promise((r) => {
            frame.onload = r;
            frame.src = src;
            document.body.append(frame);
          });
        }
      });
      const inner = page.frames().slice(1);
      equal(inner.length, 3, 'frames');
      for (const frame of inner) await offersNothing(frame, frame.url().slice(0, 5));
      await page.getByRole('heading').click();
      const [opened] = await Promise.all([
        driver.context.waitForEvent('page'),
        page.evaluate(() => {
          const blob = new Blob(['<title>b</title>'], { type: 'text/html' });
          window.open(URL.createObjectURL(blob));
        }),
      ]);
      await opened.waitForLoadState();
      await offersNothing(opened, 'a blob: window');
      await opened.close();
    },
  ],
  [
    'a file of this machine',
    async ({ driver }) => {
      const folder = mkdtempSync(join(tmpdir(), 'skiff-file-'));
      const page = await driver.context.newPage();
      try {
        const path = join(folder, 'page.html');
        writeFileSync(path, EMPTY.html);
        await page.goto(pathToFileURL(path).href);
        await offersNothing(page, 'file:');
      } finally {
        await page.close();
        rmSync(folder, { recursive: true });
      }
    },
  ],
  [
    'plain http, and names that only look like this machine',
    (scene) =>
      served(
        scene,
        {
          'http://shop.example': EMPTY,
          'http://localhost.evil.example': EMPTY,
          'http://127.0.0.1.evil.example': EMPTY,
        },
        async (open) => {
          for (const host of ['shop.example', 'localhost.evil.example', '127.0.0.1.evil.example'])
            await offersNothing(await open(`http://${host}/`), host);
        },
      ),
  ],
  [
    'a good frame in a page that may not ask',
    (scene) =>
      served(
        scene,
        {
          'http://plain.example': { html: '<iframe src="https://inner.example/"></iframe>' },
          'https://inner.example': EMPTY,
        },
        async (open) => {
          const page = await open('http://plain.example/');
          await page.waitForLoadState('load');
          await offersNothing(page.frames()[1]!, 'a good frame');
          const said = {
            id: crypto.randomUUID(),
            method: 'sendPayment',
            params: scene.bolt11,
            gesture: true,
          };
          const told = await inBridge(scene, page.frames()[1]!, says(`[${JSON.stringify(said)}]`));
          equal(told, ['NOT_ENABLED'], 'what its bridge would be told');
          equal([await scene.badge(), prompts(scene).length], ['', 0], 'questions, windows');
        },
      ),
  ],
  [
    'a frame of another site, inside a connected shop, that speaks for it',
    async (scene) => {
      const { page, driver } = scene;
      await served(scene, { 'https://advert.example': EMPTY }, async () => {
        await page.evaluate(async () => {
          const frame = document.createElement('iframe');
          frame.src = 'https://advert.example/';
          document.body.append(frame);
          await new Promise((r) => (frame.onload = r));
        });
        const frame = page.frames()[1]!;
        equal(await callWebln(frame, 'isEnabled'), false, 'the shop’s permission');
        equal(code(await callWebln(frame, 'getInfo')), 'NOT_ENABLED', 'getInfo');
        await frame.getByRole('heading').click();
        const told = call(frame, 'enable');
        const prompt = await driver.prompt(CONNECTS);
        equal(await prompt.getByTestId('origin').innerText(), 'https://advert.example', 'who asks');
        const top = await prompt.getByTestId('top-origin').innerText();
        check(top.includes(new URL(scene.shop.url).host), top);
        await reject(prompt);
        equal(code(await told), 'USER_REJECTED', 'the answer');
      });
    },
  ],
  [
    'names that look like others, one of them of mixed alphabets',
    (scene) =>
      served(
        scene,
        { 'https://xn--80ak6aa92e.com': EMPTY, 'https://xn--pypal-4ve.com': EMPTY },
        async (open) => {
          for (const [host, reads, mixed] of [
            ['xn--80ak6aa92e.com', 'аррӏе.com', false],
            ['xn--pypal-4ve.com', 'pаypal.com', true],
          ] as const) {
            const page = await open(`https://${host}/`);
            await page.getByRole('heading').click();
            const told = call(page, 'enable');
            const prompt = await scene.driver.prompt(CONNECTS);
            equal(await prompt.getByTestId('origin').innerText(), `https://${host}`, 'the raw name');
            equal(await prompt.getByTestId('decoded').innerText(), reads, 'how it reads');
            equal(await prompt.getByText('mixes letters').count(), mixed ? 1 : 0, 'the warning');
            await reject(prompt);
            await told;
          }
        },
      ),
  ],
  [
    'names so long that the amount would be out of sight',
    (scene) =>
      served(
        scene,
        {
          [`https://${LONG}`]: {
            html: `<iframe style="width:400px;height:300px" src="https://xn--pypal-4ve.${LONG.slice(70)}/"></iframe>`,
          },
          [`https://xn--pypal-4ve.${LONG.slice(70)}`]: EMPTY,
        },
        async (open) => {
          const page = await open(`https://${LONG}/`);
          await page.waitForLoadState('load');
          const frame = page.frames()[1]!;
          await frame.getByRole('heading').click();
          const { prompt, told } = await asking(scene, frame);
          await prompt.getByTestId('approve').waitFor();
          for (const id of ['approve', 'total', 'origin'])
            check(await inView(prompt, id), `${id} is out of sight`);
          check((await prompt.getByTestId('origin').innerText()).endsWith('.example'), 'the end of the name');
          await reject(prompt);
          equal(code(await told), 'USER_REJECTED', 'the answer');
        },
      ),
  ],
];
