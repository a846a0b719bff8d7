// The e2e runner: Chromium, the built extension, a devnet, a shop. `node tests/e2e/run.ts [part of a name…]`.
// Prints a line for each case and `N passed, N failed` at the end; pictures of failures lie in artifacts/e2e.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { EXTENSION } from '../../scripts/driver.ts';
import { startBench } from './bench.ts';
import type { Bench } from './bench.ts';
import { bolt12Cases } from './bolt12.ts';
import { budgetCases } from './budget.ts';
import { connectCases } from './connect.ts';
import { destinationCases } from './destinations.ts';
import { hostileCases } from './hostile.ts';
import { inputCases } from './input.ts';
import { keyboardCases } from './keyboard.ts';
import { lifeCases } from './life.ts';
import { linkCases } from './link.ts';
import { lockCases } from './lock.ts';
import { longCases } from './long.ts';
import { moneyCases } from './money.ts';
import { packageCases } from './package.ts';
import { pageCases } from './page.ts';
import { payCases } from './pay.ts';
import { receiveCases } from './receive.ts';
import { receiptCases } from './receipts.ts';
import { refusalCases } from './refusal.ts';
import { remainsCases } from './remains.ts';
import { restoreCases } from './restore.ts';
import { screenCases } from './screens.ts';
import { swapCases } from './swap.ts';
import { updateCases } from './update.ts';
import { vaultCases } from './vault.ts';
import { weblnInvoiceCases } from './webln-invoice.ts';
import { weblnMessageCases } from './webln-message.ts';
import { workerCases } from './worker.ts';

export type Case = { name: string; run: (bench: Bench) => Promise<void>; ms?: number };

const OUT = 'artifacts/e2e';
const CASE_MS = 120_000;
const wanted = process.argv.slice(2);
const all: Case[] = [
  ...payCases,
  ...budgetCases,
  ...destinationCases,
  ...bolt12Cases,
  ...moneyCases,
  ...receiveCases,
  ...refusalCases,
  ...inputCases,
  ...linkCases,
  ...workerCases,
  ...receiptCases,
  ...longCases,
  ...packageCases,
  ...pageCases,
  ...hostileCases,
  ...connectCases,
  ...weblnInvoiceCases,
  ...weblnMessageCases,
  ...lockCases,
  ...vaultCases,
  ...updateCases,
  ...lifeCases,
  ...swapCases,
  ...restoreCases,
  ...screenCases,
  // Moves everything to bitcoin in the end.
  ...keyboardCases,
  // Closes the browser: the last one.
  ...remainsCases,
];
const chosen = all.filter(({ name }) => wanted.length === 0 || wanted.some((w) => name.includes(w)));

const deadline = (ms: number): Promise<never> =>
  new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`took longer than ${ms / 1000} s`)), ms).unref(),
  );

// npm test has built just before; alone, any build will do.
if (!existsSync(`${EXTENSION}/manifest.json`)) spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' });
mkdirSync(OUT, { recursive: true });
let passed = 0;
let failed = 0;
const bench = await startBench();
try {
  for (const { name, run, ms = CASE_MS } of chosen) {
    const start = performance.now();
    try {
      await Promise.race([run(bench), deadline(ms)]);
      passed++;
      console.log(`ok   ${name} (${Math.round(performance.now() - start)} ms)`);
    } catch (e) {
      failed++;
      console.log(`FAIL ${name}: ${e instanceof Error ? e.message : String(e)}`);
      for (const [i, page] of bench.driver.context.pages().entries())
        await page
          .screenshot({ path: `${OUT}/${name.replace(/\W+/g, '-')}-${i}.png`, timeout: 5000 })
          .catch(() => {});
      await bench.recover().catch(() => {});
    }
    for (const page of bench.driver.context.pages().slice(1)) await page.close().catch(() => {});
  }
} finally {
  await bench.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
