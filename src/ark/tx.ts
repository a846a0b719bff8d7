// Bitcoin transactions as Ark builds and reads them: consensus bytes, txid, BIP-341 SIGHASH_DEFAULT digests.
import type { Bytes } from '../crypto/curve.ts';
import { sha256, sha256d, taggedHash } from '../crypto/hash.ts';
import {
  decodeAll,
  encodeWith,
  invalidEncoding,
  type OutPoint,
  type PointChecks,
  type Reader,
  type TxOut,
  type Writer,
} from './encode.ts';

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
/** A transaction holds no curve points that would be checked. */
const NO_POINTS: PointChecks = { isPoint: () => false, isXOnly: () => false, isScalar: () => false };
const hasWitness = (inputs: readonly TxIn[]) => inputs.some((i) => (i.witness?.length ?? 0) > 0);
const blob = (w: Writer, bytes: Bytes) => w.compactSize(bytes.length).bytes(bytes);

function writeTx(w: Writer, tx: Tx, witness: boolean): void {
  w.u32(tx.version);
  if (witness) w.u8(0).u8(1);
  w.vector(tx.inputs, (x, i) => blob(x.outPoint(i.prevout), i.scriptSig ?? EMPTY).u32(i.sequence));
  w.vector(tx.outputs, (x, out) => x.txOut(out));
  if (witness) for (const i of tx.inputs) w.vector(i.witness ?? [], blob);
  w.u32(tx.lockTime);
}

/** Consensus bytes; the segwit form when an input has a witness (or there is no input, as rust-bitcoin does it). */
export const serializeTx = (tx: Tx): Bytes =>
  encodeWith((w) => writeTx(w, tx, tx.inputs.length === 0 || hasWitness(tx.inputs)));

const stripped = (tx: Tx): Bytes => encodeWith((w) => writeTx(w, tx, false));

/** Txid in internal order. Witnesses do not count. */
export const txid = (tx: Tx): Bytes => sha256d(stripped(tx));

/** Weight units: bytes without witnesses count four times, witness bytes once. */
export const txWeight = (tx: Tx): number => 3 * stripped(tx).length + serializeTx(tx).length;

const readBlob = (r: Reader, what: string): Bytes => r.bytes(r.count(r.remaining, what), what);

function readInput(r: Reader): TxIn {
  const prevout = r.outPoint('input');
  return { prevout, scriptSig: readBlob(r, 'scriptSig'), sequence: r.u32('sequence') };
}

function readTx(r: Reader): Tx {
  const version = r.u32('version');
  const inputs = () => r.vector(Math.floor(r.remaining / 41), 'inputs', readInput);
  let found = inputs();
  const segwit = found.length === 0;
  if (segwit) {
    if (r.u8('segwit flag') !== 1) throw invalidEncoding('segwit flag');
    found = inputs();
  }
  const outputs = r.vector(Math.floor(r.remaining / 9), 'outputs', (x) => {
    const value = x.amount('output value');
    return { value, script: readBlob(x, 'output script') };
  });
  if (segwit) {
    found = found.map((i) => ({
      ...i,
      witness: r.vector(r.remaining, 'witness', (x) => readBlob(x, 'witness item')),
    }));
    if (found.length > 0 && !hasWitness(found)) throw invalidEncoding('segwit form without a witness');
  }
  return { version, inputs: found, outputs, lockTime: r.u32('locktime') };
}

/** Consensus bytes to a transaction, trailing bytes refused. @throws SkiffError INVALID_ENCODING */
export const parseTx = (bytes: Bytes): Tx => decodeAll(NO_POINTS, bytes, readTx);

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
