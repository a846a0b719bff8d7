// Makes sure that there is a Chromium: one that is installed, else the distribution's (as root, with apt), else
// playwright's own. Prints its path.
import { spawnSync } from 'node:child_process';
import { lookForChromium } from './chromium.ts';

const run = (program: string, args: string[]): boolean =>
  spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;

function installWithApt(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  if (spawnSync('apt-get', ['--version']).status !== 0) return false;
  console.error('installing chromium with apt …');
  return (
    run('apt-get', ['update', '-q']) &&
    run('apt-get', ['install', '-qy', '--no-install-recommends', 'chromium'])
  );
}

const installWithPlaywright = (): boolean => {
  console.error('installing chromium with playwright …');
  return run(process.execPath, ['node_modules/playwright-core/cli.js', 'install', 'chromium']);
};

/** Finds or installs a Chromium. @throws Error when every way failed */
export function ensureChromium(): string {
  const there = lookForChromium();
  if (there) return there;
  if (installWithApt()) {
    const found = lookForChromium();
    if (found) return found;
  }
  if (installWithPlaywright()) {
    const found = lookForChromium();
    if (found) return found;
  }
  throw new Error('no Chromium could be found or installed; install one and name it with CHROMIUM=/path');
}

if (import.meta.main) console.log(ensureChromium());
