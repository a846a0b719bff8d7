// What takes too long for every run: ten thousand messages, two hundred receipts with a worker that is killed, and the
// life of a worker that nobody watches.
import { spawnSync } from 'node:child_process';

import { startBench } from '../e2e/bench.ts';
import { idleWorker } from '../e2e/idle.ts';
import { receipts } from '../e2e/receipts.ts';
import { bulk, bulkLine } from '../integration/support/mailbox-bulk.ts';

const MESSAGES = 10_000;
const RECEIPTS = 200;

function build(): void {
  const run = spawnSync('npm', ['run', '-s', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (run.status !== 0) throw new Error('the extension does not build');
}

/** Every proof with its name. */
export const mailboxProofs: [string, () => Promise<void>][] = [
  [
    'ten thousand messages over streams that break: every coin exactly once',
    async () => console.log(bulkLine(await bulk(MESSAGES, 2))),
  ],
  [
    'two hundred receipts while the worker is killed: none lost, none doubled',
    async () => {
      build();
      const bench = await startBench();
      try {
        console.log(`the worker was killed ${await receipts(bench, RECEIPTS)} times`);
      } finally {
        await bench.stop();
      }
    },
  ],
  [
    'a worker that nobody watches: one stream, ended when idle, back with the alarm',
    async () => {
      build();
      console.log(await idleWorker());
    },
  ],
];
