// Transactions as the chain sees them, read with @scure/btc-signer's codec and not with Skiff's own: what the wallet
// builds is judged by other hands.
import { RawOldTx, RawTx } from '@scure/btc-signer/script.js';
import { equalBytes, fromHex, toHex } from '../../src/crypto/bytes.ts';
import { sha256d } from '../../src/crypto/hash.ts';
import { Rejected } from './rejected.ts';

export interface TxInput {
  /** Display order; 64 zeros in a coinbase. */
  readonly txid: string;
  readonly vout: number;
  readonly scriptSig: Uint8Array;
  readonly sequence: number;
  readonly witness: readonly Uint8Array[];
}

export interface TxOutput {
  readonly value: bigint;
  readonly script: Uint8Array;
}

export interface ChainTx {
  /** Display order. */
  readonly txid: string;
  /** Display order. */
  readonly wtxid: string;
  /** Unsigned, as Bitcoin Core reads it. */
  readonly version: number;
  readonly lockTime: number;
  readonly inputs: readonly TxInput[];
  readonly outputs: readonly TxOutput[];
  /** Consensus bytes. */
  readonly raw: Uint8Array;
  /** Consensus bytes without witnesses. */
  readonly stripped: Uint8Array;
  readonly weight: number;
  readonly vsize: number;
}

/** The txid of a coinbase's only input. */
export const NULL_TXID = '00'.repeat(32);

/** Hash in internal order to text in display order, and back (a copy is reversed). */
export const displayHash = (hash: Uint8Array): string => toHex(Uint8Array.from(hash).reverse());
export const internalHash = (text: string): Uint8Array => fromHex(text).reverse();

/** `txid:vout`, the key of outputs in maps. */
export const outpoint = (txid: string, vout: number): string => `${txid}:${vout}`;

export const isCoinbase = (tx: ChainTx): boolean => tx.inputs[0]?.txid === NULL_TXID;

/** Consensus bytes (or hex) to a transaction. @throws Rejected (-22) unless they are exactly one, minimally encoded */
export function readTx(bytes: Uint8Array | string): ChainTx {
  try {
    const raw = typeof bytes === 'string' ? fromHex(bytes.trim()) : Uint8Array.from(bytes);
    const parsed = RawTx.decode(raw);
    if (parsed.inputs.length === 0 || !equalBytes(RawTx.encode(parsed), raw))
      throw new Error('not canonical');
    const stripped = RawOldTx.encode(parsed);
    const weight = 3 * stripped.length + raw.length;
    return {
      txid: displayHash(sha256d(stripped)),
      wtxid: displayHash(sha256d(raw)),
      version: parsed.version >>> 0,
      lockTime: parsed.lockTime,
      inputs: parsed.inputs.map((input, i) => ({
        txid: toHex(input.txid),
        vout: input.index,
        scriptSig: input.finalScriptSig,
        sequence: input.sequence,
        witness: parsed.witnesses?.[i] ?? [],
      })),
      outputs: parsed.outputs.map(({ amount, script }) => ({ value: amount, script })),
      raw,
      stripped,
      weight,
      vsize: Math.ceil(weight / 4),
    };
  } catch {
    throw new Rejected('TX decode failed', -22);
  }
}
