// Two builds of the same sources that have nothing else in common: folder, clock, time zone, language, and that one of
// them notes what it is made of. Every byte must be the same, or nobody can tell a good package from a changed one.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** What a build reads. */
const READ = ['entrypoints', 'src', 'public', 'proto', 'scripts', 'package.json', 'tsconfig.json'];
READ.push('wxt.config.ts', 'buf.yaml', 'buf.gen.yaml');
const GENERATED = join('src', 'server', 'gen');
const YEAR = 365 * 24 * 3600_000;

/** Every file below a folder, relative to it, in order. */
const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();

/** The same files at another place, without copying where the file system allows. Symbolic links are kept. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.name === '.cache' || entry.name === '.vite') continue;
    if (entry.isDirectory()) link(source, target);
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true });
    else
      try {
        linkSync(source, target);
      } catch {
        copyFileSync(source, target); // Another file system.
      }
  }
}

function copySources(to: string): void {
  for (const name of READ)
    cpSync(name, join(to, name), { recursive: true, filter: (path) => path !== GENERATED });
  link('node_modules', join(to, 'node_modules'));
}

interface Surroundings {
  env: Record<string, string>;
  /** How far the clock is set forward, ms. */
  ahead: number;
}

/** A module that sets the clock of the process that loads it forward. */
const clock = (ms: number): string => `
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...when) { super(...(when.length > 0 ? when : [Real.now() + ${ms}])); }
    static now() { return Real.now() + ${ms}; }
  };`;

/** `npm run build` in a folder of its own. Resolves with its output folder. @throws Error with what it printed */
async function build(dir: string, { env, ahead }: Surroundings): Promise<string> {
  copySources(dir);
  const child = spawn('npm', ['run', '-s', 'build'], {
    cwd: dir,
    env: {
      ...process.env,
      PATH: `${join(dir, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock(ahead))}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`a build failed:\n${said.slice(-2000)}`);
  return join(dir, '.output', 'chrome-mv3');
}

export interface Rebuilt {
  /** Files that differ or that only one build has. */
  differing: string[];
  files: number;
  /** SHA-256 over the names and the bytes of all files: the name of this build. */
  hash: string;
  /** Places (as in package-lock.json) of the packages whose code is in it. */
  packages: string[];
}

/** @throws Error when a build fails */
export async function buildTwice(): Promise<Rebuilt> {
  const top = mkdtempSync(join(tmpdir(), 'skiff-builds-'));
  try {
    const modules = join(top, 'modules');
    const [one, two] = await Promise.all([
      build(join(top, 'one'), {
        env: { TZ: 'Pacific/Kiritimati', LANG: 'C', SKIFF_MODULES: modules },
        ahead: 0,
      }),
      build(join(top, 'a', 'deeper', 'second folder'), {
        env: { TZ: 'America/St_Johns', LANG: 'tr_TR.UTF-8' },
        ahead: YEAR,
      }),
    ]);
    const [mine, other] = [filesOf(one), filesOf(two)];
    const differing = [...new Set([...mine, ...other])].filter(
      (file) =>
        !mine.includes(file) ||
        !other.includes(file) ||
        !readFileSync(join(one, file)).equals(readFileSync(join(two, file))),
    );
    const hash = createHash('sha256');
    for (const file of mine)
      hash.update(`${file}\0`).update(
        createHash('sha256')
          .update(readFileSync(join(one, file)))
          .digest(),
      );
    return {
      differing,
      files: mine.length,
      hash: hash.digest('hex'),
      packages: [...new Set(readFileSync(modules, 'utf8').split('\n').filter(Boolean))].sort(),
    };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
