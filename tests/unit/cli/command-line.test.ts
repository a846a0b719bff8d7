import { describe, expect, test } from 'vitest';
import { parseAmount } from '../../../cli/amount.ts';
import { helpText, parseArgs, UsageError } from '../../../cli/args.ts';
import { commands } from '../../../cli/commands/index.ts';

const globals = [
  { name: 'quiet', short: 'q', env: 'BARK_QUIET', help: '' },
  { name: 'datadir', value: 'DATADIR', env: 'BARK_DATADIR', help: '' },
];
const parse = (line: string, env: Record<string, string> = {}) => {
  const found = parseArgs(line === '' ? [] : line.split(' '), commands, globals, env);
  return found.kind === 'command' ? { path: found.command.path.join(' '), args: found.args } : found;
};
const command = (line: string, env: Record<string, string> = {}) => {
  const found = parse(line, env);
  if (!('args' in found)) throw new Error('not a command');
  return found;
};

describe('a command line', () => {
  test('names its command by words, with options before, between and after', () => {
    const { path, args } = command('--datadir /x lightning -q pay invoice --wait lnbc1 --no-sync');
    expect(path).toBe('lightning pay invoice');
    expect([args.option('datadir'), args.flag('quiet'), args.flag('wait'), args.flag('no-sync')]).toEqual([
      '/x',
      true,
      true,
      true,
    ]);
    expect([args.required('INVOICE'), args.positional('AMOUNT')]).toEqual(['lnbc1', undefined]);
    expect(command('ln pay status --preimage=00').args.option('preimage')).toBe('00');
    expect(command('movements').path).toBe('history');
    expect(command('send -- -odd').args.required('DESTINATION')).toBe('-odd');
  });

  test('takes global options from the environment, the command line first', () => {
    expect(command('balance', { BARK_DATADIR: '/env', BARK_QUIET: '1' }).args.option('datadir')).toBe('/env');
    expect(command('balance --datadir /line', { BARK_DATADIR: '/env' }).args.option('datadir')).toBe('/line');
    expect(command('balance', { BARK_QUIET: 'true' }).args.flag('quiet')).toBe(true);
    expect(command('balance', { BARK_QUIET: '0' }).args.flag('quiet')).toBe(false);
  });

  test.each([
    'frob',
    'onchain frob',
    'lightning',
    'balance extra',
    'balance --all',
    'balance --frob',
    'send',
    'onchain send addr',
    'address --index',
    'balance --no-sync=1',
    '--datadir /a --datadir /b balance',
  ])('%s is a usage error', (line) => {
    expect(() => parse(line)).toThrow(UsageError);
  });

  test('asks for help or version', () => {
    expect(parse('')).toEqual({ kind: 'help', path: [] });
    expect(parse('help onchain')).toEqual({ kind: 'help', path: ['onchain'] });
    expect(parse('lightning --help')).toEqual({ kind: 'help', path: ['lightning'] });
    expect(parse('--version')).toEqual({ kind: 'version' });
    expect(helpText('skiff', ['onchain'], commands, globals)).toContain('  balance ');
    expect(helpText('skiff', ['send'], commands, globals)).toContain(
      'Usage: skiff send [OPTIONS] <DESTINATION> [AMOUNT] [COMMENT]',
    );
  });
});

describe('an amount', () => {
  test.each([
    ['250000 sats', 250_000n],
    ['1 sat', 1n],
    ['7sat', 7n],
    ['0.01 BTC', 1_000_000n],
    ['.5 mBTC', 50_000n],
    ['1.50 bits', 150n],
    ['2 cBTC', 2_000_000n],
    ['3000 msat', 3n],
    ['0', 0n],
  ])('%s', (text, sat) => expect(parseAmount(text)).toBe(sat));

  test.each(['', '5', 'sat', '-1 sat', '1.5 sat', '1 msat', '1 doge', '1e3 sat', '22000000 BTC', '1 sat x'])(
    'refused: %j',
    (text) => expect(() => parseAmount(text)).toThrow(UsageError),
  );
});

test('an option that may be given several times keeps every value in its order', () => {
  const { args } = command('onchain send-many --destination a:1sat --destination=b:2sat --immediate');
  expect(args.options('destination')).toEqual(['a:1sat', 'b:2sat']);
  expect(args.options('no-sync')).toEqual([]);
  expect(() => command('onchain bump 00 --fee-rate 1 --fee-rate 2')).toThrow(UsageError);
});
