// `npm run test:vectors [name…]`: compares every value of the vector files with what Skiff's code makes.
// Folder from VECTORS_DIR (default: this one). tests/vectors/compare/<name>.ts holds a file's comparer:
// `export function compare(data, check)`. A leaf that no comparer read is a failure.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runComparer } from './check.ts';

const here = import.meta.dirname;
const folder = process.env.VECTORS_DIR ?? here;
const only = new Set(process.argv.slice(2));

/** Files whose every value must be reproduced. */
const REQUIRED = (
  'encode policies musig address mailbox attestations fees keys lightning board arkoor vtxos vtxo_negative upstream bolt11 ' +
  'tree round forfeit connectors offboard exit bolt12-offers bolt12-invoice-requests bolt12-invoices ' +
  'bolt12-static-invoices bolt12-blinded-paths bolt12-onion-messages-0 bolt12-onion-messages-1 ' +
  'bolt12-onion-messages-2 bolt12-onion-negatives bolt12-pay-decisions'
).split(' ');

const present = readdirSync(folder)
  .filter((f) => f.endsWith('.json'))
  .map((f) => basename(f, '.json'));
const names = [...new Set([...REQUIRED, ...present])].filter((n) => only.size === 0 || only.has(n));

let passed = 0;
let failed = 0;
const notYet: string[] = [];

for (const name of names) {
  const comparer = join(here, 'compare', `${name}.ts`);
  if (!existsSync(comparer) || !present.includes(name)) {
    if (REQUIRED.includes(name)) {
      failed += 1;
      console.log(
        `${name}: FAILED, ${existsSync(comparer) ? `no ${name}.json in ${folder}` : 'no comparer'}`,
      );
    } else notYet.push(name);
    continue;
  }
  const { compare } = (await import(comparer)) as { compare: Parameters<typeof runComparer>[1] };
  const start = performance.now();
  const outcome = await runComparer(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')), compare);
  const ms = Math.round(performance.now() - start);
  passed += outcome.passed;
  failed += outcome.failed + outcome.untouched.length;
  const rest = outcome.untouched.length > 0 ? `, ${outcome.untouched.length} values untouched` : '';
  console.log(
    `${name}: ${outcome.passed + outcome.failed} comparisons, ${outcome.failed} failed${rest} (${ms} ms)`,
  );
  for (const line of outcome.failures.slice(0, 10)) console.log(`  ${line}`);
  for (const path of outcome.untouched.slice(0, 10)) console.log(`  untouched: ${path}`);
}

for (const name of notYet) console.log(`${name}: not yet`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
