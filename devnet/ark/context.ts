// What every handler of the Ark server works with: keys, state, chain, clock. One object, so that handlers stay functions.
import type { Curve } from '../../src/crypto/curve.ts';
import type { LightningNetwork } from '../lightning/network.ts';
import type { ArkConfig } from './config.ts';
import type { EdgeState } from './edge/state.ts';
import type { MischiefInside } from './mailbox-mischief.ts';
import type { MailboxStore } from './mailbox-store.ts';
import type { NonceLog } from './nonces.ts';
import type { OffboardSessions } from './offboard.ts';
import type { Rounds } from './rounds/hub.ts';
import type { ArkState } from './state.ts';

/** What the Ark server asks its own node. Txids are text (display order). */
export interface ChainView {
  height(): number;
  /** Confirmed or in the mempool; confirmations 0 for the mempool. */
  transaction(txid: string): { readonly bytes: Uint8Array; readonly confirmations: number } | undefined;
  /** Is this output spent on the chain or in the mempool? */
  isSpent(txid: string, vout: number): boolean;
  /** Unspent outputs to this script, mempool included. */
  utxos(script: Uint8Array): readonly {
    readonly txid: string;
    readonly vout: number;
    readonly value: bigint;
    readonly script: Uint8Array;
  }[];
  /** The faucet pays `sats` to a script. */
  pay(script: Uint8Array, sats: bigint): void;
  /** Mines a block, so that what the server made for itself is confirmed. */
  confirm(): void;
  /** Into the mempool. @throws Rejected */
  submit(raw: Uint8Array): void;
  /** Parents first, their child last. @throws Error when one of them is not taken */
  submitPackage(raws: readonly Uint8Array[]): void;
}

export interface KeyPair {
  readonly secret: Uint8Array;
  /** 33 bytes. */
  readonly public: Uint8Array;
}

export interface ArkContext {
  readonly curve: Curve;
  /** Read at each use: tests change it while the server runs. */
  readonly config: ArkConfig;
  readonly chain: ChainView;
  readonly lightning: LightningNetwork;
  /** Cosigns; in every VTXO. */
  readonly serverKey: KeyPair;
  /** Unblinds mailbox ids. */
  readonly mailboxKey: KeyPair;
  /** Holds the server's own bitcoin. */
  readonly purseKey: KeyPair;
  /** The server's Lightning node, as wallets and payers see it. */
  readonly edgeKey: KeyPair;
  readonly edge: EdgeState;
  readonly state: ArkState;
  readonly mailboxes: MailboxStore;
  readonly mischief: MischiefInside;
  readonly nonces: NonceLog;
  readonly rounds: Rounds;
  readonly offboards: OffboardSessions;
  /** Coins in an exchange under way (`txid:vout`): nobody else may spend them meanwhile. */
  readonly inFlux: Set<string>;
  /** The server's own outputs (`txid:vout`) in a transaction that is not sent yet. */
  readonly pledged: Set<string>;
  /** Milliseconds. */
  readonly now: () => number;
  /** Fresh bytes from the CSPRNG. */
  readonly random: (length: number) => Uint8Array;
}
