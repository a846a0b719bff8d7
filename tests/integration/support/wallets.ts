// Wallets for tests over a devnet: the real store (fake-indexeddb), server client, chain client and keys; the clock is the
// devnet's, and nothing wakes up by itself: a test drives a wallet to where it waits, and moves the clock on.
import { randomBytes } from 'node:crypto';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type { ChainSource } from '../../../src/chain/source.ts';
import { esploraChain } from '../../../src/chain/esplora.ts';
import type { Curve } from '../../../src/crypto/curve.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { guardedFetch } from '../../../src/http/fetch.ts';
import { webSockets } from '../../../src/http/stream.ts';
import { openSwapsWallet, type SwapsWallet } from '../../../src/swaps/wallet.ts';
import { serverLink } from '../../../src/server/connect.ts';
import { storedPins } from '../../../src/server/pins.ts';
import { webTransport } from '../../../src/server/transport.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import type { Db } from '../../../src/store/port.ts';
import { createWallet } from '../../../src/wallet/create.ts';
import { keyRing, type KeyRing } from '../../../src/wallet/key-ring.ts';
import { memoryLocks } from '../../../src/wallet/locks.ts';
import type { WalletConfig, WalletPorts } from '../../../src/wallet/ports.ts';
import { webFor } from '../../../src/wallet/resolve/web.ts';
import { dumpExitChains } from './exit-chains.ts';

/** What a wallet needs of a devnet; the benchmark's runs in a process of its own. */
export interface Surroundings {
  readonly arkUrl: string;
  readonly esploraUrl: string;
  readonly clock: { now(): number; advance(ms: number): void };
  readonly chain: { mine(blocks: number): unknown; fund(address: string, sats: bigint): unknown };
}

export interface Profile {
  /** A wallet's disk and seed: what survives a crash. */
  idb: IDBFactory;
  seed: Uint8Array;
}

export interface Instance {
  wallet: SwapsWallet;
  ports: WalletPorts;
  db: Db;
  /**
   * Drives everything until nothing is left to do, moving the clock to the next timer. `sync: false` drives only the
   * actions, as a worker does that was woken by a timer.
   */
  settle(how?: { sync?: boolean }): Promise<void>;
  /** From now on the wallet's clock is off by so many ms. */
  setClock(off: number): void;
  close(): Promise<void>;
}

export interface InstanceOptions {
  config?: Partial<WalletConfig>;
  wrap?: (ports: WalletPorts) => WalletPorts;
  /** Instead of the Esplora client. */
  chain?: ChainSource;
  /** How far the wallet's clock is off, ms. */
  clockOff?: number;
  /** Instead of the profile's IndexedDB. */
  db?: Db;
  /** Instead of noble's. */
  curve?: Curve;
}

const newProfile = (): Profile => ({ idb: new IDBFactory(), seed: new Uint8Array(randomBytes(64)) });

/** Derived once for each seed: a wallet that is reopened hundreds of times derives the same. */
const rings = new WeakMap<Uint8Array, KeyRing>();
function keysOf({ seed }: Profile): KeyRing {
  const ring = rings.get(seed) ?? keyRing(seed, 'regtest');
  rings.set(seed, ring);
  return ring;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens a profile in a new instance, as a restarted worker would. */
export async function openInstance(
  devnet: Surroundings,
  profile: Profile,
  options: InstanceOptions = {},
): Promise<Instance> {
  const curve = options.curve ?? nobleCurve;
  const db = options.db ?? (await openDexie('skiff', { indexedDB: profile.idb, IDBKeyRange }));
  let clockOff = options.clockOff ?? 0;
  const now = () => devnet.clock.now() + clockOff;
  const fetch = guardedFetch({ privateAllowed: true, maxBytes: 64 * 1024 * 1024 });
  const link = serverLink({
    makeTransport: webTransport(devnet.arkUrl, fetch),
    network: 'regtest',
    pins: storedPins(db),
    curve,
    now,
  });
  const keys = keysOf(profile);
  const plain: WalletPorts = {
    db,
    server: () => link.get(),
    chain: options.chain ?? esploraChain({ urls: [devnet.esploraUrl], network: 'regtest', fetch, now }),
    web: webFor('regtest'),
    stream: webSockets(true),
    keys: { unlocked: () => keys },
    curve,
    now,
    random: (length) => new Uint8Array(randomBytes(length)),
    locks: memoryLocks(),
    schedule: () => undefined,
    log: {
      info: () => undefined,
      warn: process.env['LOG'] ? (text, facts) => console.warn(text, facts) : () => undefined,
    },
  };
  const ports = options.wrap?.(plain) ?? plain;
  const wallet = openSwapsWallet(ports, { network: 'regtest', ...options.config });

  async function settle({ sync = true } = {}): Promise<void> {
    for (let round = 0; round < 100; round++) {
      await (sync ? wallet.sync() : wallet.resume());
      const open = await wallet.pending();
      if (open.length === 0) return;
      const soonest = Math.min(...open.map((a) => a.wakeAt ?? Infinity));
      // A board waits for blocks, everything else for the clock.
      if (open.every((a) => a.kind === 'board')) devnet.chain.mine(1);
      if (soonest > now() && soonest < Infinity) devnet.clock.advance(soonest - now());
      await pause(1);
    }
    const open = await wallet.pending();
    throw new Error(`still open: ${open.map((a) => `${a.id} ${JSON.stringify(a.lastError)}`).join(', ')}`);
  }

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    await wallet.stop();
    await dumpExitChains(db);
    link.drop();
    db.close();
  }

  return {
    wallet,
    ports,
    db,
    settle,
    setClock: (off) => void (clockOff = off),
    // A test may have closed it already to open it anew.
    close: () => (closed ??= close()),
  };
}

/** A new wallet, created at the devnet. */
export async function newWallet(
  devnet: Surroundings,
  options: InstanceOptions = {},
): Promise<Instance & { profile: Profile }> {
  const profile = newProfile();
  const instance = await openInstance(devnet, profile, options);
  await createWallet(instance.ports, { network: 'regtest' });
  return { ...instance, profile };
}

/** Bitcoin to the address of Receive, mined and boarded until it can be spent. */
export async function fund(devnet: Surroundings, instance: Instance, sats: bigint): Promise<void> {
  const { address } = await instance.wallet.boardAddress();
  await devnet.chain.fund(address, sats);
  await devnet.chain.mine(1);
  await instance.wallet.sync();
  await instance.settle();
}
