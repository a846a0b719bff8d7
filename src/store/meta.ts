// Single facts about the wallet: what it is bound to, its vault, the last tip it saw.
import type { ReadTx, WriteTx } from './port.ts';
import type { Sats } from '../units.ts';
import type { MetaRow } from './rows.ts';

export interface WalletProperties {
  network: 'mainnet' | 'signet' | 'regtest';
  /** Fingerprint of the wallet root, 8 hex characters: tells one seed from another. */
  fingerprint: string;
  /** Account key of the vtxo keys (not secret, but private): public keys can be derived while locked. */
  vtxoXpub?: string;
  /** Account key of the on-chain addresses. */
  onchainXpub?: string;
  /** Pinned at the first good contact, 33 bytes hex. */
  serverPubkey?: string;
  mailboxPubkey?: string;
  createdAt: number;
  /** When the person proved to have written the words down. */
  backedUpAt?: number;
}

/** Coins of one kind in a report. */
export interface Tally {
  count: number;
  /** As far as it is known. */
  amount: Sats;
}

export interface RecoveryNote {
  state: 'due' | 'done';
  since: number;
  nextAt: number;
  /** When the report below was made; absent before the first run. */
  at?: number;
  report?: Record<'recovered' | 'exited' | 'skipped' | 'failed' | 'foreign' | 'notFound', Tally>;
  /** Why coins could not be had, each reason once. */
  reasons?: string[];
  /** A source of coins did not answer to its end. */
  partial?: boolean;
  /** The person has read it. */
  seen?: boolean;
}

export interface Meta {
  wallet: WalletProperties;
  /** The sealed seed, as src/vault wrote it. */
  vault: unknown;
  /** Wrong passwords in a row, as src/vault wrote them. */
  unlockTries: unknown;
  tip: { height: number; hash: string; at: number };
  /** Receipts up to this time (and of this time, these lines of the history) were told to the person. */
  receiptsTold: { at: number; ids: number[] };
  /** Lines of the history about lost coins that were told to the person. */
  lossesTold: { ids: number[] };
  /** The address that another wallet's PSBT is to pay, shown in Receive until one did. */
  boardPlace: { address: string; keyIndex: number; expiryHeight: number; at: number };
  /** A restored seed's search for its coins, and what the last one found. */
  recovery: RecoveryNote;
  /** When the server was last asked whether another copy of the seed has spent coins of ours. */
  reconciled: { at: number };
  /** When it was last looked whether somebody brought coins out, and the coin that this look ended with. */
  forcedScan: { height: number; after?: string };
  /** What was said last about coins near their end, and when. */
  endingTold: { level: string; at: number };
  /** Limits of the server that balance needs while offline. */
  serverLimits: { maxExitDepth: number; at: number };
}

/** One fact, or undefined. */
export const meta = async <K extends keyof Meta>(tx: ReadTx, name: K): Promise<Meta[K] | undefined> =>
  (await tx.get<MetaRow>('meta', name))?.value as Meta[K] | undefined;

/** Writes one fact. */
export const setMeta = <K extends keyof Meta>(tx: WriteTx, name: K, value: Meta[K]): Promise<void> =>
  tx.put<MetaRow>('meta', { name, value });
