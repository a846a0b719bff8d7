// What BOLT 12 signatures are over ("Signature Calculation"): a merkle tree of the records, each beside a nonce leaf so
// that records can be shown one by one.
import { compareBytes, concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { sha256, taggedHash } from '../../crypto/hash.ts';
import { tlv } from '../tlv.ts';
import type { Tlv } from '../tlv.ts';
import { writeBigSize } from '../wire.ts';
import { semanticError, wrongSignature } from './errors.ts';
import { isOfferType, isSignatureType } from './ranges.ts';

export type SignedMessage = 'invoice_request' | 'invoice' | 'static_invoice';

/** Record type of the signature. */
const SIGNATURE = 240n;

/** Tagged hash under a tag that is data: the first record is part of the nonces' tag. */
function hashUnder(tag: Bytes, message: Bytes): Bytes {
  const h = sha256(tag);
  return sha256(h, h, message);
}

const branch = (a: Bytes, b: Bytes): Bytes =>
  compareBytes(a, b) <= 0 ? taggedHash('LnBranch', a, b) : taggedHash('LnBranch', b, a);

/** Root over all records but signatures, 32 bytes. @throws SkiffError INVALID_INVOICE for no records. */
export function merkleRoot(tlvs: readonly Tlv[]): Bytes {
  const [first] = tlvs;
  if (first === undefined) throw semanticError('MissingSignature');
  const nonceTag = concat(new TextEncoder().encode('LnNonce'), first.record);
  let level = tlvs
    .filter((t) => !isSignatureType(t.type))
    .map((t) => branch(taggedHash('LnLeaf', t.record), hashUnder(nonceTag, writeBigSize(t.type))));
  while (level.length > 1) {
    const above: Bytes[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = level.slice(i, i + 2) as [Bytes, Bytes?];
      above.push(right === undefined ? left : branch(left, right));
    }
    level = above;
  }
  const [root] = level;
  if (root === undefined) throw semanticError('MissingSignature');
  return root;
}

/** The 32 bytes that are signed. */
export const signatureDigest = (message: SignedMessage, tlvs: readonly Tlv[]): Bytes =>
  taggedHash(`lightning${message}signature`, merkleRoot(tlvs));

/** LDK's name of an offer, the same in every message about it: tagged root of the offer's records, 32 bytes. */
export const offerId = (tlvs: readonly Tlv[]): Bytes =>
  taggedHash('LDK Offer ID', merkleRoot(tlvs.filter((t) => isOfferType(t.type))));

/** Signature record of unsigned records. `aux`: 32 bytes for BIP 340 (LDK takes zeros). */
export const signatureRecord = (
  curve: Curve,
  message: SignedMessage,
  tlvs: readonly Tlv[],
  secret: Bytes,
  aux: Bytes,
): Tlv => tlv(SIGNATURE, curve.schnorrSign(signatureDigest(message, tlvs), secret, aux));

/**
 * Checks a message's signature by `key` (33 bytes).
 * @throws SkiffError INVALID_INVOICE without one, INVALID_SIGNATURE for a wrong one.
 */
export function checkSignature(
  curve: Curve,
  message: SignedMessage,
  tlvs: readonly Tlv[],
  key: Bytes,
): { digest: Bytes; signature: Bytes } {
  const signature = tlvs.find((t) => t.type === SIGNATURE)?.value;
  if (signature === undefined) throw semanticError('MissingSignature');
  const digest = signatureDigest(message, tlvs);
  if (!curve.schnorrVerify(signature, digest, key.subarray(1))) throw wrongSignature();
  return { digest, signature };
}
