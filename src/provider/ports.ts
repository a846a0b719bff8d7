// What the provider needs from the rest of Skiff. The background hands in the real ones (src/background).
import type { PackedError } from '../messaging/wire.ts';
import type { LockState } from '../messaging/views.ts';
import type { Db } from '../store/port.ts';
import type { SiteRef } from '../store/rows.ts';

export interface PayOptions {
  amount?: bigint;
  maxTotal: bigint;
  site: SiteRef;
  /** The request row, marked as approved in the same transaction that starts the payment. */
  requestId: string;
}

export type PayOutcome = { preimage: string | undefined } | { error: { code: string; say: string } };

export interface Payer {
  /** What a text is, without asking the network: its kind and payment hash, and a problem that no prompt could cure. */
  inspect(text: string): Promise<{ kind?: string; paymentHash?: string; problem?: PackedError }>;
  /** Resolves once the payment is durably under way. @throws SkiffError; then nothing is locked or stored */
  pay(text: string, options: PayOptions): Promise<{ actionId: string }>;
  /** Resolves when the action has ended, whenever that is. */
  outcome(actionId: string): Promise<PayOutcome>;
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
  now(): number;
  /** Skiff's version, for getInfo. */
  version: string;
  log(text: string, e: unknown): void;
}
