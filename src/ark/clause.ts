// Spending clauses: the tapscripts behind VTXO outputs, what their spender must set, and their witness stacks
// (ark-lib vtxo/policy/clause.rs, lib.rs mod scripts). Version 0 hash clauses lack the preimage-size check.
import type { Bytes } from '../crypto/curve.ts';
import { concat } from '../crypto/bytes.ts';
import { ripemd160 } from '../crypto/hash.ts';
import type { HashLockVersion } from './policy.ts';
import { OP, pushNumber } from './script.ts';

/** `pubkey` is always 33 bytes; scripts use its x coordinate. `hash` is a SHA-256 hash. Deltas and heights in blocks. */
export type Clause =
  | { readonly kind: 'delayed-sign'; readonly pubkey: Bytes; readonly delta: number }
  | { readonly kind: 'timelock-sign'; readonly pubkey: Bytes; readonly height: number }
  | {
      readonly kind: 'delayed-timelock-sign';
      readonly pubkey: Bytes;
      readonly delta: number;
      readonly height: number;
    }
  | {
      readonly kind: 'hash-sign';
      readonly version: HashLockVersion;
      readonly pubkey: Bytes;
      readonly hash: Bytes;
    }
  | {
      readonly kind: 'hash-delay-sign';
      readonly version: HashLockVersion;
      readonly pubkey: Bytes;
      readonly hash: Bytes;
      readonly delta: number;
    };

const op = (...codes: number[]) => Uint8Array.from(codes);
const checkSig = (pubkey: Bytes) => concat(op(OP.PUSH_32), pubkey.subarray(1), op(OP.CHECKSIG));
const after = (delta: number) => concat(pushNumber(delta), op(OP.CSV, OP.DROP));
const notBefore = (height: number) => concat(pushNumber(height), op(OP.CLTV, OP.DROP));
const SIZE_IS_32 = op(OP.SIZE, 0x01, 32, OP.EQUALVERIFY);
const hashLock = (version: HashLockVersion, hash: Bytes) =>
  concat(version === 1 ? SIZE_IS_32 : op(), op(OP.HASH160, OP.PUSH_20), ripemd160(hash), op(OP.EQUALVERIFY));

/** The tapscript of a clause. */
export function clauseScript(clause: Clause): Bytes {
  switch (clause.kind) {
    case 'delayed-sign':
      return concat(after(clause.delta), checkSig(clause.pubkey));
    case 'timelock-sign':
      return concat(notBefore(clause.height), checkSig(clause.pubkey));
    case 'delayed-timelock-sign':
      return concat(notBefore(clause.height), after(clause.delta), checkSig(clause.pubkey));
    case 'hash-sign':
      return concat(hashLock(clause.version, clause.hash), checkSig(clause.pubkey));
    case 'hash-delay-sign':
      return concat(after(clause.delta), hashLock(clause.version, clause.hash), checkSig(clause.pubkey));
  }
}

/** nSequence that the spending input must carry, where the clause has a relative delay. */
export const clauseSequence = (clause: Clause): number | undefined =>
  'delta' in clause ? clause.delta : undefined;

/** Least nLockTime of the spending transaction, where the clause has an absolute one. */
export const clauseLockTime = (clause: Clause): number | undefined =>
  'height' in clause ? clause.height : undefined;

/** Does spending need the preimage of `clause.hash`? */
export const needsPreimage = (clause: Clause): clause is Extract<Clause, { hash: Bytes }> => 'hash' in clause;

/** Witness stack, bottom first. `preimage` is for hash clauses only. */
export function clauseWitness(
  clause: Clause,
  controlBlock: Bytes,
  signature: Bytes,
  preimage?: Bytes,
): Bytes[] {
  const stack = needsPreimage(clause) && preimage ? [signature, preimage] : [signature];
  return [...stack, clauseScript(clause), controlBlock];
}

const compactSizeLength = (n: number) => (n < 0xfd ? 1 : 3);

/** Serialised size of the witness in bytes, from a 64-byte signature and a control block of `controlBlockLength`. */
export function clauseWitnessSize(clause: Clause, controlBlockLength: number): number {
  const script = clauseScript(clause).length;
  const preimage = needsPreimage(clause) ? 33 : 0;
  const pushed = (n: number) => compactSizeLength(n) + n;
  return 1 + 65 + preimage + pushed(script) + pushed(controlBlockLength);
}
