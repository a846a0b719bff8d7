// `create`: a new wallet in the folder, bound to a network and a server. What fails leaves the folder as it was.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WalletProperties } from '../../src/store/meta.ts';
import { isSkiffError, SkiffError } from '../../src/errors.ts';
import { phraseFromEntropy, readPhrase } from '../../src/vault/phrase.ts';
import { createWallet } from '../../src/wallet/create.ts';
import { recoverOnchain } from '../../src/wallet/onchain/scan.ts';
import { UsageError } from '../args.ts';
import type { ParsedArgs } from '../args.ts';
import type { Command, Context } from '../command.ts';
import { loadConfig, withScheme, writeToml } from '../config.ts';
import {
  CONFIG_FILE,
  DATABASE_FILE,
  MNEMONIC_FILE,
  prepareDatadir,
  readDatadirFile,
  undoCreation,
  writeSecretFile,
} from '../datadir.ts';
import { lockDatadir } from '../lock.ts';
import { refuse } from '../refuse.ts';
import { startSession } from '../session.ts';
import { openSqlite } from '../store-sqlite.ts';

type Network = WalletProperties['network'];

const NETWORKS: ReadonlyArray<[flag: string, network: Network, ark?: string, esplora?: string]> = [
  [
    'mainnet',
    'mainnet',
    'https://ark.second.tech/',
    'https://mempool.second.tech/api,https://blockstream.info/api',
  ],
  ['signet', 'signet', 'https://ark.signet.2nd.dev/', 'https://esplora.signet.2nd.dev/'],
  ['mutinynet', 'signet', undefined, 'https://mutinynet.com/api'],
  ['regtest', 'regtest'],
];

const CONFIG_OPTIONS = [
  { name: 'ark', value: 'ARK', help: 'The address of your Ark server' },
  {
    name: 'esplora',
    value: 'ESPLORA',
    help: 'The Esplora HTTP server to use; on mainnet two, with a comma between',
  },
  { name: 'bitcoind', value: 'BITCOIND', help: 'The address of a bitcoind RPC server (with txindex=1)' },
  { name: 'bitcoind-cookie', value: 'BITCOIND_COOKIE', help: 'The path to the bitcoind rpc cookie file' },
  { name: 'bitcoind-user', value: 'BITCOIND_USER', help: 'The bitcoind RPC username' },
  { name: 'bitcoind-pass', value: 'BITCOIND_PASS', help: 'The bitcoind RPC password' },
  { name: 'socks5-proxy', value: 'SOCKS5_PROXY', help: 'A SOCKS5 proxy (not supported yet)' },
  { name: 'gap-limit', value: 'GAP_LIMIT', help: 'Unused keys in a row that end a search for own coins' },
] as const;

function chosenNetwork(args: ParsedArgs): (typeof NETWORKS)[number] {
  const [chosen, ...more] = NETWORKS.filter(([flag]) => args.flag(flag));
  if (!chosen || more.length > 0) {
    throw refuse('Specify exactly one of --mainnet, --signet, --regtest or --mutinynet');
  }
  return chosen;
}

/** Text of the configuration file, or undefined when the one that is there is to be used. */
function newConfig(args: ParsedArgs, datadir: string): string | undefined {
  const [, , ark, esplora] = chosenNetwork(args);
  const given = CONFIG_OPTIONS.some((o) => args.option(o.name) !== undefined);
  if (existsSync(join(datadir, CONFIG_FILE))) {
    if (given) throw refuse('Cannot provide an existing config file and config flags');
    return undefined;
  }
  const hasChain = args.option('esplora') !== undefined || args.option('bitcoind') !== undefined;
  const server = args.option('ark') ?? ark;
  const chain = args.option('esplora') ?? (hasChain ? undefined : esplora);
  const bitcoind = args.option('bitcoind');
  if (server === undefined) throw refuse('missing --ark arg');
  if (chain === undefined && bitcoind === undefined) {
    throw refuse('You need to provide a chain source using either --esplora or --bitcoind');
  }
  const gap = args.option('gap-limit');
  if (gap !== undefined && !/^\d{1,6}$/.test(gap))
    throw new UsageError(`invalid value '${gap}' for '--gap-limit'`);
  return writeToml([
    ['server_address', withScheme('https', server)],
    [
      'esplora_address',
      chain &&
        chain
          .split(',')
          .map((url) => withScheme('https', url.trim()))
          .join(','),
    ],
    ['bitcoind_address', bitcoind && withScheme('http', bitcoind)],
    ['bitcoind_cookiefile', args.option('bitcoind-cookie')],
    ['bitcoind_user', args.option('bitcoind-user')],
    ['bitcoind_pass', args.option('bitcoind-pass')],
    ['socks5_proxy', args.option('socks5-proxy')],
    ['vtxo_key_gap_limit', gap === undefined ? undefined : Number(gap)],
  ]);
}

async function build({ args, output, datadir, env }: Context): Promise<void> {
  const [, network] = chosenNetwork(args);
  const toml = newConfig(args, datadir);
  const given = args.option('mnemonic');
  const phrase = given === undefined ? phraseFromEntropy(new Uint8Array(randomBytes(16))) : readPhrase(given);
  const unlock = lockDatadir(datadir);
  try {
    if (toml !== undefined) writeSecretFile(datadir, CONFIG_FILE, toml);
    const config = loadConfig(network, readDatadirFile(datadir, CONFIG_FILE) ?? '', env);
    writeSecretFile(datadir, MNEMONIC_FILE, phrase);
    const db = openSqlite(join(datadir, DATABASE_FILE));
    const session = await startSession({ datadir, network, config, phrase, db, output }, () => undefined);
    try {
      await session.deps.ports.chain.tip();
      await createWallet(session.deps.ports, { network, force: args.flag('force') });
      if (given !== undefined) {
        await recoverOnchain(session.deps);
        await session.wallet.recover().catch((error: unknown) => {
          if (!args.flag('force')) throw error;
          output.info('The coins of these words could not be looked for: the server is out of reach.');
        });
      }
    } finally {
      await session.close();
    }
  } finally {
    unlock();
  }
}

export const create: Command = {
  path: ['create'],
  about: 'Create a new wallet',
  options: [
    { name: 'force', help: 'Re-create the wallet even if one exists: its funds will be lost' },
    ...NETWORKS.map(([flag]) => ({ name: flag, help: `Use ${flag}` })),
    { name: 'mnemonic', value: 'MNEMONIC', help: 'Recover a wallet with an existing mnemonic' },
    { name: 'use-filestore', help: 'Not offered: Skiff keeps its tables in SQLite' },
    { name: 'birthday-height', value: 'HEIGHT', help: 'Ignored: Esplora needs no birthday' },
    ...CONFIG_OPTIONS,
  ],
  async runWithout(context) {
    const { args, datadir } = context;
    const hadFolder = existsSync(datadir);
    const hadConfig = existsSync(join(datadir, CONFIG_FILE));
    chosenNetwork(args);
    if (args.flag('use-filestore'))
      throw refuse('Skiff keeps its tables in SQLite only: leave --use-filestore out');
    prepareDatadir(datadir, args.flag('force'));
    try {
      await build(context);
    } catch (e) {
      undoCreation(datadir, hadConfig, hadFolder);
      if (!isSkiffError(e)) throw e;
      throw new SkiffError({
        code: e.code,
        say: `Error while creating wallet: ${e.say}`,
        retry: e.retry,
        cause: e,
      });
    }
  },
};
