// One tab of Firefox, used as a person would: real pointer and key events, and what stands on the screen.
import { writeFileSync } from 'node:fs';
import type { Bidi } from './bidi.ts';

const WAIT_MS = 60_000;
const LOOK_MS = 100;

interface Evaluated {
  type: 'success' | 'exception';
  result?: { type: string; value?: unknown; sharedId?: string };
  exceptionDetails?: { text: string };
}

export interface FirefoxPage {
  /** Id of its browsing context. */
  id: string;
  /** Brings its window to the front. */
  focus(): Promise<void>;
  /** A JSON-able value of an expression; promises are awaited. @throws Error with what it threw */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until the expression gives something true, and gives it. @throws Error that names `what` */
  until<T>(expression: string, what: string): Promise<T>;
  /** Waits for this text on the screen. */
  text(wanted: string): Promise<void>;
  /** Presses the button, link, box or summary of this name as soon as it can be pressed. */
  press(name: string): Promise<void>;
  /** Types into the field of this label, in place of what is there. */
  fill(label: string, text: string): Promise<void>;
  /** Chooses in the list of this label. */
  choose(label: string, value: string): Promise<void>;
  shot(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Buttons and the like by the text on them, fields by their label; only what is seen and can be used. */
const FIND = `(kind, name) => {
  const said = (e) => (e?.getAttribute('aria-label') ?? e?.textContent ?? '').replace(/\\s+/g, ' ').trim();
  const all = kind === 'field'
    ? [...document.querySelectorAll('label')].filter((l) => said(l).startsWith(name)).map((l) => l.control)
    : [...document.querySelectorAll('button, a, summary, label')].filter((e) => said(e) === name);
  const found = all.find((e) => e && !e.disabled && e.checkVisibility());
  found?.scrollIntoView({ block: 'center' });
  return found;
}`;

export function pageOf(bidi: Bidi, id: string): FirefoxPage {
  const target = { context: id };
  const ask = async (expression: string, resultOwnership = 'none') => {
    const asked = { expression, target, awaitPromise: true, resultOwnership };
    const { exceptionDetails, result } = await bidi.send<Evaluated>('script.evaluate', asked);
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result;
  };
  const evaluate = async <T>(expression: string): Promise<T> => {
    const given = await ask(`(async () => JSON.stringify(await (${expression})))()`);
    return (given?.value === undefined ? undefined : JSON.parse(String(given.value))) as T;
  };
  const wait = async <T>(look: () => Promise<T | undefined>, what: string): Promise<T> => {
    for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
      const found = await look().catch(() => undefined); // The page may just be loading.
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    const there = await evaluate<string>('document.body.innerText').catch(() => '');
    throw new Error(`${what} did not come within ${WAIT_MS / 1000} s; on the screen: ${there}`);
  };
  const find = (kind: 'field' | 'act', name: string): Promise<string> =>
    wait(
      async () => (await ask(`(${FIND})('${kind}', ${JSON.stringify(name)})`, 'root'))?.sharedId,
      `"${name}"`,
    );
  const click = async (sharedId: string): Promise<void> => {
    const origin = { type: 'element', element: { sharedId } };
    const actions = [
      { type: 'pointerMove', x: 0, y: 0, origin },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ];
    await bidi.send('input.performActions', {
      context: id,
      actions: [{ type: 'pointer', id: 'hand', actions }],
    });
  };

  return {
    id,
    async focus() {
      await bidi.send('browsingContext.activate', { context: id });
    },
    evaluate,
    until: (expression, what) => wait(() => evaluate(expression), what),
    async text(wanted) {
      await wait(
        () => evaluate(`document.body.innerText.includes(${JSON.stringify(wanted)})`),
        `"${wanted}"`,
      );
    },
    press: async (name) => click(await find('act', name)),
    async fill(label, text) {
      await click(await find('field', label));
      await evaluate('document.activeElement.select()');
      const actions = [...text].flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]);
      await bidi.send('input.performActions', {
        context: id,
        actions: [{ type: 'key', id: 'keys', actions }],
      });
    },
    async choose(label, value) {
      await find('field', label);
      await evaluate(`(() => {
        const list = (${FIND})('field', ${JSON.stringify(label)});
        list.value = ${JSON.stringify(value)};
        list.dispatchEvent(new Event('change', { bubbles: true }));
      })()`);
    },
    async shot(path) {
      const { data } = await bidi.send<{ data: string }>('browsingContext.captureScreenshot', {
        context: id,
      });
      writeFileSync(path, Buffer.from(data, 'base64'));
    },
    async close() {
      await bidi.send('browsingContext.close', { context: id });
    },
  };
}
