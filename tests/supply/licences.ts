// Whose code is in the extension and under which terms: a page for readers (docs/licences.md), the notices that travel
// with the package (public/licences.txt), and what may not be in either.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lock } from './lock.ts';
import { nameOf, placesOf } from './lock.ts';

export const PAGE = 'docs/licences.md';
export const NOTICES = 'public/licences.txt';

/** Terms under which code may be in the package. */
const SHIPPED = new Set(['MIT', 'Apache-2.0', 'BSD-3-Clause', 'BSD-2-Clause', 'ISC', '0BSD']);
/** Terms of tools that only build and test: none of them reaches what is built. */
const DEVELOPMENT = new Set([...SHIPPED, 'MPL-2.0', 'BlueOak-1.0.0', 'Unlicense']);
/** The one exception, by name: an oracle of the swap tests. Listed, and never shipped. */
const ORACLES: Readonly<Record<string, string>> = { 'boltz-core': 'AGPL-3.0' };

/** Where the whole text of a licence stands, and how it is cut out there. */
const TEXTS: Readonly<Record<string, () => string>> = {
  MIT: () => after(read('node_modules/@noble/hashes/LICENSE'), 'Permission is hereby'),
  'Apache-2.0': () => read('node_modules/dexie/LICENSE'),
  'BSD-3-Clause': () => {
    const header = read('node_modules/@bufbuild/protobuf/dist/esm/wire/varint.js').split(/\n(?!\/\/)/)[0]!;
    return after(header.replace(/^\/\/ ?/gm, ''), 'Copyright');
  },
};

const read = (path: string): string => readFileSync(path, 'utf8');
const after = (text: string, start: string): string => text.slice(text.indexOf(start)).trim();

/** SPDX: `MIT`, `(MIT OR Apache-2.0)`, `(Apache-2.0 AND BSD-3-Clause)`. */
export function permitted(licence: string | undefined, allowed: ReadonlySet<string>): boolean {
  const plain = (licence ?? '').replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some((all) => all.split(' AND ').every((one) => allowed.has(one)));
}

/** The licences that are kept of an expression: all that must be, the first of those that may. */
const kept = (licence: string): string[] =>
  licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')[0]!
    .split(' AND ');

/**
 * @param shipped places of packages whose code is in the build
 * @returns packages whose terms do not allow what is done with them
 */
export function forbidden(lock: Lock, shipped: readonly string[]): string[] {
  const inside = new Set(shipped);
  const unknown = shipped
    .filter((place) => !lock.packages[place])
    .map((place) => `${place}: not in package-lock.json`);
  const wrong = placesOf(lock)
    .filter(([place, { license }]) => {
      if (inside.has(place)) return !permitted(license, SHIPPED);
      return !permitted(license, DEVELOPMENT) && ORACLES[nameOf(place)] !== license;
    })
    .map(
      ([place, { license }]) =>
        `${place}: ${license ?? 'no licence'}${inside.has(place) ? ', in the extension' : ''}`,
    );
  return [...unknown, ...wrong];
}

/** Who holds the rights: the licence file's words, else the sources' own header, else the author. */
function holder(place: string): string {
  const files = readdirSync(place).filter((name) => /^licen[cs]e(-mit)?(\.md|\.txt)?$/i.test(name));
  const file = files.find((name) => /mit/i.test(name)) ?? files[0];
  const sources = join(place, 'dist', 'esm', 'index.js');
  const texts = [file && read(join(place, file)), existsSync(sources) && read(sources)];
  for (const text of texts) {
    const line = /^(?:\/\/ )?(Copyright (?:\(c\)|©|\d).*)$/im.exec(text || '')?.[1];
    if (line) return line.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
  }
  const { author } = JSON.parse(read(join(place, 'package.json'))) as { author?: string | { name: string } };
  if (!author) throw new Error(`${place}: nobody is named whose work it is`);
  return `Copyright (c) ${typeof author === 'string' ? author : author.name}`;
}

/** docs/licences.md. */
export function page(lock: Lock, shipped: readonly string[]): string {
  const inside = new Set(shipped);
  const rows = shipped.map((place) => {
    const { version, license } = lock.packages[place]!;
    return `| ${nameOf(place)} | ${version} | ${license} |`;
  });
  const counts = new Map<string, number>();
  for (const [place, { license = 'none' }] of placesOf(lock))
    if (!inside.has(place)) counts.set(license, (counts.get(license) ?? 0) + 1);
  const others = [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
  return `# Licences

Skiff is under the [MIT licence](../LICENSE). This page is written by \`npm run licences\`; \`npm test\` fails when it is
stale, or when a licence is not on the list of those that are allowed (\`tests/supply/licences.ts\`).

## In the extension

Packages with code in what is built; the notices they ask for travel with it (\`licences.txt\`).

| package | version | licence |
|---|---|---|
${rows.join('\n')}

## Only for building and testing

None of this reaches the extension. \`boltz-core\` (AGPL-3.0) is the oracle of the swap tests: it is installed for them and
imported by nothing else.

| licence | packages |
|---|---|
${others.map(([licence, count]) => `| ${licence} | ${count} |`).join('\n')}
`;
}

/** public/licences.txt. */
export function notices(lock: Lock, shipped: readonly string[]): string {
  const named = shipped.map((place) => {
    const { version, license } = lock.packages[place]!;
    return `${nameOf(place)} ${version}, ${license}\n${holder(place)}\n`;
  });
  const wanted = [...new Set(shipped.flatMap((place) => kept(lock.packages[place]!.license!)))].sort();
  const texts = wanted.map((licence) => `---- ${licence} ----\n\n${TEXTS[licence]!()}\n`);
  return [`Skiff contains code of these packages. Their licences follow below.\n`, ...named, ...texts].join(
    '\n',
  );
}
