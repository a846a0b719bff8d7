// Everything the wallet does to the world goes through these ports. Nothing below `src/wallet` reads a clock, a random
// source or the network by itself, which is what lets a test stop the wallet before and after every single effect.

import type { Network } from '../bitcoin/network.ts';
import type { Curve } from '../crypto/curve.ts';

import type { ChainSource } from '../chain/source.ts';
import type { OpenStream } from '../http/stream.ts';
import type { OpenSocket } from '../http/socket.ts';
import type { ArkServer } from '../server/connect.ts';
import type { Db } from '../store/port.ts';
import type { KeyRing } from './key-ring.ts';
import type { MailboxPass } from './mailbox/pass.ts';
import { EXIT_MARGIN } from '../ark/margins.ts';
import { renewBefore } from './maintenance/ending.ts';

/** The vault's keys. @throws SkiffError LOCKED while the vault is locked. */
export interface KeySource {
  unlocked(): KeyRing;
}

/** Mutual exclusion between every context that has this wallet open (Web Locks in the extension). */
export interface Locks {
  /** Runs `body` holding the lock `name`; resolves with undefined at once, without running it, when the lock is taken. */
  tryHold<T>(name: string, body: () => Promise<T>): Promise<{ value: T } | undefined>;
  /** Waits for the lock, then runs `body` holding it. */
  hold<T>(name: string, body: () => Promise<T>): Promise<T>;
}

export interface Log {
  info(text: string, facts?: Record<string, unknown>): void;
  warn(text: string, facts?: Record<string, unknown>): void;
}

export interface WalletPorts {
  db: Db;
  /** The connected, checked and pinned server; connects when needed. @throws SkiffError SERVER_UNREACHABLE and the like. */
  server: () => Promise<ArkServer>;
  chain: ChainSource;
  /** Asks hosts that strangers name (LNURL): a guarded fetch for small answers, private hosts on regtest only. */
  web: typeof globalThis.fetch;
  /** Opens a socket to a host that the person named; private hosts on regtest only. @throws SkiffError HTTP_REFUSED */
  stream: (url: string) => OpenStream;
  /** Hears swap services that have something to tell; a host without it looks at the chain alone. */
  socket?: OpenSocket;
  keys: KeySource;
  /** A pass for the main mailbox that the host kept for the time the wallet is locked, if it has one. */
  mailboxPass?: () => Promise<MailboxPass | undefined>;
  curve: Curve;
  /** Milliseconds since 1970. */
  now(): number;
  /** `length` fresh bytes from the CSPRNG. */
  random(length: number): Uint8Array;
  locks: Locks;
  /** Asks the host to call `wallet.wake()` at that time or a little later. A hint: losing it only delays. */
  schedule(atMs: number): void;
  log: Log;
}

export interface WalletConfig {
  network: Network;
  /** Blocks before an expiry at which we act: 144 on mainnet, 12 elsewhere (bark's `vtxo_refresh_expiry_threshold`). */
  refreshThreshold: number;
  /** Blocks of safety around an exit (bark's `vtxo_exit_margin`). */
  exitMargin: number;
  /** Exited coins are claimed to the on-chain wallet by themselves; else they wait for a command. */
  claimExits: boolean;
  /** Blocks added to the HTLC expiry the server asks for, so that a slow start does not make it too low. */
  htlcSpareBlocks: number;
  /** Blocks to claim the HTLC of a received payment on-chain (bark's `htlc_recv_claim_delta`). */
  claimDelta: number;
  /** A large change is cut in this many pieces, 1 … 3 (bark's `change_vtxo_split_factor`). */
  changeSplit: number;
  /** Blocks, its own included, under which the transaction behind a coin from outside must lie before the coin counts. */
  anchorDepth: number;
  /**
   * Blocks under which the payment of an offboard must lie before its coins are gone: as deep as nothing is taken back
   * on mainnet, because after that nobody looks (bark's `offboard_required_confirmations` is 2).
   */
  offboardDepth: number;
  /** Test mode: every step runs twice and must say the same. */
  doubleDrive: boolean;
}

export const defaultConfig = (network: Network): WalletConfig => ({
  network,
  refreshThreshold: renewBefore(network),
  exitMargin: EXIT_MARGIN,
  claimExits: true,
  htlcSpareBlocks: 18,
  claimDelta: 18,
  changeSplit: 2,
  anchorDepth: network === 'mainnet' ? 2 : 1,
  offboardDepth: network === 'mainnet' ? 6 : 1,
  doubleDrive: false,
});

/** What every step and service of the wallet is given. */
export interface Deps {
  ports: WalletPorts;
  config: WalletConfig;
}

/** What a host chooses; the rest is {@link defaultConfig}. */
export type ChosenConfig = Partial<WalletConfig> & Pick<WalletConfig, 'network'>;

export const depsOf = (ports: WalletPorts, config: ChosenConfig): Deps => ({
  ports,
  config: { ...defaultConfig(config.network), ...config },
});
