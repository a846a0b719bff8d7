// The peers' software that the conformance run needs, brought once and cached in ~/.cache/skiff.
// What can't be brought is a typed refusal, so that a skipped run is never mistaken for a passed one.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = join(process.env.SKIFF_CACHE ?? join(homedir(), '.cache', 'skiff'));
const barkVersion = '0.8.0';

/** A tool that this machine cannot get: the run ends with SKIPPED, not with a pass. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program without blocking this process (the devnet lives in it). */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; timeoutMs?: number; echo?: boolean } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 120_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (options.echo) process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      if (options.echo) process.stderr.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

function works(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function aptInstall(...packages: string[]): void {
  if (process.getuid?.() !== 0 || !works('apt-get', '--version')) return;
  console.log(`installing ${packages.join(' ')} with apt`);
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', '-qq', ...packages], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** Makes sure that `program` answers; installs Debian's packages for it when this process may. */
function need(program: string, packages: string[], ...probe: string[]): void {
  if (works(program, ...probe)) return;
  aptInstall(...packages);
  if (!works(program, ...probe)) throw new Unavailable(`${program} is not here and could not be installed`);
}

/** The published bark client, built once by cargo. @returns the path of its binary. */
export async function bark(): Promise<string> {
  const root = join(cache, `bark-${barkVersion}`);
  const binary = join(root, 'bin', 'bark');
  if (existsSync(binary)) return binary;
  need('cargo', ['cargo'], '--version');
  need('protoc', ['protobuf-compiler'], '--version');
  mkdirSync(root, { recursive: true });
  console.log(`building bark-cli ${barkVersion} (about ten minutes, once)`);
  const build = await run(
    'cargo',
    [
      'install', 'bark-cli', '--version', barkVersion, '--debug', '--no-default-features',
      '--features', 'tls-native-roots', '--root', root,
    ],
    { timeoutMs: 45 * 60_000 },
  ); // prettier-ignore
  if (build.code !== 0) throw new Unavailable(`bark-cli did not build:\n${build.stderr.slice(-2000)}`);
  return binary;
}

/** An installed Firefox (`FIREFOX=/path` names one), else Debian's. @returns the program to start */
export function firefox(): string {
  const names = [process.env.FIREFOX, 'firefox-esr', 'firefox'].filter((name) => name !== undefined);
  const there = () => names.find((name) => works(name, '--version'));
  const found = there() ?? (aptInstall('firefox-esr'), there());
  if (!found) throw new Unavailable('not run: no Firefox; install one and name it with FIREFOX=/path');
  return found;
}

/** A Python with Bitcoin Core's consensus code (py-bitcoinkernel) in it. @returns the path of the interpreter. */
export async function kernelPython(requirements: string): Promise<string> {
  const venv = join(cache, 'kernel-venv');
  const python = join(venv, 'bin', 'python');
  if (existsSync(python) && works(python, '-c', 'import pbk')) return python;
  need('python3', ['python3', 'python3-venv'], '--version');
  let made = await run('python3', ['-m', 'venv', venv]);
  if (made.code !== 0) {
    aptInstall('python3-venv');
    made = await run('python3', ['-m', 'venv', venv]);
  }
  if (made.code !== 0) throw new Unavailable(`no Python virtual environment:\n${made.stderr}`);
  const pip = await run(python, ['-m', 'pip', 'install', '-q', '-r', requirements], { timeoutMs: 300_000 });
  if (pip.code !== 0) throw new Unavailable(`py-bitcoinkernel could not be installed:\n${pip.stderr}`);
  return python;
}

/** LDK as static-invoice server and payer (tests/conformance/ldk), built once by cargo. @returns the path of its binary. */
export async function ldkBinary(): Promise<string> {
  need('cargo', ['cargo'], '--version');
  const target = join(cache, 'ldk-peer');
  mkdirSync(target, { recursive: true });
  const manifest = 'tests/conformance/ldk/Cargo.toml';
  const build = await run('cargo', ['build', '--locked', '--quiet', '--manifest-path', manifest], {
    env: { CARGO_TARGET_DIR: target },
    timeoutMs: 30 * 60_000,
  });
  if (build.code !== 0) throw new Unavailable(`the LDK peer did not build:\n${build.stderr.slice(-2000)}`);
  return join(target, 'debug', 'skiff-ldk-peer');
}
