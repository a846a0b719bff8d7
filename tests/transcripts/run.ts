// `npm run test:transcripts`: gRPC calls of the published bark 0.8.0 against a real Ark server, checked with Skiff's code.
// Folder from TRANSCRIPTS_DIR (default: this one). Prints counts per file and kind, then `N passed, N failed`.
import { checkClaims } from './claims.ts';
import { checkCosigning } from './cosign.ts';
import { checkFees } from './fees.ts';
import { checkOffboards } from './offboards.ts';
import { checkReceives } from './receives.ts';
import { checkRequests } from './requests.ts';
import { checkRounds } from './rounds.ts';
import { Tally } from './tally.ts';
import { readCalls } from './transcript.ts';
import { buildWorld } from './world.ts';

const folder = process.env.TRANSCRIPTS_DIR ?? import.meta.dirname;
const tallies = new Map<string, Tally>();
const tallyOf = (file: string): Tally => {
  const tally = tallies.get(file) ?? new Tally();
  tallies.set(file, tally);
  return tally;
};

const calls = readCalls(folder, tallyOf);
const world = buildWorld(folder, calls, tallyOf);
checkClaims(calls, world, tallyOf);
checkReceives(calls, world, tallyOf);
checkCosigning(calls, world, tallyOf);
checkRounds(calls, world, tallyOf);
checkOffboards(calls, world, tallyOf);
const tip = checkFees(folder, calls, world, tallyOf);
checkRequests(calls, world, tallyOf, tip);

let passed = 0;
let failed = 0;
const kinds = new Map<string, number>();
for (const [file, tally] of tallies) {
  const counts = [...tally.counts].map(([kind, n]) => `${n} ${kind}`);
  console.log(
    `${file}: ${counts.join(', ')}${tally.failures.length > 0 ? ` — ${tally.failures.length} FAILED` : ''}`,
  );
  for (const failure of tally.failures) console.log(`  ${failure}`);
  for (const [kind, n] of tally.counts) kinds.set(kind, (kinds.get(kind) ?? 0) + n);
  passed += tally.total - tally.failures.length;
  failed += tally.failures.length;
}
console.log(`all files: ${[...kinds].map(([kind, n]) => `${n} ${kind}`).join(', ')}`);
if (calls.length === 0) failed += 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
