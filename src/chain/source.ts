// The chain port: what the wallet asks the chain. Adaptors: Esplora (esplora.ts), later bitcoind RPC.
// Whatever comes back is checked by the adaptor (a raw transaction hashes to the txid asked for).

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
  /** Raw transaction bytes, or undefined when the source does not know it. */
  tx(txid: string): Promise<Uint8Array | undefined>;
  txStatus(txid: string): Promise<TxStatus | undefined>;
  outspend(txid: string, vout: number): Promise<Outspend>;
  /** Unspent outputs paying this scriptPubKey, mempool included. */
  utxos(script: Uint8Array): Promise<Utxo[]>;
  /** Has this scriptPubKey ever been used (for gap scans)? */
  used(script: Uint8Array): Promise<boolean>;
  feeRates(): Promise<FeeRates>;
  /** Broadcasts; resolves with the txid also when the source already knows the transaction. */
  broadcast(raw: Uint8Array): Promise<string>;
  broadcastPackage(raws: readonly Uint8Array[]): Promise<void>;
}
