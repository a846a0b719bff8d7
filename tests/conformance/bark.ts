// The published bark 0.8.0 and Skiff's cli, side by side on one devnet: each is a customer of the same Ark server
// and they pay each other. What bark accepts was not written by us.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from './tools.ts';

export interface Client {
  readonly name: string;
  /** Its folder; the words are in `mnemonic`. */
  readonly datadir: string;
  /** Runs one command, insists on exit code 0 and returns its JSON (or text where it is no JSON). */
  json<T>(...args: string[]): Promise<T>;
  text(...args: string[]): Promise<string>;
  /** Runs a command that must be refused; returns what it said. */
  refused(...args: string[]): Promise<string>;
  /** Starts `watch`. */
  watch(): Watcher;
}

/** A `watch` that runs. */
export interface Watcher {
  /** The next event, of those not asked for yet, that fits. @throws Error when none comes within two minutes */
  next(fits: (event: unknown) => boolean): Promise<unknown>;
  /** Ends it; the wallet is free again when this resolves. */
  stop(): Promise<void>;
}

/** JSON values one after the other, over several lines each or not; the last one may not be whole yet. */
function* values(text: string): Generator<unknown> {
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '{' && depth++ === 0) start = i;
    else if (c === '}' && --depth === 0) yield JSON.parse(text.slice(start, i + 1));
  }
}

function watcher(name: string, program: string, args: string[]): Watcher {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let printed = '';
  let said = '';
  let wake = () => {};
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    wake();
  });
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  let seen = 0;
  return {
    async next(fits) {
      const late = new Promise<never>((_, reject) =>
        setTimeout(
          () => reject(new Error(`${name} watch told nothing:\n${printed}\n${said.slice(-2000)}`)),
          120_000,
        ).unref(),
      );
      for (;;) {
        const more = new Promise<void>((resolve) => (wake = resolve));
        const events = [...values(printed)].slice(seen);
        const at = events.findIndex(fits);
        seen += at < 0 ? events.length : at + 1;
        if (at >= 0) return events[at];
        await Promise.race([more, late]);
      }
    },
    async stop() {
      child.kill('SIGINT');
      await gone;
    },
  };
}

function client(name: string, datadir: string, program: string, fixed: string[], env = {}): Client {
  const call = (args: string[]) =>
    run(program, [...fixed, '--datadir', datadir, ...args], { env, timeoutMs: 180_000 });
  const text = async (...args: string[]) => {
    const done = await call(args);
    if (done.code !== 0)
      throw new Error(
        `${name} ${args.join(' ')} ended with ${done.code}:\n${done.stdout}\n${done.stderr.slice(-3000)}`,
      );
    return done.stdout.trim();
  };
  return {
    name,
    datadir,
    text,
    async json<T>(...args: string[]): Promise<T> {
      const out = await text(...args);
      try {
        return JSON.parse(out) as T;
      } catch {
        throw new Error(`${name} ${args.join(' ')} printed no JSON:\n${out.slice(0, 500)}`);
      }
    },
    watch: () => watcher(name, program, [...fixed, '--datadir', datadir, 'watch']),
    async refused(...args) {
      const done = await call(args);
      if (done.code === 0)
        throw new Error(`${name} ${args.join(' ')} was expected to fail, printed ${done.stdout}`);
      return done.stderr + done.stdout;
    },
  };
}

const fresh = (prefix: string) => mkdtempSync(join(tmpdir(), prefix));

/** A new bark wallet (its data in a fresh folder). */
export function barkClient(binary: string, name: string): Client {
  return client(name, join(fresh('skiff-bark-'), 'wallet'), binary, ['--quiet']);
}

/** Compiled code is kept between the many processes: half of a short command is loading. */
const env = { NODE_COMPILE_CACHE: fresh('skiff-compiled-') };

/** A new Skiff wallet through its cli. */
export function skiffClient(name: string): Client {
  return client(name, join(fresh('skiff-cli-'), 'wallet'), process.execPath, ['cli/main.ts'], env);
}
