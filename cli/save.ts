// A file for the person: new, readable by them alone, and on disk when this returns.
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExportFile } from '../src/wallet/movements/export.ts';
import { refuse } from './refuse.ts';

/** Resolves `path`, or the file's own name in the current folder. @throws SkiffError when there is such a file already */
export function saveAs({ name, text }: ExportFile, path = name): string {
  const file = resolve(path);
  if (existsSync(file)) throw refuse(`${file} exists. It was left as it is.`);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
  return file;
}
