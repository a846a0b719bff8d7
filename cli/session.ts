// One run of the cli on one wallet: the folder locked, database, server link, chain source and keys put together into
// the same wallet that the extension uses. Closed in the end, whatever happened.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Network } from '../src/bitcoin/network.ts';
import { nobleCurve } from '../src/crypto/noble.ts';
import { isSkiffError, SkiffError } from '../src/errors.ts';
import { guardedFetch } from '../src/http/fetch.ts';
import { guardedSocket } from '../src/http/socket.ts';
import { webSockets } from '../src/http/stream.ts';
import { serverLink } from '../src/server/connect.ts';
import { storedPins } from '../src/server/pins.ts';
import { MAX_ANSWER_BYTES, USER_AGENT, webTransport } from '../src/server/transport.ts';
import { openSwapsWallet, type SwapsWallet } from '../src/swaps/wallet.ts';
import { meta } from '../src/store/meta.ts';
import type { Db } from '../src/store/port.ts';
import { phraseToSeed, readPhrase } from '../src/vault/phrase.ts';
import { keyRing } from '../src/wallet/key-ring.ts';
import { memoryLocks } from '../src/wallet/locks.ts';
import { defaultConfig } from '../src/wallet/ports.ts';
import type { Deps, WalletPorts } from '../src/wallet/ports.ts';
import { webFor } from '../src/wallet/resolve/web.ts';
import { createAlarm } from './alarm.ts';
import { chainSource } from './chain.ts';
import { loadConfig } from './config.ts';
import type { Config } from './config.ts';
import { CONFIG_FILE, DATABASE_FILE, hasWallet, MNEMONIC_FILE, readDatadirFile } from './datadir.ts';
import { lockDatadir } from './lock.ts';
import type { Output } from './output.ts';
import { openSqlite } from './store-sqlite.ts';

export interface Session {
  wallet: SwapsWallet;
  /** What the wallet stands on, for commands that read past its facade. */
  deps: Deps;
  db: Db;
  network: Network;
  config: Config;
  close(): Promise<void>;
}

/** How long a running step may take to end before the process leaves it to the next run. */
const GRACE_MS = 3000;

interface Parts {
  datadir: string;
  network: Network;
  config: Config;
  phrase: string;
  db: Db;
  output: Output;
}

/** The wallet's ports over an open database. */
async function createPorts(
  { network, config, phrase, db, output }: Parts,
  schedule: (atMs: number) => void,
): Promise<WalletPorts> {
  if (config.socks5_proxy !== null) {
    throw new SkiffError({
      code: 'UNSUPPORTED',
      say: 'Skiff cannot use a SOCKS proxy yet: remove socks5_proxy.',
    });
  }
  const seed = await phraseToSeed(phrase);
  const keys = keyRing(seed, network);
  const link = serverLink({
    makeTransport: webTransport(
      config.server_address,
      guardedFetch({ privateAllowed: true, maxBytes: MAX_ANSWER_BYTES }),
    ),
    network,
    pins: storedPins(db),
    curve: nobleCurve,
    now: Date.now,
    userAgent: config.user_agent ?? USER_AGENT,
  });
  return {
    db,
    server: () => link.get(),
    chain: chainSource(config, network),
    web: webFor(network),
    socket: guardedSocket(network === 'regtest'),
    stream: webSockets(network === 'regtest'),
    keys: { unlocked: () => keys },
    curve: nobleCurve,
    now: Date.now,
    random: (length) => new Uint8Array(randomBytes(length)),
    locks: memoryLocks(),
    schedule,
    log: output.log,
  };
}

const reportTo = (output: Output) => (e: unknown) =>
  output.log.warn('an action stopped', { reason: String(e) });

/** Puts the wallet together. */
export async function startSession(parts: Parts, unlock: () => void): Promise<Session> {
  const { network, config, db } = parts;
  // While a command waits, actions are driven when they ask for it; after the process has ended, by the next command.
  const alarm = createAlarm(() => void wallet.wake().catch(reportTo(parts.output)));
  const ports = await createPorts(parts, alarm.set);
  const walletConfig = {
    ...defaultConfig(network),
    refreshThreshold: config.vtxo_refresh_expiry_threshold,
    exitMargin: config.vtxo_exit_margin,
    claimDelta: config.htlc_recv_claim_delta,
    changeSplit: config.change_vtxo_split_factor,
    // As bark: what has left waits for `exit claim`.
    claimExits: false,
  };
  const wallet = openSwapsWallet(ports, walletConfig);
  return {
    wallet,
    deps: { ports, config: walletConfig },
    db,
    network,
    config,
    close: async () => {
      alarm.stop();
      const grace = new Promise<void>((resolve) => setTimeout(resolve, GRACE_MS).unref());
      await Promise.race([wallet.stop(), grace]);
      db.close();
      unlock();
    },
  };
}

/** Opens the wallet in `datadir`. @throws SkiffError NO_WALLET, STORE_BUSY, INVALID_MNEMONIC, INVALID_ARGUMENT. */
export async function openSession(
  datadir: string,
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Session> {
  const noWallet = new SkiffError({ code: 'NO_WALLET', say: 'No wallet found' });
  if (!hasWallet(datadir)) throw noWallet;
  const unlock = lockDatadir(datadir);
  let db: Db | undefined;
  try {
    const phrase = readPhrase(readDatadirFile(datadir, MNEMONIC_FILE) ?? '');
    const opened = openSqlite(join(datadir, DATABASE_FILE));
    db = opened;
    const properties = await opened.read(['meta'], (tx) => meta(tx, 'wallet'));
    if (!properties) throw noWallet;
    const { network } = properties;
    const config = loadConfig(network, readDatadirFile(datadir, CONFIG_FILE) ?? '', env);
    config.user_agent ??= USER_AGENT;
    const session = await startSession({ datadir, network, config, phrase, db: opened, output }, unlock);
    if (session.deps.ports.keys.unlocked().fingerprint !== properties.fingerprint) {
      throw new SkiffError({
        code: 'INVALID_MNEMONIC',
        say: 'The mnemonic in this folder is not the one that its wallet was made from.',
      });
    }
    return session;
  } catch (e) {
    db?.close();
    unlock();
    throw e;
  }
}

/** Brings the wallet up to date unless asked not to; being offline is a warning, not the end. */
export async function sync({ wallet }: Session, skip: boolean, output: Output): Promise<void> {
  if (skip) return;
  output.info('Syncing wallet...');
  try {
    await wallet.sync();
    const elsewhere = await wallet.reconcile('due');
    if (elsewhere.length > 0)
      output.log.warn(
        'the server says that another copy of this mnemonic has spent coins; they are set aside',
        {
          vtxos: elsewhere.join(','),
        },
      );
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    output.log.warn('not everything could be brought up to date', { reason: e.message });
  }
}
