// The supply chain: what is installed, what is shipped, and whether anybody can build the same. Part of `npm test`.
// `npm run licences` writes the list of licences anew instead of holding it against the one that is committed.
import { readFileSync, writeFileSync } from 'node:fs';
import { audit } from './audit.ts';
import { buildTwice } from './build.ts';
import { forbidden, NOTICES, notices, PAGE, page } from './licences.ts';
import type { Lock, Manifest } from './lock.ts';
import { installScripts, placesOf, unchecked, unpinned } from './lock.ts';

const json = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
const manifest = json<Manifest>('package.json');
const lock = json<Lock>('package-lock.json');

let passed = 0;
let failed = 0;
let notRun = 0;

function check(name: string, faults: readonly string[]): void {
  if (faults.length === 0) passed++;
  else failed++;
  console.log(faults.length === 0 ? `ok      ${name}` : `FAIL    ${name}\n  ${faults.join('\n  ')}`);
}

const rebuilt = await buildTwice();
const files = { [PAGE]: page(lock, rebuilt.packages), [NOTICES]: notices(lock, rebuilt.packages) };

if (process.argv[2] === 'write') {
  for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
  console.log(`${Object.keys(files).join(' and ')} written`);
  process.exit(0);
}

check('every dependency is asked for by its exact version', unpinned(manifest, lock));
check(`each of the ${placesOf(lock).length} packages has a checksum`, unchecked(lock));
check('no install script but those on the list, none of a shipped package', installScripts(manifest, lock));
check(
  `two builds in other folders, at other times, are the same (${rebuilt.files} files, sha256 ${rebuilt.hash})`,
  rebuilt.differing,
);
check(
  `the licences of the ${rebuilt.packages.length} packages in the extension are allowed`,
  forbidden(lock, rebuilt.packages),
);
check(
  'the lists of licences are those of this build',
  Object.entries(files)
    .filter(([path, text]) => readFileSync(path, 'utf8') !== text)
    .map(([path]) => `${path} is stale: npm run licences`),
);
const verdict = audit(lock);
if (verdict.answered) {
  for (const one of verdict.tolerated) console.log(`known   ${one}`);
  check('the registry knows of no advisory that concerns what is locked', verdict.advisories);
} else {
  notRun++;
  console.log(
    `NOT RUN the audit: the registry did not answer (${verdict.why}). Nothing is known about advisories.`,
  );
  if (process.env.AUDIT === 'required') failed++;
}
console.log(`${passed} passed, ${failed} failed, ${notRun} not run`);
process.exit(failed === 0 ? 0 : 1);
