// Command lines as bark's parser (clap) takes them: words name the command, `--flag`, `--option value` or
// `--option=value` anywhere, `--` ends the options. What does not fit is a UsageError (exit code 2).

export interface OptionSpec {
  name: string;
  short?: string;
  /** Name of the value; absent for a flag. */
  value?: string;
  /** It may be given several times: `args.options`. */
  many?: true;
  /** Environment variable that gives the value when the command line does not. */
  env?: string;
  help: string;
}

export interface PositionalSpec {
  name: string;
  optional?: boolean;
  /** The last one may take all words that are left: `args.positionals`. */
  many?: true;
  help: string;
}

export interface CommandSpec {
  /** Words that name it: `['lightning', 'pay', 'invoice']`. */
  path: readonly string[];
  about: string;
  positionals?: readonly PositionalSpec[];
  options?: readonly OptionSpec[];
}

export interface ParsedArgs {
  flag(name: string): boolean;
  option(name: string): string | undefined;
  /** Every value of an option that may be given several times, in their order. */
  options(name: string): string[];
  /** Value of a positional by its name. */
  positional(name: string): string | undefined;
  /** Every word that belongs to a positional which takes many. */
  positionals(name: string): string[];
  required(name: string): string;
}

export class UsageError extends Error {}

type Found<C> =
  { kind: 'command'; command: C; args: ParsedArgs } | { kind: 'help'; path: string[] } | { kind: 'version' };

const ALIASES: Readonly<Record<string, string>> = { ln: 'lightning', movements: 'history' };

interface Scan {
  words: string[];
  values: Map<string, (string | true)[]>;
}

function scan(argv: readonly string[], options: readonly OptionSpec[]): Scan {
  const words: string[] = [];
  const values = new Map<string, (string | true)[]>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === '--') return { words: [...words, ...argv.slice(i + 1)], values };
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    const [name = '', inline] = word.startsWith('--')
      ? splitOnce(word.slice(2), '=')
      : [word.slice(1), undefined];
    const spec = options.find((o) => (word.startsWith('--') ? o.name === name : o.short === name));
    if (!spec) throw new UsageError(`unexpected argument '${word}' found`);
    if (spec.value === undefined && inline !== undefined)
      throw new UsageError(`'--${spec.name}' takes no value`);
    const value = spec.value === undefined ? true : (inline ?? argv[++i]);
    if (value === undefined) throw new UsageError(`a value is required for '--${spec.name} <${spec.value}>'`);
    values.set(spec.name, [...(values.get(spec.name) ?? []), value]);
  }
  return { words, values };
}

function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + by.length)];
}

const HELP: OptionSpec = { name: 'help', short: 'h', help: 'Print help' };
const VERSION: OptionSpec = { name: 'version', short: 'V', help: 'Print version' };

/** Finds the command and its arguments. @throws UsageError */
export function parseArgs<C extends CommandSpec>(
  argv: readonly string[],
  commands: readonly C[],
  globals: readonly OptionSpec[],
  env: Readonly<Record<string, string | undefined>>,
): Found<C> {
  const everything = [...globals, HELP, VERSION, ...commands.flatMap((c) => c.options ?? [])];
  const { words, values } = scan(argv, everything);
  const named = words.map((w, i) => (i === 0 ? (ALIASES[w] ?? w) : w));
  if (values.has('version')) return { kind: 'version' };
  if (named[0] === 'help') return { kind: 'help', path: named.slice(1) };
  const command = commands
    .filter((c) => c.path.every((word, i) => named[i] === word))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (values.has('help') || words.length === 0)
    return { kind: 'help', path: command ? [...command.path] : named };
  if (!command) throw new UsageError(`unrecognized subcommand '${words.join(' ')}'`);

  const allowed = [...globals, ...(command.options ?? [])];
  for (const [name, given] of values) {
    const spec = allowed.find((o) => o.name === name);
    if (!spec) throw new UsageError(`unexpected argument '--${name}' found`);
    if (given.length > 1 && spec.value !== undefined && !spec.many)
      throw new UsageError(`the argument '--${name}' cannot be used multiple times`);
  }
  const positionals = command.positionals ?? [];
  const given = words.slice(command.path.length);
  if (given.length > positionals.length && !positionals.at(-1)?.many) {
    throw new UsageError(`unexpected argument '${given[positionals.length]}' found`);
  }
  const missing = positionals.find((p, i) => !p.optional && given[i] === undefined);
  if (missing) throw new UsageError(`the required argument <${missing.name}> was not provided`);

  const fromEnv = (name: string) => env[allowed.find((o) => o.name === name)?.env ?? ''];
  const args: ParsedArgs = {
    flag: (name) => values.has(name) || /^(1|true|yes|on|y|t)$/i.test(fromEnv(name) ?? ''),
    option: (name) => {
      const value = values.get(name)?.[0];
      return typeof value === 'string' ? value : fromEnv(name);
    },
    options: (name) => (values.get(name) ?? []).filter((value) => typeof value === 'string'),
    positional: (name) => given[positionals.findIndex((p) => p.name === name)],
    positionals: (name) => given.slice(positionals.findIndex((p) => p.name === name)),
    required: (name) => {
      const value = args.positional(name);
      if (value === undefined) throw new UsageError(`the required argument <${name}> was not provided`);
      return value;
    },
  };
  return { kind: 'command', command, args };
}

const optionText = (o: OptionSpec): string =>
  `  ${(o.short ? `-${o.short}, ` : '    ') + `--${o.name}` + (o.value ? ` <${o.value}>` : '')}`.padEnd(36) +
  o.help;

/** Help of the program, a group of commands or one command. */
export function helpText(
  program: string,
  path: readonly string[],
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string {
  const below = commands.filter((c) => path.every((word, i) => c.path[i] === word));
  const exact = below.find((c) => c.path.length === path.length);
  const lines: string[] = [];
  if (exact) {
    const positionals = exact.positionals ?? [];
    const usage = positionals
      .map((p) => (p.optional ? `[${p.name}]` : `<${p.name}>`) + (p.many ? '...' : ''))
      .join(' ');
    lines.push(exact.about, '', `Usage: ${program} ${path.join(' ')} [OPTIONS] ${usage}`.trimEnd());
    if (positionals.length > 0)
      lines.push('', 'Arguments:', ...positionals.map((p) => `  ${p.name.padEnd(32)}  ${p.help}`));
  } else {
    lines.push(`Usage: ${[program, ...path].join(' ')} [OPTIONS] <COMMAND>`);
  }
  const others = below.filter((c) => c !== exact);
  if (others.length > 0) {
    lines.push(
      '',
      'Commands:',
      ...others.map((c) => `  ${c.path.slice(path.length).join(' ').padEnd(26)}${c.about}`),
    );
  }
  return [...lines, '', 'Options:', ...[...(exact?.options ?? []), ...globals, HELP].map(optionText)].join(
    '\n',
  );
}
