// What every handler of the Ark server works with: keys, state, chain, clock. One object, so that handlers stay functions.
import type { Curve } from '../../src/crypto/curve.ts';
import type { LightningNetwork } from '../lightning/network.ts';
import type { ArkConfig } from './config.ts';
import type { MischiefInside } from './mailbox-mischief.ts';
import type { MailboxStore } from './mailbox-store.ts';
import type { NonceLog } from './nonces.ts';
import type { ArkState } from './state.ts';

/** What the Ark server asks its own node. Txids are text (display order). */
export interface ChainView {
  height(): number;
  /** Confirmed or in the mempool; confirmations 0 for the mempool. */
  transaction(txid: string): { readonly bytes: Uint8Array; readonly confirmations: number } | undefined;
  /** Is this output spent on the chain or in the mempool? */
  isSpent(txid: string, vout: number): boolean;
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
  readonly state: ArkState;
  readonly mailboxes: MailboxStore;
  readonly mischief: MischiefInside;
  readonly nonces: NonceLog;
  /** Milliseconds. */
  readonly now: () => number;
  /** Fresh bytes from the CSPRNG. */
  readonly random: (length: number) => Uint8Array;
}
