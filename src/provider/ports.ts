// What the provider needs from the rest of Skiff. The background hands in the real ones (src/background).
import type { PackedError } from '../messaging/wire.ts';
import type { LockState } from '../messaging/views.ts';
import type { Db } from '../store/port.ts';
import type { SiteRef } from '../store/rows.ts';
import type { RefusalMemory } from './spam.ts';

interface Asked {
  site: SiteRef;
  /** The request row, marked as approved in the same transaction that starts the payment. */
  requestId: string;
}

/** What a person agreed to. */
export interface PayOptions extends Asked {
  amount?: bigint;
  maxTotal: bigint;
}

/** What nobody was asked about: never an amount that somebody chose, and the site's budget is the limit. */
export interface SilentOptions extends Asked {
  silent: { method: string; params: object };
}

/** What can be said of a text without asking the network. */
export interface Inspected {
  kind?: string;
  paymentHash?: string;
  /** Satoshi, where the invoice itself fixes them. */
  fixedAmount?: bigint;
  /** Why no prompt could get it paid. */
  problem?: PackedError;
}

export type PayOutcome = { preimage: string | undefined } | { error: { code: string; say: string } };

export interface Payer {
  inspect(text: string): Promise<Inspected>;
  /**
   * Resolves once the payment is durably under way. @throws SkiffError; then nothing is locked or stored.
   * BUDGET_EXCEEDED: nobody was asked, and somebody must be
   */
  pay(text: string, options: PayOptions | SilentOptions): Promise<{ actionId: string }>;
  /** Resolves when the action has ended, whenever that is. */
  outcome(actionId: string): Promise<PayOutcome>;
  /** An invoice of ours, on disk before anybody sees it. @throws SkiffError; then there is none */
  makeInvoice(order: {
    amount: bigint;
    memo?: string;
    site: SiteRef;
  }): Promise<{ invoice: string; hash: string }>;
  /** Signs a text with the key of this site, as Lightning nodes sign: zbase32. @throws SkiffError LOCKED */
  signMessage(site: SiteRef, text: string): Promise<string>;
  /** The key (hex) of this site, if it has signed this text. @throws SkiffError LOCKED */
  verifyMessage(site: SiteRef, text: string, signature: string): Promise<string | undefined>;
  /** Satoshi that could be paid with now. */
  spendable(): Promise<bigint>;
}

export interface ProviderPorts {
  db: Db;
  payer: Payer;
  lockState(): Promise<LockState>;
  /** Opens the prompt window, or brings the open one to the front. */
  showPrompt(): Promise<void>;
  /** How many questions wait for the person (the badge). */
  setWaiting(count: number): void;
  /** Outlives the worker, not the browser. */
  refusals: RefusalMemory;
  now(): number;
  /** Skiff's version, for getInfo. */
  version: string;
  log(text: string, e: unknown): void;
}
