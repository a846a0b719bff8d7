// The taproot output of a Boltz reverse swap: both sides together by MuSig2 (the service's key first, keys not sorted),
// the client with the preimage, or the service from a height on. Two leaves, as boltz-core builds them.
import { pushNumber, OP, p2trScript } from '../../ark/script.ts';
import { tapLeafHash, tapTweak } from '../../ark/taproot.ts';
import { compareBytes, concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { ripemd160, taggedHash } from '../../crypto/hash.ts';

const LEAF_VERSION = 0xc0;
const CHECKSIGVERIFY = 0xad;

export interface ReverseTerms {
  /** SHA-256 of the preimage. */
  readonly hash: Bytes;
  /** 33 bytes each. */
  readonly claimKey: Bytes;
  readonly refundKey: Bytes;
  /** Height from which the service may take its money back. */
  readonly timeout: number;
}

export interface ReverseOutput {
  readonly claimLeaf: Bytes;
  readonly refundLeaf: Bytes;
  /** 32 bytes, x-only. */
  readonly internal: Bytes;
  /** Participants in the order in which they are aggregated. */
  readonly keys: readonly Bytes[];
  readonly tweak: Bytes;
  readonly outputKey: Bytes;
  readonly parity: 0 | 1;
  /** scriptPubKey. */
  readonly script: Bytes;
  readonly claimControl: Bytes;
  readonly refundControl: Bytes;
}

const op = (...codes: number[]) => Uint8Array.from(codes);
const xOnly = (key: Bytes) => concat(op(OP.PUSH_32), key.subarray(1));

const claimScript = ({ hash, claimKey }: ReverseTerms): Bytes =>
  concat(
    op(OP.SIZE),
    pushNumber(32),
    op(OP.EQUALVERIFY, OP.HASH160, OP.PUSH_20),
    ripemd160(hash),
    op(OP.EQUALVERIFY),
    xOnly(claimKey),
    op(OP.CHECKSIG),
  );

const refundScript = ({ refundKey, timeout }: ReverseTerms): Bytes =>
  concat(xOnly(refundKey), op(CHECKSIGVERIFY), pushNumber(timeout), op(OP.CLTV));

/** Everything about the output. @throws SkiffError INVALID_ENCODING when a key is no point */
export function reverseOutput(curve: Curve, terms: ReverseTerms): ReverseOutput {
  const [claimLeaf, refundLeaf] = [claimScript(terms), refundScript(terms)];
  const [claimHash, refundHash] = [tapLeafHash(claimLeaf), tapLeafHash(refundLeaf)];
  const pair = compareBytes(claimHash, refundHash) <= 0 ? [claimHash, refundHash] : [refundHash, claimHash];
  const keys = [terms.refundKey, terms.claimKey];
  const internal = curve.aggregateKeys(keys, 'given').xonly;
  const tweak = tapTweak(internal, taggedHash('TapBranch', ...pair));
  const { xonly, parity } = curve.tweakXOnly(internal, tweak);
  const control = (sibling: Bytes) => concat(op(LEAF_VERSION | parity), internal, sibling);
  return {
    claimLeaf,
    refundLeaf,
    internal,
    keys,
    tweak,
    outputKey: xonly,
    parity,
    script: p2trScript(xonly),
    claimControl: control(refundHash),
    refundControl: control(claimHash),
  };
}
