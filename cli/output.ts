// What commands print: pretty JSON with bark's field names on stdout; words for people and programs' logs on stderr.
import { appendFileSync, chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../src/wallet/ports.ts';

export interface Output {
  json(value: unknown): void;
  line(text: string): void;
  info(text: string): void;
  log: Log;
}

export interface LogOptions {
  datadir: string;
  quiet: boolean;
  verbose: boolean;
  /** Another file than `<datadir>/debug.log`. */
  logfile?: string;
  noLogfile: boolean;
}

/** JSON of a value whose amounts are bigint: they become numbers, as every amount of bitcoin fits one exactly. */
const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? Number(v) : v), indent);

/** Stdout and stderr of this process, and the log file. */
export function processOutput(options: LogOptions): Output {
  const file = options.logfile ?? join(options.datadir, 'debug.log');
  const write = (level: string, text: string, facts: Record<string, unknown> = {}) => {
    const words = Object.keys(facts).length > 0 ? `${text} ${toJson(facts)}` : text;
    if (!options.quiet && (level !== 'debug' || options.verbose)) process.stderr.write(`${level} ${words}\n`);
    if (options.noLogfile || (options.logfile === undefined && !existsSync(options.datadir))) return;
    const isNew = !existsSync(file);
    appendFileSync(file, `${new Date().toISOString()} ${level} ${words}\n`);
    if (isNew) chmodSync(file, 0o600);
  };
  return {
    json: (value) => void process.stdout.write(`${toJson(value, 2)}\n`),
    line: (text) => void process.stdout.write(`${text}\n`),
    info: (text) => write('info', text),
    log: {
      info: (text, facts) => write('debug', text, facts),
      warn: (text, facts) => write('warn', text, facts),
    },
  };
}
