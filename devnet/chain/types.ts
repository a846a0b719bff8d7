// What the devnet's chain offers, in process. Txids and block hashes are text in display order; amounts are sat.
import type { FeeEstimates } from './fees.ts';
import type { ChainTx, TxOutput } from './tx.ts';

export interface ChainOptions {
  /** Milliseconds since 1970; the machine's clock when left out. */
  readonly now?: () => number;
  /** Folder that keeps the chain from run to run; in memory when left out. */
  readonly dataDir?: string;
  /** Blocks mined at the first start (120 when left out): the faucet's coins need 100 on top to be spendable. */
  readonly premine?: number;
  /** JSONL file that gets every accepted transaction with its spent outputs; SKIFF_TX_DUMP when left out. */
  readonly txDump?: string;
  /** JSONL file that gets every block, for the same purpose; SKIFF_BLOCK_DUMP when left out. */
  readonly blockDump?: string;
}

export interface BlockRef {
  readonly height: number;
  readonly hash: string;
}

/** A transaction that is confirmed or in the mempool. */
export interface TxRecord {
  readonly tx: ChainTx;
  /** The outputs that its inputs spend, in input order; empty for a coinbase. */
  readonly spent: readonly TxOutput[];
  /** 0 for a coinbase. */
  readonly fee: bigint;
  /** Where it is confirmed; undefined in the mempool. */
  readonly block?: BlockRef & { readonly position: number };
  /** Seconds since 1970 when the node saw it first. */
  readonly seenAt: number;
}

export interface OutputRecord {
  readonly txid: string;
  readonly vout: number;
  readonly value: bigint;
  readonly script: Uint8Array;
  /** undefined in the mempool. */
  readonly block?: BlockRef;
}

export interface Spender {
  readonly txid: string;
  readonly vin: number;
  /** undefined when the spender is in the mempool. */
  readonly block?: BlockRef;
}

/** One transaction of a submitted package, named as `submitpackage` names it. */
export interface PackageTxResult {
  readonly txid: string;
  readonly wtxid: string;
  readonly vsize: number;
  /** Set when the transaction is in the mempool now. */
  readonly fee?: bigint;
  /** sat over vB of the group that was judged together; undefined for a transaction that was there before. */
  readonly group?: { readonly fee: bigint; readonly vsize: number; readonly wtxids: readonly string[] };
  readonly error?: string;
}

export interface PackageResult {
  /** `success`, or why not. */
  readonly message: string;
  readonly results: readonly PackageTxResult[];
  /** Txids that were thrown out of the mempool. */
  readonly replaced: readonly string[];
}

export interface BlockEvent {
  readonly tip: BlockRef;
  /** Hashes, lowest first. */
  readonly connected: readonly string[];
  /** Hashes, highest first. */
  readonly disconnected: readonly string[];
}

export interface MineOptions {
  /** Leaves the mempool where it is. */
  readonly empty?: boolean;
  /** Transactions that go into the first block without passing the mempool (its conflicts are thrown out). */
  readonly include?: readonly (Uint8Array | string)[];
}

export interface KernelTransaction {
  /** Consensus bytes, hex. */
  readonly tx: string;
  readonly spent: readonly { readonly value: number; readonly script: string }[];
  /** Height of the block it was meant for. */
  readonly height: number;
}

export interface DevChain {
  /** What the answer does: back to how it is now. */
  snapshot(): () => void;
  height(): number;
  tip(): BlockRef;
  /** Seconds: median of the last 11 block times (BIP 113). */
  medianTime(): number;
  blockHash(height: number): string | undefined;

  /** Mines blocks with what the mempool holds; hashes, lowest first. @throws Rejected when `include` breaks a consensus rule */
  mine(blocks?: number, options?: MineOptions): string[];
  /** Pays from the faucet into the mempool; the txid. @throws Error when the address is not a regtest one */
  fund(address: string, sats: bigint): string;
  /** As {@link fund}, to any script. */
  pay(script: Uint8Array, sats: bigint): string;

  tx(txid: string): TxRecord | undefined;
  /** Takes a transaction (bytes or hex) into the mempool; its txid. @throws Rejected with Bitcoin Core's reason */
  submit(raw: Uint8Array | string): string;
  /** Child last, its parents before it. Never throws for what is wrong with a transaction. */
  submitPackage(raws: readonly (Uint8Array | string)[]): PackageResult;
  /** Unspent outputs paying this script, mempool included. */
  utxos(script: Uint8Array): OutputRecord[];
  /** Who spends this output, on the chain or in the mempool. */
  outspend(txid: string, vout: number): Spender | undefined;
  /** Every transaction that pays to or spends from a script with this SHA-256 (hex), newest first, mempool before chain. */
  history(scriptHash: string): TxRecord[];
  mempool(): TxRecord[];
  /** Throws a transaction and its descendants out of the mempool; false when it was not there. */
  evict(txid: string): boolean;

  /** Takes the last `blocks` blocks off; their transactions go back to the mempool. Returns their hashes, highest first. */
  invalidate(blocks: number): string[];
  /** `invalidate` and then one block more than were taken; the new hashes. */
  reorg(blocks: number, options?: MineOptions): string[];

  /** Called after every change of the tip; returns the way out. */
  onBlock(listener: (event: BlockEvent) => void): () => void;
  /** Called when a transaction enters the mempool; returns the way out. */
  onTransaction(listener: (record: TxRecord) => void): () => void;

  /** Fees go up: every estimate says this, and the miner takes nothing that pays less; without a rate they are as usual. */
  setFees(satPerVb?: number): void;
  /** sat/vB by confirmation target; tests change it. */
  readonly feeEstimates: FeeEstimates;
  /** Every transaction (coinbases aside) that was ever accepted, for Bitcoin Core's consensus code. */
  transactionsForKernel(): KernelTransaction[];
  /** Consensus bytes of the best chain's blocks without the genesis block, lowest first. */
  rawBlocks(): Uint8Array[];
  /** Block by hash, also one that a reorg took off. */
  block(hash: string): BlockRecord | undefined;
}

export interface BlockRecord {
  readonly hash: string;
  readonly height: number;
  readonly header: BlockHeader;
  /** Coinbase first. */
  readonly txs: readonly ChainTx[];
  /** Whether it is on the best chain. */
  readonly best: boolean;
  readonly medianTime: number;
}

export interface BlockHeader {
  readonly version: number;
  /** Display order. */
  readonly previous: string;
  /** Display order. */
  readonly merkleRoot: string;
  /** Seconds. */
  readonly time: number;
  readonly bits: number;
  readonly nonce: number;
}
