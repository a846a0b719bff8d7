// The wallet's folder, laid out as bark's: `mnemonic` (the seed phrase, readable by the owner only), `config.toml`,
// `debug.log`, and the database. Creating a wallet never touches a folder that holds anything else.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SkiffError } from '../src/errors.ts';
import { LOCK_FILE } from './lock.ts';

export const MNEMONIC_FILE = 'mnemonic';
export const CONFIG_FILE = 'config.toml';
export const DATABASE_FILE = 'skiff.sqlite';

/** Files that may lie in a folder in which a wallet is created. */
const EXPECTED = new Set([
  CONFIG_FILE,
  'debug.log',
  'stdout.log',
  'stderr.log',
  'LOCK',
  'auth_token',
  'barkd.lock',
]);
const isLock = (name: string): boolean => name === LOCK_FILE || name.startsWith(`${LOCK_FILE}-`);

/** Does a wallet live here? */
export const hasWallet = (datadir: string): boolean =>
  existsSync(join(datadir, MNEMONIC_FILE)) && existsSync(join(datadir, DATABASE_FILE));

/** Creates the folder, or insists that it holds nothing but expected files; `wipe` deletes everything else. @throws SkiffError WALLET_EXISTS. */
export function prepareDatadir(datadir: string, wipe: boolean): void {
  mkdirSync(datadir, { recursive: true, mode: 0o700 });
  chmodSync(datadir, 0o700);
  for (const name of readdirSync(datadir).filter((n) => !EXPECTED.has(n) && !isLock(n))) {
    if (!wipe) {
      throw new SkiffError({
        code: 'WALLET_EXISTS',
        say: `Datadir has unexpected contents: ${join(datadir, name)}. --force would delete them, with all funds of that wallet.`,
      });
    }
    rmSync(join(datadir, name), { recursive: true, force: true });
  }
}

/** After a failed creation: everything that it made is gone again; a config file that was there before stays. */
export function undoCreation(datadir: string, hadConfig: boolean, hadFolder: boolean): void {
  if (!hadFolder) return rmSync(datadir, { recursive: true, force: true });
  for (const name of readdirSync(datadir)) {
    if (!EXPECTED.has(name) || (name === CONFIG_FILE && !hadConfig))
      rmSync(join(datadir, name), { recursive: true });
  }
}

/** Writes a new file that only the owner can read. */
export function writeSecretFile(datadir: string, name: string, text: string): void {
  writeFileSync(join(datadir, name), text, { mode: 0o600, flag: 'wx', flush: true });
}

/** Text of a file of the folder, or undefined when it is not there. */
export function readDatadirFile(datadir: string, name: string): string | undefined {
  const path = join(datadir, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
