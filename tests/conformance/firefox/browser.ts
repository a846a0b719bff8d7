// Firefox with the built extension as a temporary add-on, in an empty profile. Driving goes over the browser's own
// remote agent; ending the event page goes through the browser's side of the add-on, as its idle timer would do it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from '../../../scripts/driver.ts';
import { connectBidi } from './bidi.ts';
import { pageOf } from './page.ts';
import type { FirefoxPage } from './page.ts';

const BUILD = resolve('.output/firefox-mv3');
const ID = 'skiff@skiff.wallet';
/** Firefox gives each profile another one; here it is known beforehand. */
const HOST = '5c1ff5c1-ff5c-41ff-8c1f-f5c1ff5c1ff5';
const WAIT_MS = 60_000;

export interface Firefox {
  version: string;
  /** The page of this address that is open or opening next; `path` is one of the extension's, such as `prompt.html`. */
  page(path: string): Promise<FirefoxPage>;
  /** Opens a page of the extension, in a tab. */
  open(path: string): Promise<FirefoxPage>;
  /** Opens a page of the web. */
  visit(url: string): Promise<FirefoxPage>;
  /** Is the event page there? */
  awake(): Promise<boolean>;
  /** Ends the event page, as the browser does when it is idle. It starts again with the next event. */
  endEventPage(): Promise<void>;
  stop(): Promise<void>;
}

interface Tree {
  contexts: { context: string; url: string }[];
}

function build(): void {
  const run = spawnSync('npm', ['run', '-s', 'build', '--', '-b', 'firefox'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (run.status !== 0) throw new Error('the extension does not build for Firefox');
}

/** Builds for Firefox and starts it. @throws Error when Firefox does not start or refuses the add-on */
export async function launchFirefox(program: string): Promise<Firefox> {
  build();
  const profile = mkdtempSync(join(tmpdir(), 'skiff-firefox-'));
  const prefs = {
    'extensions.webextensions.uuids': JSON.stringify({ [ID]: HOST }),
    'app.normandy.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
  };
  const lines = Object.entries(prefs).map(
    (pref) => `user_pref(${pref.map((p) => JSON.stringify(p)).join(', ')});`,
  );
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  const flags = ['--headless', '--no-remote', '--remote-debugging-port=0', '--remote-allow-system-access'];
  const browser = spawn(program, [...flags, '--profile', profile], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  browser.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise((resolve) => browser.once('exit', resolve));
  const stop = async (): Promise<void> => {
    browser.kill();
    await gone;
    rmSync(profile, { recursive: true, force: true });
  };
  try {
    const url = await until(() => /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1], 'Firefox');
    const bidi = await connectBidi(url);
    const root = `moz-extension://${HOST}`;
    const tree = () => bidi.send<Tree>('browsingContext.getTree');
    const page = async (path: string): Promise<FirefoxPage> => {
      for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
        const found = (await tree()).contexts.find((c) => c.url.startsWith(`${root}/${path}`));
        if (found) return pageOf(bidi, found.context);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`${path} never opened`);
    };
    /** Evaluates with the browser's own rights, where add-ons are governed. */
    const govern = async <T>(expression: string): Promise<T> => {
      const { contexts } = await bidi.send<Tree>('browsingContext.getTree', { 'moz:scope': 'chrome' });
      return pageOf(bidi, contexts[0]!.context).evaluate<T>(expression);
    };
    const addon = `WebExtensionPolicy.getByID('${ID}').extension`;

    await bidi.send('webExtension.install', { extensionData: { type: 'path', path: BUILD } });
    return {
      version: await govern('Services.appinfo.version'),
      page,
      async open(path) {
        // The remote agent opens no extension pages; another page of the extension may.
        const before = new Set((await tree()).contexts.map((c) => c.context));
        const other = (await tree()).contexts.find((c) => c.url.startsWith(root))!;
        await pageOf(bidi, other.context).evaluate(
          `browser.tabs.create({ url: '/${path}' }).then(() => true)`,
        );
        const fresh = (await tree()).contexts.find((c) => !before.has(c.context))!;
        return pageOf(bidi, fresh.context);
      },
      async visit(url) {
        const { context } = await bidi.send<{ context: string }>('browsingContext.create', { type: 'tab' });
        await bidi.send('browsingContext.navigate', { context, url, wait: 'complete' });
        return pageOf(bidi, context);
      },
      awake: async () => (await govern<string>(`${addon}.backgroundState`)) === 'running',
      async endEventPage() {
        await govern(`${addon}.terminateBackground({ ignoreDevToolsAttached: true }).then(() => true)`);
      },
      async stop() {
        bidi.close();
        await stop();
      },
    };
  } catch (e) {
    await stop();
    throw e;
  }
}
