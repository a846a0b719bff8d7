// A hostile page and what it tries. After every trick nothing waits that was not asked for and the wallet still answers;
// after all of them the books are as before.
import { until } from '../../scripts/driver.ts';
import { callWebln, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import { nothingMoves } from './books.ts';
import { messageTricks } from './hostile/messages.ts';
import { objectTricks } from './hostile/objects.ts';
import { originTricks } from './hostile/origins.ts';
import { promptTricks } from './hostile/prompt.ts';
import { prompts } from './hostile/scene.ts';
import type { Trick } from './hostile/scene.ts';
import { takeoverTricks } from './hostile/takeover.ts';
import type { Case } from './run.ts';

type Chrome = { storage: { session: { get(key: string): Promise<object> } } };

/** Has somebody been refused since the worker was fresh? */
const refused = async ({ driver }: Bench): Promise<boolean> =>
  (await driver.context
    .serviceWorkers()[0]
    ?.evaluate(async () =>
      JSON.stringify(
        await (globalThis as unknown as { chrome: Chrome }).chrome.storage.session.get('refusals'),
      ).includes('count'),
    )
    .catch(() => true)) ?? true;

const groups: [what: string, tricks: Trick[]][] = [
  ['messages', messageTricks],
  ['objects and files', objectTricks],
  ['origins and frames', originTricks],
  ['a bridge that it has taken over', takeoverTricks],
  ['the prompt', promptTricks],
];

async function playAll(bench: Bench, tricks: Trick[]): Promise<void> {
  const witness = await bench.visit();
  for (const [what, play] of tricks) {
    const start = performance.now();
    const page = await bench.visit();
    const { bolt11 } = await bench.control<{ bolt11: string }>('invoice', { amountSat: 700 });
    try {
      await play({ ...bench, page, bolt11 });
      await page.close();
      await until(() => (prompts(bench).length === 0 ? true : undefined), 'the end of all windows', 20_000);
      if (await refused(bench)) await bench.freshWorker();
      equal(await callWebln(witness, 'isEnabled'), true, 'the wallet answers');
    } catch (e) {
      throw new Error(`${what}: ${e instanceof Error ? e.message : String(e)}`, { cause: e });
    }
    console.log(`     ${what} (${Math.round(performance.now() - start)} ms)`);
  }
}

let played = 0;

export const hostileCases: Case[] = groups.map(([what, tricks]) => ({
  name: `a hostile page plays with ${what}, and nothing is paid, hangs or leaks`,
  ms: 300_000,
  async run(bench) {
    await bench.connect();
    await bench.freshWorker();
    await nothingMoves(bench, () => playAll(bench, tricks));
    played += tricks.length;
    console.log(`${tricks.length} tricks of a hostile page, ${played} so far`);
  },
}));
