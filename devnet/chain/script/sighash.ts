// What signatures sign: the original digest, BIP 143 (witness v0) and BIP 341/342 (taproot), every hash type.
// Written from the BIPs; the unit tests hold it against @scure/btc-signer value by value.
import { RawOldTx } from '@scure/btc-signer/script.js';
import { concat, fromHex } from '../../../src/crypto/bytes.ts';
import { sha256, sha256d, taggedHash } from '../../../src/crypto/hash.ts';
import { outputBytes, u32, u64, varBytes } from '../le.ts';
import { internalHash, type ChainTx, type TxInput, type TxOutput } from '../tx.ts';

export const SIGHASH = { DEFAULT: 0, ALL: 1, NONE: 2, SINGLE: 3, ANYONECANPAY: 0x80 } as const;

/** An input being judged. `spent` are the outputs of all inputs, in order. */
export interface Spend {
  readonly tx: ChainTx;
  readonly index: number;
  readonly spent: readonly TxOutput[];
}

const ZERO32 = new Uint8Array(32);
const EMPTY = new Uint8Array(0);
const prevout = (input: TxInput) => concat(internalHash(input.txid), u32(input.vout));

interface Midstates {
  readonly prevouts: Uint8Array;
  readonly sequences: Uint8Array;
  readonly outputs: Uint8Array;
  readonly amounts: Uint8Array;
  readonly scripts: Uint8Array;
}

const midstates = new WeakMap<ChainTx, Midstates & { spent: readonly TxOutput[] }>();

/** Single SHA-256 of each list; computed once for all inputs of a transaction. */
function mid({ tx, spent }: Spend): Midstates {
  const known = midstates.get(tx);
  if (known?.spent === spent) return known;
  const made = {
    spent,
    prevouts: sha256(concat(...tx.inputs.map(prevout))),
    sequences: sha256(concat(...tx.inputs.map(({ sequence }) => u32(sequence)))),
    outputs: sha256(concat(...tx.outputs.map(outputBytes))),
    amounts: sha256(concat(...spent.map(({ value }) => u64(value)))),
    scripts: sha256(concat(...spent.map(({ script }) => varBytes(script)))),
  };
  midstates.set(tx, made);
  return made;
}

function ownInput({ tx, index }: Spend): TxInput {
  const input = tx.inputs[index];
  if (!input) throw new RangeError(`no input ${index}`);
  return input;
}

/** The output that the judged input spends. */
export function ownOutput({ spent, index }: Spend): TxOutput {
  const output = spent[index];
  if (!output) throw new RangeError(`no spent output ${index}`);
  return output;
}

/** The digest before segwit. `code` holds no OP_CODESEPARATOR here. */
export function legacyDigest(spend: Spend, code: Uint8Array, type: number): Uint8Array {
  const { tx, index } = spend;
  const anyone = (type & SIGHASH.ANYONECANPAY) !== 0;
  const base = type & 0x1f;
  const one = Uint8Array.of(1, ...new Uint8Array(31));
  if (base === SIGHASH.SINGLE && index >= tx.outputs.length) return one;
  const partial = base === SIGHASH.NONE || base === SIGHASH.SINGLE;
  const inputs = tx.inputs.map((input, i) => ({
    txid: fromHex(input.txid),
    index: input.vout,
    finalScriptSig: i === index ? code : EMPTY,
    sequence: i !== index && partial ? 0 : input.sequence,
  }));
  const outputs = tx.outputs.map(({ value, script }) => ({ amount: value, script }));
  const kept =
    base === SIGHASH.NONE
      ? []
      : base === SIGHASH.SINGLE
        ? outputs
            .slice(0, index + 1)
            .map((out, i) => (i === index ? out : { amount: 0xffff_ffff_ffff_ffffn, script: EMPTY }))
        : outputs;
  const message = RawOldTx.encode({
    version: tx.version | 0,
    lockTime: tx.lockTime,
    inputs: anyone ? inputs.slice(index, index + 1) : inputs,
    outputs: kept,
  });
  return sha256d(message, u32(type));
}

/** BIP 143. `code` is the script code without its length. */
export function witnessV0Digest(spend: Spend, code: Uint8Array, type: number): Uint8Array {
  const { tx, index } = spend;
  const anyone = (type & SIGHASH.ANYONECANPAY) !== 0;
  const base = type & 0x1f;
  const all = base !== SIGHASH.NONE && base !== SIGHASH.SINGLE;
  const hashes = mid(spend);
  const single = base === SIGHASH.SINGLE ? tx.outputs[index] : undefined;
  const input = ownInput(spend);
  return sha256d(
    u32(tx.version),
    anyone ? ZERO32 : sha256(hashes.prevouts),
    anyone || !all ? ZERO32 : sha256(hashes.sequences),
    prevout(input),
    varBytes(code),
    u64(ownOutput(spend).value),
    u32(input.sequence),
    all ? sha256(hashes.outputs) : single ? sha256d(outputBytes(single)) : ZERO32,
    u32(tx.lockTime),
    u32(type),
  );
}

/** Is this a hash type that BIP 341 knows? */
const isTaprootType = (type: number): boolean => (type & 0x7c) === 0 && type !== 0x80;

/**
 * BIP 341 digest; with `leaf` (32-byte leaf hash) the one of BIP 342, for scripts without OP_CODESEPARATOR.
 * Undefined where none is defined: an unknown type, SINGLE without its output.
 */
export function taprootDigest(spend: Spend, type: number, leaf?: Uint8Array): Uint8Array | undefined {
  const { tx, index } = spend;
  if (!isTaprootType(type)) return undefined;
  const anyone = (type & SIGHASH.ANYONECANPAY) !== 0;
  const base = type & 3;
  const single = base === SIGHASH.SINGLE ? tx.outputs[index] : undefined;
  if (base === SIGHASH.SINGLE && !single) return undefined;
  const hashes = mid(spend);
  const input = ownInput(spend);
  const parts = [Uint8Array.of(0, type), u32(tx.version), u32(tx.lockTime)];
  if (!anyone) parts.push(hashes.prevouts, hashes.amounts, hashes.scripts, hashes.sequences);
  if (base === SIGHASH.ALL || base === SIGHASH.DEFAULT) parts.push(hashes.outputs);
  parts.push(Uint8Array.of(leaf ? 2 : 0));
  if (anyone) parts.push(prevout(input), outputBytes(ownOutput(spend)), u32(input.sequence));
  else parts.push(u32(index));
  if (single) parts.push(sha256(outputBytes(single)));
  if (leaf) parts.push(leaf, Uint8Array.of(0), u32(0xffff_ffff));
  return taggedHash('TapSighash', ...parts);
}
