// What the Ark server remembers: coins and their states, signed transactions, Lightning payment attempts.
import type { Vtxo } from '../../src/ark/vtxo.ts';

/**
 * unregistered: cosigned, chain not uploaded. ln-spent: its Lightning payment settled; clients see `spent`.
 */
export type SpendState = 'unregistered' | 'spendable' | 'spent' | 'ln-spent';

export interface VtxoRow {
  /** `txid:vout`. */
  readonly id: string;
  /** Full VTXO; without the last signatures until the chain is registered. */
  vtxo: Vtxo;
  bytes: Uint8Array;
  state: SpendState;
  /** Txid (text) of the off-chain transaction that spends it. */
  spentBy?: string;
  /** Refused as an input below this height. */
  bannedUntil?: number;
}

export type AttemptStatus = 'pending' | 'succeeded' | 'failed';

export interface PaymentAttempt {
  readonly paymentHash: string;
  readonly invoice: string;
  readonly amountSat: bigint;
  readonly htlcIds: readonly string[];
  readonly mailbox?: Uint8Array;
  readonly startedAt: number;
  /** Ends the payment in the network. */
  readonly givenUp: AbortController;
  status: AttemptStatus;
  /** core.LightningFailureReason. */
  reason?: number;
}

export interface ArkState {
  readonly vtxos: Map<string, VtxoRow>;
  /** Every transaction the server cosigned or anchored coins on; bytes once it is fully signed. */
  readonly transactions: Map<string, Uint8Array | undefined>;
  /** Outputs of checkpoints (`txid:vout`) and the transaction (text) that was signed to spend each. */
  readonly checkpointSpends: Map<string, string>;
  /** Preimages of settled payments by payment hash (hex). */
  readonly preimages: Map<string, Uint8Array>;
  /** By payment hash (hex), oldest first. */
  readonly attempts: Map<string, PaymentAttempt[]>;
}

export const emptyState = (): ArkState => ({
  vtxos: new Map(),
  transactions: new Map(),
  checkpointSpends: new Map(),
  preimages: new Map(),
  attempts: new Map(),
});

/** The attempt that counts now. */
export const latestAttempt = (state: ArkState, hash: string): PaymentAttempt | undefined =>
  state.attempts.get(hash)?.at(-1);
