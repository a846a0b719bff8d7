// `npm run cli -- --datadir DIR <command>`: the wallet without a browser. Commands, flags, JSON and exit codes are those
// of bark 0.8.0: 0 done, 1 an error (a sentence on stderr), 2 a command line that makes no sense.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isSkiffError } from '../src/errors.ts';
import { helpText, parseArgs, UsageError } from './args.ts';
import type { OptionSpec } from './args.ts';
import type { Command, Context } from './command.ts';
import { commands } from './commands/index.ts';
import { processOutput } from './output.ts';
import { openSession } from './session.ts';
import { VERSION } from './version.ts';

const PROGRAM = 'skiff';

const GLOBALS: readonly OptionSpec[] = [
  { name: 'verbose', short: 'v', env: 'BARK_VERBOSE', help: 'Enable verbose logging' },
  { name: 'quiet', short: 'q', env: 'BARK_QUIET', help: 'Disable all terminal logging' },
  {
    name: 'logfile',
    value: 'LOGFILE',
    env: 'BARK_LOGFILE',
    help: 'Write the log here, not to <datadir>/debug.log',
  },
  { name: 'no-logfile', env: 'BARK_NO_LOGFILE', help: 'Disable the log file' },
  {
    name: 'datadir',
    value: 'DATADIR',
    env: 'BARK_DATADIR',
    help: 'The folder of the wallet [default: ~/.skiff]',
  },
];

async function execute(command: Command, context: Context): Promise<void> {
  if (command.runWithout) return command.runWithout(context);
  const session = await openSession(context.datadir, context.output, context.env);
  try {
    await command.run?.(session, context);
  } finally {
    await session.close();
  }
}

function complain(e: unknown, verbose: boolean): void {
  const error = e instanceof Error ? e : new Error(String(e));
  process.stderr.write(`An error occurred: ${isSkiffError(error) ? error.say : error.message}\n`);
  if (error.cause instanceof Error) process.stderr.write(`Caused by:\n\t${error.cause.message}\n`);
  if (isSkiffError(error)) {
    const details = Object.entries(error.details).map(([key, value]) => ` ${key}=${value}`);
    process.stderr.write(`(${error.code}${details.join('')})\n`);
  }
  if (verbose) process.stderr.write(`${error.stack}\n`);
}

/** Runs one command line; resolves with the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let verbose = false;
  try {
    const found = parseArgs(argv, commands, GLOBALS, process.env);
    if (found.kind === 'version') process.stdout.write(`${VERSION}\n`);
    if (found.kind === 'help') process.stdout.write(`${helpText(PROGRAM, found.path, commands, GLOBALS)}\n`);
    if (found.kind !== 'command') return argv.length === 0 ? 2 : 0;
    const { command, args } = found;
    verbose = args.flag('verbose');
    const datadir = args.option('datadir') ?? join(homedir(), '.skiff');
    const output = processOutput({
      datadir,
      quiet: args.flag('quiet'),
      verbose,
      logfile: args.option('logfile'),
      noLogfile: args.flag('no-logfile'),
    });
    await execute(command, { args, output, datadir, env: process.env });
    return 0;
  } catch (e) {
    if (e instanceof UsageError) {
      process.stderr.write(`error: ${e.message}\n\nFor more information, try '--help'.\n`);
      return 2;
    }
    complain(e, verbose);
    return 1;
  }
}

// A command that waits for somebody else must not end because nothing of its own is going on.
setInterval(() => undefined, 2 ** 30);
process.exit(await main(process.argv.slice(2)));
