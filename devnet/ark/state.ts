// What the Ark server remembers: coins and their states, signed transactions, Lightning payment attempts.
import type { VtxoRequest } from '../../src/ark/tree-spec.ts';
import type { Vtxo } from '../../src/ark/vtxo.ts';

/**
 * unregistered: cosigned, chain not uploaded. unclaimed: from a round, its inputs not forfeited yet. ln-spent: its Lightning
 * payment settled; clients see `spent`. htlc-recv-unclaimed: waits for the preimage of a received payment.
 */
export type SpendState =
  'unregistered' | 'unclaimed' | 'spendable' | 'spent' | 'ln-spent' | 'htlc-recv-unclaimed';

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
  /** Millisatoshi of a contribution to an invoice that others pay the rest of. */
  readonly partialMsat?: bigint;
  readonly htlcIds: readonly string[];
  readonly mailbox?: Uint8Array;
  readonly startedAt: number;
  /** Ends the payment in the network. */
  readonly givenUp: AbortController;
  status: AttemptStatus;
  /** core.LightningFailureReason. */
  reason?: number;
}

type ReceiveStatus = 'created' | 'accepted' | 'htlcs-ready' | 'settled' | 'canceled';

/** A Lightning payment that a wallet waits for. */
export interface Receive {
  /** Hex. */
  readonly paymentHash: string;
  readonly invoice: string;
  readonly amountSat: bigint;
  readonly mailbox?: Uint8Array;
  /** Milliseconds. */
  readonly expiresAt: number;
  status: ReceiveStatus;
  /** Height at which the payer's money goes back by itself. */
  lowestExpiry?: number;
  acceptedAt?: number;
  htlcIds: readonly string[];
  /** The payer is a wallet of this server: nothing goes through the network. */
  inside: boolean;
}

/** A coin of the server's own that can be handed out. */
export interface PoolCoin {
  readonly vtxo: Vtxo;
  readonly secret: Uint8Array;
  /** Of a leaf that is still locked. */
  readonly preimage?: Uint8Array;
}

/** Lets a wallet without coins receive, once. */
export interface Token {
  used: boolean;
  /** Milliseconds. */
  readonly expiresAt?: number;
}

/** Coins that their owner exchanges for new ones in a round. */
export interface Participation {
  /** SHA-256 of the preimage, hex. */
  readonly unlockHash: string;
  readonly preimage: Uint8Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly VtxoRequest[];
  readonly mailbox?: Uint8Array;
  /** Not in a round below this height. */
  readonly scheduledHeight?: number;
  /** Once a round has made the new coins: its transaction (text) and they, as they were before they were unlocked. */
  issued?: {
    readonly roundTxid: string;
    readonly coins: readonly { readonly id: string; readonly locked: Uint8Array }[];
  };
  forfeited: boolean;
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
  /** By payment hash (hex): the latest for each. */
  readonly receives: Map<string, Receive>;
  readonly pool: PoolCoin[];
  readonly tokens: Map<string, Token>;
  /** By unlock hash (hex). */
  readonly participations: Map<string, Participation>;
}

export const emptyState = (): ArkState => ({
  vtxos: new Map(),
  transactions: new Map(),
  checkpointSpends: new Map(),
  preimages: new Map(),
  attempts: new Map(),
  receives: new Map(),
  pool: [],
  tokens: new Map(),
  participations: new Map(),
});

/** The attempt that counts now. */
export const latestAttempt = (state: ArkState, hash: string): PaymentAttempt | undefined =>
  state.attempts.get(hash)?.at(-1);
