// The published bark 0.8.0 and Skiff's cli, side by side on one devnet: each is a customer of the same Ark server
// and they pay each other. What bark accepts was not written by us.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from './tools.ts';

export interface Client {
  readonly name: string;
  /** Runs one command, insists on exit code 0 and returns its JSON (or text where it is no JSON). */
  json<T>(...args: string[]): Promise<T>;
  text(...args: string[]): Promise<string>;
  /** Runs a command that must be refused; returns what it said. */
  refused(...args: string[]): Promise<string>;
}

function client(name: string, program: string, fixed: string[]): Client {
  const call = (args: string[]) => run(program, [...fixed, ...args], { timeoutMs: 180_000 });
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
    text,
    async json<T>(...args: string[]): Promise<T> {
      const out = await text(...args);
      try {
        return JSON.parse(out) as T;
      } catch {
        throw new Error(`${name} ${args.join(' ')} printed no JSON:\n${out.slice(0, 500)}`);
      }
    },
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
  return client(name, binary, ['--quiet', '--datadir', join(fresh('skiff-bark-'), 'wallet')]);
}

/** A new Skiff wallet through its cli. */
export function skiffClient(name: string): Client {
  return client(name, process.execPath, ['cli/main.ts', '--datadir', join(fresh('skiff-cli-'), 'wallet')]);
}
