// The chain port: what the wallet asks the chain. Adaptors: Esplora (esplora.ts), bitcoind RPC (bitcoind.ts).
// Whatever comes back is checked by the adaptor (a raw transaction hashes to the txid asked for, a header to its hash);
// that a transaction is in a block is proven by proof.ts.

export interface Tip {
  height: number;
  /** Block hash, display order hex. */
  hash: string;
}

export interface TxStatus {
  confirmed: boolean;
  height?: number;
  blockHash?: string;
}

export interface Utxo {
  txid: string;
  vout: number;
  value: bigint;
  status: TxStatus;
}

export interface Outspend {
  spent: boolean;
  txid?: string;
  status?: TxStatus;
}

/** Where a source says that a transaction is confirmed, and the hashes that prove it. */
export interface MerkleProof {
  height: number;
  /** Place of the transaction in its block. */
  position: number;
  /** Siblings from the transaction to the root, 32 bytes each in internal order. */
  branch: Uint8Array[];
}

/** One transaction that touches a script. */
export interface HistoryEntry {
  txid: string;
  status: TxStatus;
}

/** sat/vB for targets of 1, 3 and 6 blocks. */
export interface FeeRates {
  fast: number;
  regular: number;
  slow: number;
}

export interface ChainSource {
  tip(): Promise<Tip>;
  /** Block hash at a height, display order hex. */
  blockHash(height: number): Promise<string>;
  /** The 80 bytes that hash to this block hash. */
  header(hash: string): Promise<Uint8Array>;
  /** Unproven; undefined while the transaction is not confirmed. */
  merkleProof(txid: string): Promise<MerkleProof | undefined>;
  /** Raw transaction bytes, or undefined when the source does not know it. */
  tx(txid: string): Promise<Uint8Array | undefined>;
  txStatus(txid: string): Promise<TxStatus | undefined>;
  outspend(txid: string, vout: number): Promise<Outspend>;
  /** Unspent outputs paying this scriptPubKey, mempool included. */
  utxos(script: Uint8Array): Promise<Utxo[]>;
  /** Has this scriptPubKey ever been used (for gap scans)? */
  used(script: Uint8Array): Promise<boolean>;
  /** Transactions that pay to this scriptPubKey or spend from it, newest first, mempool before chain; perhaps not all. */
  history(script: Uint8Array): Promise<HistoryEntry[]>;
  feeRates(): Promise<FeeRates>;
  /** Broadcasts; resolves with the txid also when the source already knows the transaction. */
  broadcast(raw: Uint8Array): Promise<string>;
  /** A child, last, and its parents before it. @throws SkiffError TX_REJECTED when one of them is not taken */
  broadcastPackage(raws: readonly Uint8Array[]): Promise<void>;
}
