// npm run fuzz: every reader of foreign bytes, ten minutes each. `npm run fuzz -- 20 bolt11 vtxo` takes other seconds and
// only some of them; FUZZ_SEED repeats a run. Each runs in a thread with 512 MB, which is ended when one input takes
// longer than ten seconds.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Report } from './engine.ts';
import { targets } from './targets/index.ts';

const SECONDS = 600;
const HANG_MS = 10_000;
const SHOWN = 8_192;
const MEMORY_MB = 512;

const words = process.argv.slice(2);
const seconds = Number(words.find((w) => /^\d+$/.test(w)) ?? SECONDS);
const names = words.filter((w) => !/^\d+$/.test(w));
const unknown = names.filter((n) => !targets.some((t) => t.name === n));
if (unknown.length > 0) {
  console.error(`no such target: ${unknown.join(', ')}; there are ${targets.map((t) => t.name).join(', ')}`);
  process.exit(2);
}
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Resolves with the report, or with what ended the thread. */
function run(name: string): Promise<Report> {
  const now = new SharedArrayBuffer(4 + SHOWN);
  const length = new Int32Array(now, 0, 1);
  const shown = (): string =>
    new TextDecoder().decode(new Uint8Array(now, 4).slice(0, Atomics.load(length, 0)));
  const fault = (what: string): Report => {
    const nothing = { inputs: 0, accepted: 0, refusals: 0, slowestMs: 0 };
    return { name, ...nothing, faults: [`${what}\n  on ${shown()}`] };
  };
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { name, ms: seconds * 1000, seed, now },
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    let last = '';
    let since = Date.now();
    const watch = setInterval(() => {
      const current = shown();
      if (current !== last) [last, since] = [current, Date.now()];
      else if (Date.now() - since > HANG_MS) end(fault(`no answer after ${HANG_MS / 1000} s`));
    }, 1000);
    const end = (report: Report): void => {
      clearInterval(watch);
      resolve(report);
      void worker.terminate();
    };
    worker.on('message', end);
    worker.on('error', (e) => end(fault(String(e))));
    worker.on('exit', (code) => end(fault(`the thread ended with ${code}`)));
  });
}

const waiting = targets.map((t) => t.name).filter((n) => names.length === 0 || names.includes(n));
let [passed, failed] = [0, 0];
async function lane(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { inputs, accepted, refusals, slowestMs, faults } = await run(name);
    const facts = `${inputs} inputs, ${accepted} taken, ${refusals} kinds of refusal, slowest ${slowestMs.toFixed(1)} ms`;
    console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(14)} ${facts}`);
    for (const fault of faults) console.log(`     ${fault}`);
    if (faults.length === 0) passed++;
    else failed++;
  }
}
console.log(`${seconds} s each, seed ${seed}`);
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
