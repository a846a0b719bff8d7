// Signing an input of a version 0 witness program: the digest of BIP 143 for SIGHASH_ALL, and signatures in the DER form
// that witnesses carry.
import { encodeWith, invalidEncoding, type Writer } from '../ark/encode.ts';
import type { Tx } from '../ark/tx.ts';
import { concat } from '../crypto/bytes.ts';
import type { Bytes, Curve } from '../crypto/curve.ts';
import { sha256d } from '../crypto/hash.ts';
import type { Sats } from '../units.ts';

const SIGHASH_ALL = 1;
/** Most bytes of a low-s signature in DER with its sighash byte. */
export const MAX_ECDSA_WITNESS = 72;

const hashOf = (write: (w: Writer) => unknown) => sha256d(encodeWith(write));

/**
 * BIP 143 digest of one input, 32 bytes.
 * @param scriptCode the witness script of a P2WSH output @param value of the output that is spent
 */
export function segwitV0Sighash(tx: Tx, input: number, scriptCode: Bytes, value: Sats): Bytes {
  const own = tx.inputs[input];
  if (!own) throw invalidEncoding('sighash: no such input');
  const message = encodeWith((w) => {
    w.u32(tx.version);
    w.bytes(hashOf((x) => tx.inputs.forEach((i) => x.outPoint(i.prevout))));
    w.bytes(hashOf((x) => tx.inputs.forEach((i) => x.u32(i.sequence))));
    w.outPoint(own.prevout).compactSize(scriptCode.length).bytes(scriptCode);
    w.u64(value).u32(own.sequence);
    w.bytes(hashOf((x) => tx.outputs.forEach((out) => x.txOut(out))));
    w.u32(tx.lockTime).u32(SIGHASH_ALL);
  });
  return sha256d(message);
}

/** A positive integer as DER has it: without leading zeros but one where the first bit is set. */
function derInteger(bytes: Bytes): Bytes {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  const padded = (digits[0] as number) >= 0x80 ? concat(Uint8Array.of(0), digits) : digits;
  return concat(Uint8Array.of(2, padded.length), padded);
}

/** r‖s (64 bytes) as the witness item: DER and the byte of SIGHASH_ALL. */
export function ecdsaWitness(signature: Bytes): Bytes {
  const body = concat(derInteger(signature.subarray(0, 32)), derInteger(signature.subarray(32, 64)));
  return concat(Uint8Array.of(0x30, body.length), body, Uint8Array.of(SIGHASH_ALL));
}

/** Signs the input of a P2WSH output; the result is the witness item. */
export const signSegwitV0 = (
  curve: Curve,
  tx: Tx,
  input: number,
  spent: { readonly script: Bytes; readonly value: Sats },
  secret: Bytes,
): Bytes =>
  ecdsaWitness(curve.ecdsaSign(segwitV0Sighash(tx, input, spent.script, spent.value), secret).signature);
