// What a command of the cli is: its place on the command line, and what it does with an open wallet.
import type { CommandSpec, OptionSpec, ParsedArgs } from './args.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';

export interface Context {
  args: ParsedArgs;
  output: Output;
  datadir: string;
  env: Readonly<Record<string, string | undefined>>;
}

export interface Command extends CommandSpec {
  /** Runs on an open wallet… */
  run?(session: Session, context: Context): Promise<void>;
  /** …or without one. */
  runWithout?(context: Context): Promise<void>;
}

export const NO_SYNC: OptionSpec = { name: 'no-sync', help: 'Skip syncing the wallet first' };
