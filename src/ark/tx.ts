// Bitcoin transactions as Ark builds them: consensus bytes, txid, BIP-341 SIGHASH_DEFAULT digests.
// Parsing foreign transactions is @scure/btc-signer's work.
import { RawTx } from '@scure/btc-signer/script.js';
import type { Bytes } from '../crypto/curve.ts';
import { sha256, sha256d, taggedHash } from '../crypto/hash.ts';
import { sats } from '../units.ts';
import { encodeWith, invalidEncoding, type OutPoint, type TxOut, type Writer } from './encode.ts';

export interface TxIn {
  readonly prevout: OutPoint;
  /** Empty in every transaction that Ark builds. */
  readonly scriptSig?: Bytes;
  readonly sequence: number;
  readonly witness?: readonly Bytes[];
}

export interface Tx {
  readonly version: number;
  readonly inputs: readonly TxIn[];
  readonly outputs: readonly TxOut[];
  readonly lockTime: number;
}

const EMPTY = new Uint8Array(0);
const blob = (w: Writer, bytes: Bytes) => w.compactSize(bytes.length).bytes(bytes);

function writeTx(w: Writer, tx: Tx, witness: boolean): void {
  w.u32(tx.version);
  if (witness) w.u8(0).u8(1);
  w.vector(tx.inputs, (x, i) => blob(x.outPoint(i.prevout), i.scriptSig ?? EMPTY).u32(i.sequence));
  w.vector(tx.outputs, (x, out) => x.txOut(out));
  if (witness) for (const i of tx.inputs) w.vector(i.witness ?? [], blob);
  w.u32(tx.lockTime);
}

/** Consensus bytes; the segwit form when an input has a witness. */
export const serializeTx = (tx: Tx): Bytes =>
  encodeWith((w) =>
    writeTx(
      w,
      tx,
      tx.inputs.some((i) => (i.witness?.length ?? 0) > 0),
    ),
  );

/** Txid in internal order. Witnesses do not count. */
export const txid = (tx: Tx): Bytes => sha256d(encodeWith((w) => writeTx(w, tx, false)));

/** Consensus bytes to a transaction, trailing bytes refused. @throws SkiffError INVALID_ENCODING */
export function parseTx(bytes: Bytes): Tx {
  try {
    const raw = RawTx.decode(bytes);
    return {
      version: raw.version,
      inputs: raw.inputs.map((input, i) => ({
        prevout: { txid: Uint8Array.from(input.txid).reverse(), vout: input.index },
        scriptSig: input.finalScriptSig,
        sequence: input.sequence,
        witness: raw.witnesses?.[i],
      })),
      outputs: raw.outputs.map((out) => ({ value: sats(out.amount), script: out.script })),
      lockTime: raw.lockTime,
    };
  } catch (e) {
    throw invalidEncoding('transaction', e);
  }
}

/**
 * BIP-341 digest (SIGHASH_DEFAULT) of one input, 32 bytes.
 * @param spent the outputs that all inputs spend, in input order
 * @param leafHash given for a script-path spend (BIP-342), left out for the key path
 */
export function taprootSighash(tx: Tx, input: number, spent: readonly TxOut[], leafHash?: Bytes): Bytes {
  if (spent.length !== tx.inputs.length) throw invalidEncoding('sighash: one spent output for each input');
  const message = encodeWith((w) => {
    w.u8(0).u8(0).u32(tx.version).u32(tx.lockTime);
    w.bytes(hashOf((x) => tx.inputs.forEach((i) => x.outPoint(i.prevout))));
    w.bytes(hashOf((x) => spent.forEach((out) => x.u64(out.value))));
    w.bytes(hashOf((x) => spent.forEach((out) => blob(x, out.script))));
    w.bytes(hashOf((x) => tx.inputs.forEach((i) => x.u32(i.sequence))));
    w.bytes(hashOf((x) => tx.outputs.forEach((out) => x.txOut(out))));
    w.u8(leafHash ? 2 : 0).u32(input);
    if (leafHash) w.bytes(leafHash).u8(0).u32(0xffff_ffff);
  });
  return taggedHash('TapSighash', message);
}

const hashOf = (write: (w: Writer) => unknown) => sha256(encodeWith(write));
