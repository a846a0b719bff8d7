// A plugin of the build that writes down which packages have code in what is shipped; the bytes stay the same. The list
// of licences is made from it, because package-lock.json also names what only compiles.
import { appendFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/**
 * Place of a module's package, as package-lock.json has it: `/x/node_modules/@a/b/c.js` → `node_modules/@a/b`. What a
 * bundler adds by itself is its own code. Undefined for files of the project.
 */
function placeOf(id: string): string | undefined {
  const tool = /^\0(vite|rolldown)\//.exec(id)?.[1];
  if (tool) return `node_modules/${tool}`;
  return /\/(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))?.[1];
}

/** @param file gets a place a line; without one nothing is written */
export const noteModules = (file: string | undefined): Plugin => ({
  name: 'skiff:note-modules',
  generateBundle(_, bundle) {
    if (!file) return;
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      const places = Object.entries(chunk.modules)
        .filter(([, { renderedLength }]) => renderedLength > 0)
        .flatMap(([id]) => placeOf(id) ?? []);
      if (places.length > 0) appendFileSync(file, `${[...new Set(places)].join('\n')}\n`);
    }
  },
});
