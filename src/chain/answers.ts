// What every chain source's answers have in common.
import * as v from 'valibot';
import { parseTx, txid as txidOf, type Tx } from '../ark/tx.ts';
import { txidText } from '../ark/vtxo-id.ts';
import { SkiffError } from '../errors.ts';
import { misbehaved } from './endpoints.ts';

export const Hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** Below the lock-time threshold: a height. */
export const Height = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(499_999_999));
export const Vout = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));

/** A raw transaction and its parse, after the txid was found to be theirs. @throws SkiffError CHAIN_MISBEHAVED */
export function checkedTx(bytes: Uint8Array, txid: string): { raw: Uint8Array; tx: Tx } {
  let tx: Tx;
  try {
    tx = parseTx(bytes);
  } catch {
    throw misbehaved('transaction', { txid });
  }
  if (txidText(txidOf(tx)) !== txid) throw misbehaved('txid', { txid });
  return { raw: bytes, tx };
}

/** Nobody needs to pay more; whoever says so is wrong or wants to see us pay. */
const MAX_FEE_RATE = 1000;

/** A rate in sat/vB as it may be used. */
export const rateOf = (found: number | undefined, fallback: number): number =>
  Math.min(MAX_FEE_RATE, Math.max(1, found ?? fallback));

/** A node's words for a transaction that it has already. */
export const KNOWN =
  /txn-already-(known|in-mempool)|already in (block chain|utxo set|mempool)|outputs already in/i;

export const rejected = (reason: string): SkiffError =>
  new SkiffError({
    code: 'TX_REJECTED',
    say: 'The Bitcoin network did not take the transaction. Skiff tries again by itself.',
    retry: 'later',
    details: { reason: reason.slice(0, 300) },
  });
