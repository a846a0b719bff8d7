// One target in a thread of its own, with little memory: what eats more ends the thread, and the run.
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './engine.ts';
import { targets } from './targets/index.ts';

const { name, ms, seed, now } = workerData as {
  name: string;
  ms: number;
  seed: number;
  /** What is being read: its length in the first four bytes. */
  now: SharedArrayBuffer;
};
const shown = new Uint8Array(now, 4);
const length = new Int32Array(now, 0, 1);

const found = targets.find((t) => t.name === name)!;
const report = await fuzz(found, {
  ms,
  seed,
  about(text) {
    const { written } = new TextEncoder().encodeInto(text, shown);
    Atomics.store(length, 0, written);
  },
});
parentPort!.postMessage(report);
