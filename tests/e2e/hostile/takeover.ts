// Tricks of a page that has broken out into the bridge's own world: all that the browser then still keeps apart is the
// background, which knows a bridge by its sender. Played from inside that world, through the debugger.
import type { CDPSession, Frame, Page } from 'playwright-core';
import { PAYS } from '../../../scripts/driver.ts';
import { check, equal } from '../bench.ts';
import { prompts, reject, served } from './scene.ts';
import type { Scene, Trick } from './scene.ts';

/** Runs `script`, the body of an async function, in the isolated world of Skiff’s content scripts (a frame: of another site). */
export async function inBridge<T>({ driver }: Scene, where: Page | Frame, script: string): Promise<T> {
  const session: CDPSession = await driver.context.newCDPSession(where);
  try {
    const worlds: { id: number; origin: string }[] = [];
    session.on('Runtime.executionContextCreated', ({ context }) => worlds.push(context));
    await session.send('Runtime.enable');
    const own = worlds.find(({ origin }) => origin.startsWith(driver.root));
    if (!own) throw new Error('no world of the extension in this page');
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      contextId: own.id,
      expression: `(async () => { ${script} })()`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  } finally {
    await session.detach();
  }
}

/** Says `calls` on a port of the bridge's kind; resolves with the code (or `ok`) of each answer. */
export const says = (calls: string): string => `
  const port = chrome.runtime.connect({ name: 'webln' });
  const calls = ${calls};
  const answers = [];
  await new Promise((done) => {
    port.onMessage.addListener((m) => {
      answers.push(m.error?.code ?? 'ok');
      if (answers.length === calls.length) done();
    });
    for (const call of calls) port.postMessage(call);
  });
  port.disconnect();
  return answers;`;

export const takeoverTricks: Trick[] = [
  [
    'commands of the popup, said by a bridge',
    async (scene) => {
      const answers = await inBridge<unknown[]>(
        scene,
        scene.page,
        `const heard = [];
        for (const [command, request] of [
          ['status', {}], ['unlock', { password: 'x' }], ['revealWords', { password: 'x' }], ['lock', {}],
          ['pay', { text: ${JSON.stringify(scene.bolt11)}, maxTotal: { $bigint: '100000' } }],
          ['approve', { id: crypto.randomUUID(), maxTotal: { $bigint: '100000' } }], ['exportBackup', {}],
        ])
          // Nobody listens: the answer is none, or an error of the browser that says so.
          heard.push(await chrome.runtime.sendMessage({ command, request }).catch(() => undefined));
        return heard.filter((one) => one !== undefined && one !== null);`,
      );
      equal(answers, [], 'answers');
      const { page } = scene;
      equal(await page.evaluate(() => 'webln' in window), true, 'the page is none the wiser');
    },
  ],
  [
    'the wallet’s storage, read by a bridge',
    async (scene) => {
      const found = await inBridge<string[]>(
        scene,
        scene.page,
        `const found = [];
        for (const area of ['local', 'session', 'sync'])
          found.push(await chrome.storage[area]?.get(null).then((all) => JSON.stringify(all), () => 'refused') ?? 'none');
        found.push(JSON.stringify((await indexedDB.databases()).map((db) => db.name)));
        found.push(await fetch(chrome.runtime.getURL('prompt.html')).then(() => 'read', () => 'refused'));
        return found;`,
      );
      const [local, session, sync, databases, prompt] = found;
      equal(
        [local, session, prompt],
        ['refused', 'refused', 'refused'],
        'storage.local, session, the prompt',
      );
      check(['{}', 'none', 'refused'].includes(sync!), `storage.sync holds ${sync}`);
      equal(databases, '[]', 'databases in reach');
    },
  ],
  [
    'a view’s port, opened by a bridge',
    async (scene) => {
      const heard = await inBridge<number>(
        scene,
        scene.page,
        `let heard = 0;
        const view = chrome.runtime.connect({ name: 'view' });
        view.onMessage.addListener(() => heard++);
        view.postMessage({ command: 'status', request: {} });
        // What is answered comes in order; an honest call's answer is the later one.
        const honest = chrome.runtime.connect({ name: 'webln' });
        honest.postMessage({ id: crypto.randomUUID(), method: 'isEnabled', params: null, gesture: false });
        await new Promise((done) => honest.onMessage.addListener(done));
        for (const port of [view, honest]) port.disconnect();
        return heard;`,
      );
      equal(heard, 0, 'answers');
    },
  ],
  [
    'another site’s name, id and answers, claimed in a bridge’s call',
    (scene) =>
      served(scene, { 'https://thief.example': { html: '<h1>thief</h1>' } }, async (open) => {
        const page = await open('https://thief.example/');
        const shop = new URL(scene.shop.url).origin;
        const claim = `{ topOrigin: '${shop}', frameOrigin: '${shop}' }`;
        const call = (fields: string): string =>
          `{ id: crypto.randomUUID(), method: 'getInfo', params: null, gesture: true, ${fields} }`;
        const answers = await inBridge<string[]>(
          scene,
          page,
          says(`[${call('')}, ${call(`site: ${claim}`)}, ${call(`origin: '${shop}'`)}, ${call(`params: ${claim}`)},
            ${call("id: 'x'")}, ${call('id: {}')}, ${call('method: {}')}, ${call("gesture: 'yes'")},
            ${call("method: 'approve'")}, ${call("method: 'hasOwnProperty'")}, 7, null, [], 'x']`),
        );
        equal(
          answers.sort(),
          [
            ...Array.from({ length: 10 }, () => 'INVALID_ARGUMENT'),
            'NOT_ENABLED',
            'NOT_ENABLED',
            'NOT_IMPLEMENTED',
            'NOT_IMPLEMENTED',
          ],
          'the answers',
        );
      }),
  ],
  [
    'the id of a shop’s question, said again by a thief',
    async (scene) => {
      const id = crypto.randomUUID();
      const call = `{ id: '${id}', method: 'sendPayment', params: ${JSON.stringify(scene.bolt11)}, gesture: true }`;
      void inBridge(scene, scene.page, says(`[${call}]`)).catch(() => undefined);
      const prompt = await scene.driver.prompt(PAYS);
      await served(scene, { 'https://thief.example': { html: '<h1>thief</h1>' } }, async (open) => {
        const page = await open('https://thief.example/');
        equal(
          await inBridge(scene, page, says(`[${call}, ${call}]`)),
          ['INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
          'what the thief got',
        );
      });
      equal(prompts(scene).length, 1, 'windows');
      await reject(prompt);
    },
  ],
  [
    'more than any bridge would say, on many ports',
    async (scene) => {
      const answers = await inBridge<string[]>(
        scene,
        scene.page,
        `const answers = [];
        await Promise.all(Array.from({ length: 7 }, () => new Promise((done) => {
          const port = chrome.runtime.connect({ name: 'webln' });
          let left = 270;
          port.onMessage.addListener((m) => {
            answers.push(m.error?.code ?? 'ok');
            if (--left === 0) { port.disconnect(); done(); }
          });
          for (let i = 0; i < 270; i++) {
            const params = i % 135 ? null : 'x'.repeat(70_000);
            port.postMessage({ id: crypto.randomUUID(), method: 'nothing', params, gesture: true });
          }
        })));
        return answers;`,
      );
      equal(answers.length, 1890, 'answers');
      const refused = answers.filter((one) => one === 'RATE_LIMITED').length;
      check(refused >= 1890 - 1500, `only ${refused} were too many`);
      const kinds = ['INVALID_ARGUMENT', 'NOT_IMPLEMENTED', 'RATE_LIMITED'];
      equal([...new Set(answers)].sort(), kinds, 'kinds of answers');
      await scene.freshWorker();
    },
  ],
];
