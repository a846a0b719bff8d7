// Puts the wallet together: database, vault, keys, server link and chain, each built when first needed. A change of
// server stops the present wallet and builds the next one; nothing else ever holds a wallet.
import { esploraChain } from '../chain/esplora.ts';
import { nobleCurve } from '../crypto/noble.ts';
import { SkiffError } from '../errors.ts';
import { guardedFetch } from '../http/fetch.ts';
import { guardedSocket } from '../http/socket.ts';
import { webSockets } from '../http/stream.ts';
import type { Connection } from '../messaging/map.ts';
import { openSwapsWallet, type SwapsWallet } from '../swaps/wallet.ts';
import { MAX_ANSWER_BYTES, webTransport } from '../server/transport.ts';
import { serverLink } from '../server/connect.ts';
import { storedPins } from '../server/pins.ts';
import type { Db } from '../store/port.ts';
import { deleteDexie, openDexie } from '../store/dexie.ts';
import { meta } from '../store/meta.ts';
import { settings } from '../store/settings.ts';
import { keySource } from '../vault/key-source.ts';
import { vaultInDb } from '../vault/record.ts';
import { sessionInStorage } from '../vault/session.ts';
import { createVault } from '../vault/vault.ts';
import type { Vault } from '../vault/vault.ts';
import { createWallet } from '../wallet/create.ts';
import { keyRing } from '../wallet/key-ring.ts';
import { webLocks } from '../wallet/locks.ts';
import type { WalletPorts } from '../wallet/ports.ts';
import { webFor } from '../wallet/resolve/web.ts';
import { DATABASE } from '../store/database.ts';
import type { ExtensionApi } from './browser.ts';
import type { KeptPass, PassServer } from './kept-pass.ts';
import type { Timers } from './timers.ts';

const CHAIN_MAX_BYTES = 8 * 1024 * 1024;

export interface Host {
  db(): Promise<Db>;
  vault(): Promise<Vault>;
  /** @throws SkiffError NO_WALLET before one was made */
  wallet(): Promise<SwapsWallet>;
  connection(): Promise<Connection | undefined>;
  /** The server that the wallet is bound to; undefined until it was reached for the first time. */
  boundServer(): Promise<PassServer | undefined>;
  /** Tries the servers: @throws SkiffError SERVER_UNREACHABLE, WRONG_NETWORK, CHAIN_UNREACHABLE, CHAIN_NEEDS_SECOND … */
  probe(connection: Connection): Promise<void>;
  /** Binds the (unlocked) vault to its network and server. */
  bind(connection: Connection): Promise<void>;
  /** The settings changed: the next `wallet()` is a new one. */
  reconnect(): Promise<void>;
  /** Deletes everything of the wallet and starts the extension anew. Killed on the way, nothing or all of it is gone. */
  wipe(): Promise<void>;
}

export interface HostParts {
  api: ExtensionApi;
  timers: Timers;
  /** The mailbox pass for the time the wallet is locked. */
  kept: KeptPass;
  /** The present wallet is about to be stopped. */
  leaving(): Promise<void>;
}

export function createHost({ api, timers, kept, leaving }: HostParts): Host {
  let db: Promise<Db> | undefined;
  let vault: Promise<Vault> | undefined;
  let wallet: Promise<SwapsWallet> | undefined;
  let binding: Promise<void> | undefined;
  const now = (): number => Date.now();
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

  let wiped = false;
  const openDb = (): Promise<Db> => {
    // What was under way in this context must not make the database anew; its next life finds none.
    if (wiped) return Promise.reject(new SkiffError({ code: 'NO_WALLET', say: 'The wallet was removed.' }));
    return (db ??= openDexie(DATABASE).catch((e: unknown) => {
      db = undefined;
      throw e;
    }));
  };

  const autoLockMs = async (): Promise<number | undefined> => {
    const { autoLockMinutes } = await (await openDb()).read(['settings'], settings);
    return autoLockMinutes === 0 ? undefined : autoLockMinutes * 60_000;
  };

  const openVault = (): Promise<Vault> =>
    (vault ??= openDb()
      .then((open) =>
        createVault({
          store: vaultInDb(open),
          session: sessionInStorage(api.storage.session),
          now,
          random,
          autoLockMs,
          schedule: (at) => timers.at('lock', at),
        }),
      )
      .catch((e: unknown) => {
        vault = undefined;
        throw e;
      }));

  async function connection(): Promise<Connection | undefined> {
    const chosen = await (await openDb()).read(['settings'], settings);
    const { network, serverUrl, esploraUrls } = chosen;
    if (serverUrl === '' || esploraUrls.length === 0) return undefined;
    return { network, arkUrl: serverUrl, esploraUrls };
  }

  async function boundServer(): Promise<PassServer | undefined> {
    const [where, open] = await Promise.all([connection(), openDb()]);
    const wallet = await open.read(['meta'], (tx) => meta(tx, 'wallet'));
    if (!where || !wallet?.serverPubkey) return undefined;
    return { arkUrl: where.arkUrl, serverPubkey: wallet.serverPubkey };
  }

  async function ports({ network, arkUrl, esploraUrls }: Connection): Promise<WalletPorts> {
    const [store, safe] = await Promise.all([openDb(), openVault()]);
    const privateAllowed = network === 'regtest';
    const link = serverLink({
      makeTransport: webTransport(arkUrl, guardedFetch({ privateAllowed, maxBytes: MAX_ANSWER_BYTES })),
      network,
      pins: storedPins(store),
      curve: nobleCurve,
      now,
    });
    const chain = esploraChain({
      urls: esploraUrls,
      network,
      fetch: guardedFetch({ privateAllowed, maxBytes: CHAIN_MAX_BYTES }),
      now,
    });
    return {
      db: store,
      server: () => link.get(),
      chain,
      web: webFor(network),
      socket: guardedSocket(privateAllowed),
      stream: webSockets(privateAllowed),
      keys: keySource(safe, (seed) => keyRing(seed, network)),
      mailboxPass: async () => {
        const server = await boundServer();
        return server?.arkUrl === arkUrl ? kept.get(server) : undefined;
      },
      curve: nobleCurve,
      now,
      random,
      locks: webLocks(navigator.locks, DATABASE),
      schedule: (at) => timers.at('wallet', at),
      log: { info: () => {}, warn: (text, facts) => console.warn(text, facts ?? {}) },
    };
  }

  async function build(): Promise<SwapsWallet> {
    const where = await connection();
    if (!where) throw new SkiffError({ code: 'NO_WALLET', say: 'There is no wallet in this browser yet.' });
    return openSwapsWallet(await ports(where), { network: where.network });
  }

  // Asked for by the command that made the vault and by the unlock that it causes, at the same time.
  async function bindNow(where: Connection): Promise<void> {
    const bound = await (await openDb()).read(['meta'], (tx) => meta(tx, 'wallet'));
    if (!bound) await createWallet(await ports(where), { network: where.network, force: true });
  }

  return {
    db: openDb,
    vault: openVault,
    connection,
    boundServer,
    wallet: () =>
      (wallet ??= build().catch((e: unknown) => {
        wallet = undefined;
        throw e;
      })),

    async probe(where) {
      const { server, chain } = await ports(where);
      await Promise.all([server().then((s) => s.info()), chain.tip()]);
    },

    bind: (where) => (binding ??= bindNow(where).finally(() => (binding = undefined))),

    async reconnect() {
      const before = await wallet?.catch(() => undefined);
      await leaving();
      wallet = undefined;
      await before?.stop();
    },

    async wipe() {
      const open = await openDb();
      await (await openVault()).lock();
      const before = await wallet?.catch(() => undefined);
      await leaving();
      wallet = undefined;
      before?.stop().catch(() => undefined); // no new step; what waits for a server cannot write any more
      wiped = true;
      open.close();
      db = vault = undefined;
      await deleteDexie(DATABASE).catch((e: unknown) => {
        wiped = false;
        throw e;
      });
      await kept.drop();
      timers.at('wallet', undefined);
      // Nothing in this context may remember the wallet; the answer to the page that asked goes first.
      setTimeout(() => api.runtime.reload(), 0);
    },
  };
}
