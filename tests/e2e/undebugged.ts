// Chromium with the extension and nobody attached to its worker: a debugger keeps a worker from being ended when it is
// idle. Only pages are spoken to, through a connection of their own that is closed with them.
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extensionFlags, findChromium } from '../../scripts/chromium.ts';
import { EXTENSION, until } from '../../scripts/driver.ts';

interface Target {
  id: string;
  type: string;
  url: string;
  webSocketDebuggerUrl: string;
}

export interface UndebuggedPage {
  /** Evaluates an expression (a promise is awaited) in the page. @throws Error with what it threw */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

export interface Undebugged {
  /** Opens a page of the extension, such as `popup.html`. */
  open(path: string): Promise<UndebuggedPage>;
  /** Closes whatever page of the extension is open (the first start opens one). */
  closePages(): Promise<void>;
  stop(): Promise<void>;
}

interface Answer {
  id?: number;
  result?: { result?: { value?: unknown }; exceptionDetails?: object };
}

async function speak(url: string): Promise<Pick<UndebuggedPage, 'evaluate'> & { end(): void }> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the page cannot be spoken to')));
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let last = 0;
  return {
    async evaluate<T>(expression: string) {
      const id = ++last;
      const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
      const params = { expression, awaitPromise: true, returnByValue: true };
      socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
      const { result } = await answered;
      if (result?.exceptionDetails) throw new Error(JSON.stringify(result.exceptionDetails));
      return result?.result?.value as T;
    },
    end: () => socket.close(),
  };
}

/** Starts Chromium with a copy of the built extension in an empty profile. */
export async function launchUndebugged(): Promise<Undebugged> {
  const profile = mkdtempSync(join(tmpdir(), 'skiff-profile-'));
  const extension = mkdtempSync(join(tmpdir(), 'skiff-extension-'));
  cpSync(EXTENSION, extension, { recursive: true });
  const flags = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
  const browser: ChildProcess = spawn(
    findChromium(),
    [...flags, ...extensionFlags(extension), 'about:blank'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  browser.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const port = await until(() => /DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(said)?.[1], 'the browser');
  const ask = async <T>(path: string, method = 'GET'): Promise<T> =>
    (await (await fetch(`http://127.0.0.1:${port}/json/${path}`, { method })).json()) as T;
  const shut = (id: string) => fetch(`http://127.0.0.1:${port}/json/close/${id}`);
  const pages = async () =>
    (await ask<Target[]>('list')).filter((t) => t.type === 'page' && t.url.startsWith('chrome-extension://'));

  let first: Target | undefined;
  for (const end = Date.now() + 60_000; !first && Date.now() < end;) {
    [first] = await pages();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (!first) throw new Error('the extension never opened its first page');
  const root = `chrome-extension://${new URL(first.url).host}`;

  return {
    async open(path) {
      const { id, webSocketDebuggerUrl } = await ask<Target>(`new?${root}/${path}`, 'PUT');
      const page = await speak(webSocketDebuggerUrl);
      return {
        evaluate: page.evaluate,
        async close() {
          page.end();
          await shut(id);
        },
      };
    },
    async closePages() {
      for (const { id } of await pages()) await shut(id);
    },
    async stop() {
      const gone = new Promise((resolve) => browser.once('exit', resolve));
      browser.kill();
      await gone;
      for (const dir of [profile, extension]) rmSync(dir, { recursive: true, force: true });
    },
  };
}
