// The on-chain HTLC of the loop-out tutorial: whoever knows the preimage and the claim key takes it at once, the other
// side after so many blocks (public key hashes as in BIP 199). Paid to as P2WSH. The tutorial's script lets a preimage of
// any size through, though Lightning can only settle with 32 bytes; `sized` is the form that does not.
import { addressToScript, witnessScript } from '../bitcoin/address.ts';
import type { Network } from '../bitcoin/network.ts';
import { pushNumber } from '../ark/script.ts';
import { concat } from '../crypto/bytes.ts';
import type { Bytes } from '../crypto/curve.ts';
import { ripemd160, sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';

const OP = {
  IF: 0x63,
  ELSE: 0x67,
  ENDIF: 0x68,
  DROP: 0x75,
  DUP: 0x76,
  SWAP: 0x7c,
  SIZE: 0x82,
  EQUAL: 0x87,
  EQUALVERIFY: 0x88,
  BOOLAND: 0x9a,
  SHA256: 0xa8,
  HASH160: 0xa9,
  CHECKSIG: 0xac,
  CSV: 0xb2,
} as const;

/** Blocks after which the tutorial's service may take its money back: the push `28` of its script is hexadecimal. */
export const SEED_DELAY = 40;

export interface HtlcTerms {
  /** SHA-256 of the preimage. */
  readonly hash: Bytes;
  /** 20-byte hash of the key that claims. */
  readonly claim: Bytes;
  /** 20-byte hash of the key that gets a refund. */
  readonly refund: Bytes;
  /** Blocks under which the output must lie before the refund, 1 … 65535. */
  readonly delay: number;
  /** The preimage must have 32 bytes. */
  readonly sized: boolean;
}

const op = (...codes: number[]) => Uint8Array.from(codes);
const push = (bytes: Bytes) => concat(op(bytes.length), bytes);
const keyOf = (hash: Bytes) => concat(op(OP.DUP, OP.HASH160), push(hash));

/** Is this the preimage? Leaves one boolean. */
const opens = ({ hash, sized }: HtlcTerms) => {
  const hashes = concat(op(OP.SHA256), push(hash), op(OP.EQUAL));
  return sized ? concat(op(OP.SIZE), pushNumber(32), op(OP.EQUAL, OP.SWAP), hashes, op(OP.BOOLAND)) : hashes;
};

/** The witness script. @throws SkiffError INVALID_ARGUMENT for lengths or a delay that make no such script */
export function htlcScript(terms: HtlcTerms): Bytes {
  const { hash, claim, refund, delay } = terms;
  const good = hash.length === 32 && claim.length === 20 && refund.length === 20;
  if (!good || !Number.isInteger(delay) || delay < 1 || delay > 0xffff)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'These are not the terms of a swap.' });
  return concat(
    opens(terms),
    op(OP.IF),
    keyOf(claim),
    op(OP.ELSE),
    pushNumber(delay),
    op(OP.CSV, OP.DROP),
    keyOf(refund),
    op(OP.ENDIF, OP.EQUALVERIFY, OP.CHECKSIG),
  );
}

/** scriptPubKey of the output: P2WSH of the script. */
export const htlcOutput = (script: Bytes): Bytes => witnessScript(0, sha256(script));

/** 20-byte hash of a 33-byte public key. */
export const keyHash = (publicKey: Bytes): Bytes => ripemd160(sha256(publicKey));

/** The key hash that a P2WPKH address of this network stands for. @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK */
export function keyHashOf(address: string, network: Network): Bytes {
  const script = addressToScript(address, network);
  if (script.length !== 22 || script[0] !== 0 || script[1] !== 20)
    throw new SkiffError({
      code: 'INVALID_ADDRESS',
      say: 'A swap names its keys by addresses that begin with bc1q and stand for one key.',
      details: { reason: 'not P2WPKH' },
    });
  return script.subarray(2);
}

/** Witness of a claim: signature, key, preimage, script. */
export const claimWitness = (signature: Bytes, publicKey: Bytes, preimage: Bytes, script: Bytes): Bytes[] => [
  signature,
  publicKey,
  preimage,
  script,
];

/** Witness of a refund: an empty preimage takes the other branch. */
export const refundWitness = (signature: Bytes, publicKey: Bytes, script: Bytes): Bytes[] => [
  signature,
  publicKey,
  new Uint8Array(0),
  script,
];
