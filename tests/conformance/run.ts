// npm run conformance: the published bark client against the devnet and against Skiff's cli, LDK as server and payer of
// Skiff's offers, Bitcoin Core's consensus code over every transaction that any test meant for the chain, and Firefox with
// the extension. A tool that can't be had ends the run with SKIPPED and a non-zero code (ALLOW_SKIP=1 turns that into 0;
// such a run proves nothing).
// `npm run conformance -- full` adds the crash tests at every tip and every fault in full, which take longer than a build
// may; with other names, such as `-- mailbox`, only those parts run (`bark`, `mailbox`, `ldk`, `year`, `full`,
// `kernel`, `firefox`).
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { startDevnet } from '../../devnet/index.ts';
import { kinds } from './kinds.ts';
import { launchFirefox } from './firefox/browser.ts';
import { firefoxStory } from './firefox/story.ts';
import { bark, firefox, kernelPython, ldkBinary, run, Unavailable } from './tools.ts';
import { ldkProofs } from './ldk.ts';
import { mailboxProofs } from './mailbox.ts';
import { scenarios } from './scenarios.ts';
import { swapBlocks } from './swaps.ts';
import { live, told } from './year.ts';

const dump = process.env.SKIFF_TX_DUMP ?? join('artifacts', 'transactions.jsonl');
const blocks = join('artifacts', 'blocks.jsonl');
/** Swaps that are claimed and refunded, with refunds that come too early. */
const swaps = join('artifacts', 'swaps.jsonl');
/** The chain under the recorded sessions of bark. */
const RECORDED = join('tests', 'transcripts', 'chain.json');
let passed = 0;
let failed = 0;

async function proof(name: string, body: () => Promise<void>): Promise<void> {
  const start = performance.now();
  try {
    await body();
    passed++;
    console.log(`ok      ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (e) {
    failed++;
    console.log(`FAIL    ${name}\n${e instanceof Error ? (e.stack ?? e.message) : String(e)}`);
  }
}

async function kernel(): Promise<void> {
  const python = await kernelPython('tests/conformance/requirements.txt');
  if (!existsSync(dump)) throw new Error(`${dump} is not there: npm test writes it`);
  const check = await run(python, ['tests/conformance/kernel_check.py', dump, blocks, swaps, RECORDED], {
    timeoutMs: 600_000,
    echo: true,
  });
  const counts = /(\d+) passed, (\d+) failed/.exec(check.stdout);
  for (const line of kinds(dump)) console.log(`  ${line}`);
  if (check.code !== 0 || !counts || counts[1] === '0')
    throw new Error(check.stderr || 'nothing was checked');
}

/** 52 000 blocks, the browser open for one hour of each day. */
async function year(): Promise<void> {
  const dumps = [process.env.SKIFF_TX_DUMP, process.env.SKIFF_BLOCK_DUMP];
  // Nothing of it that other tests do not show; it would be a gigabyte.
  [process.env.SKIFF_TX_DUMP, process.env.SKIFF_BLOCK_DUMP] = ['', ''];
  try {
    console.log(told(await live({ days: 361, lifetime: 4320, threshold: 144, seed: 7 })));
  } finally {
    [process.env.SKIFF_TX_DUMP, process.env.SKIFF_BLOCK_DUMP] = dumps;
  }
}

/**
 * `npm test` takes turns; here every kill point meets every number of blocks, and every call every loss and status. On
 * chains of their own, which are rewound again and again: the consensus check gets their transactions, not their blocks.
 */
async function fullProduct(): Promise<void> {
  const names = ['crash', 'cli-killed', 'lost-responses', 'status-faults'];
  names.push('reorgs', 'hostile-rounds', 'server-vanishes', 'swaps');
  const files = names.map((name) => `tests/integration/${name}`);
  const tests = ['vitest', 'run', '--project', 'integration', '--maxWorkers=2', ...files];
  const env = { CRASH_FULL: '1', SKIFF_BLOCK_DUMP: '' };
  const done = await run('npx', tests, { env, timeoutMs: 90 * 60_000 });
  const counts = [...done.stdout.matchAll(/^.*\d+ (?:runs|deaths|cases|lies|calls).*$/gm)].map(([line]) =>
    line.trim(),
  );
  if (done.code !== 0 || counts.length === 0)
    throw new Error(`${done.stdout.slice(-3000)}\n${done.stderr.slice(-3000)}`);
  console.log(counts.join('\n'));
}

/** Skiff in Firefox. A chapter that fails ends the story: those after it stand on it. */
async function inFirefox(): Promise<void> {
  const program = firefox();
  const browser = await launchFirefox(program);
  const before = failed;
  try {
    console.log(`Firefox ${browser.version}`);
    const story = await firefoxStory(browser);
    try {
      for (const [name, body] of story.proofs)
        if (failed === before) await proof(`in Firefox: ${name}`, body);
    } finally {
      await story.stop();
    }
  } finally {
    await browser.stop();
  }
}

const PARTS = ['bark', 'mailbox', 'ldk', 'year', 'full', 'kernel', 'firefox'] as const;
type Part = (typeof PARTS)[number];

/** What was asked for by name; without names, and with `full` alone, all the rest. */
function partsOf(names: readonly string[]): ReadonlySet<Part> {
  const unknown = names.filter((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(', ')}; there are ${PARTS.join(', ')}`);
  const all: Part[] = ['bark', 'mailbox', 'ldk', 'year', 'kernel', 'firefox'];
  return new Set(names.some((name) => name !== 'full') ? (names as Part[]) : [...all, ...(names as Part[])]);
}

async function main(): Promise<number> {
  const parts = partsOf(process.argv.slice(2));
  mkdirSync('artifacts', { recursive: true });
  if (parts.has('bark')) rmSync(blocks, { force: true });
  process.env.SKIFF_TX_DUMP = dump;
  process.env.SKIFF_BLOCK_DUMP = blocks;
  // On a new machine cargo works for ten minutes: it begins on the core that the year leaves free.
  const client = parts.has('bark') ? bark() : undefined;
  const building = Promise.allSettled([client, parts.has('ldk') ? ldkBinary() : undefined]);
  try {
    if (parts.has('year'))
      await proof('a year of coins, the browser open for one hour of each day: none expires', year);
    await building;
    if (client) {
      const binary = await client;
      const devnet = await startDevnet({});
      try {
        for (const [name, body] of scenarios(devnet, binary)) await proof(name, body);
      } finally {
        await devnet.stop();
      }
    }
    if (parts.has('mailbox')) for (const [name, body] of mailboxProofs) await proof(name, body);
    if (parts.has('ldk')) for (const [name, body] of ldkProofs) await proof(name, body);
    if (parts.has('full'))
      await proof('killed at every effect, every answer lost, every status, in full', fullProduct);
    if (parts.has('kernel'))
      await proof('swaps are claimed and refunded, with refunds one block early', () => swapBlocks(swaps));
    if (parts.has('kernel'))
      await proof(
        'every transaction and block meant for the chain passes Bitcoin Core’s consensus code',
        kernel,
      );
    if (parts.has('firefox')) await inFirefox();
  } catch (e) {
    if (!(e instanceof Unavailable)) throw e;
    console.log(`SKIPPED: ${e.message}`);
    return process.env.ALLOW_SKIP === '1' ? 0 : 3;
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exit(await main());
