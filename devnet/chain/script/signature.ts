// Signature checks of the three script versions, with the encodings that nodes relay (BIP 66, low S, BIP 143's
// compressed keys, empty failing signatures). Uses noble directly, not Skiff's curve.
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { equalBytes } from '../../../src/crypto/bytes.ts';
import { ScriptError, unverifiable } from './error.ts';
import { legacyDigest, SIGHASH, taprootDigest, witnessV0Digest, type Spend } from './sighash.ts';

function isStrictDer(der: Uint8Array): boolean {
  try {
    return equalBytes(secp256k1.Signature.fromBytes(der, 'der').toBytes('der'), der);
  } catch {
    return false;
  }
}

/**
 * ECDSA as legacy scripts and witness v0 use it. An empty signature is a "no"; any other one must be good.
 * @throws ScriptError for encodings that nodes refuse and for a signature that does not verify
 */
export function checkEcdsa(
  spend: Spend,
  code: Uint8Array,
  signature: Uint8Array,
  key: Uint8Array,
  version: 'legacy' | 'v0',
): boolean {
  if (signature.length === 0) return false;
  const type = signature.at(-1) as number;
  const der = signature.subarray(0, -1);
  if (!isStrictDer(der)) throw new ScriptError('non-canonical DER signature');
  const base = type & ~SIGHASH.ANYONECANPAY;
  if (base < SIGHASH.ALL || base > SIGHASH.SINGLE) throw new ScriptError('invalid signature hash type');
  if (key.length !== 33 || (key[0] !== 2 && key[0] !== 3))
    throw new ScriptError('public key is not compressed');
  const digest = version === 'v0' ? witnessV0Digest(spend, code, type) : legacyDigest(spend, code, type);
  let good = false;
  try {
    good = secp256k1.verify(der, digest, key, { prehash: false, lowS: true, format: 'der' });
  } catch {
    good = false;
  }
  if (!good) throw new ScriptError('signature does not verify');
  return true;
}

/** BIP 341/342 Schnorr signature of 64 or 65 bytes by a 32-byte key. @throws ScriptError unless it verifies */
export function checkSchnorr(spend: Spend, signature: Uint8Array, key: Uint8Array, leaf?: Uint8Array): void {
  if (signature.length !== 64 && signature.length !== 65)
    throw new ScriptError('invalid Schnorr signature size');
  const type = signature.length === 65 ? (signature[64] as number) : SIGHASH.DEFAULT;
  if (signature.length === 65 && type === SIGHASH.DEFAULT)
    throw new ScriptError('invalid Schnorr signature hash type');
  const digest = taprootDigest(spend, type, leaf);
  if (!digest) throw new ScriptError('invalid Schnorr signature hash type');
  let good = false;
  try {
    good = schnorr.verify(signature.subarray(0, 64), digest, key);
  } catch {
    good = false;
  }
  if (!good) throw new ScriptError('invalid Schnorr signature');
}

/** What each CHECKSIG of a tapscript costs, and the signature budget (BIP 342). */
const SIGNATURE_COST = 50;

/** A tapscript's CHECKSIG: empty signatures fail softly, each other one must verify and is paid from the budget. */
export function tapscriptChecker(spend: Spend, leaf: Uint8Array, witnessSize: number) {
  let budget = 50 + witnessSize;
  return (signature: Uint8Array, key: Uint8Array): boolean => {
    if (key.length === 0) throw new ScriptError('public key is empty');
    if (signature.length > 0) budget -= SIGNATURE_COST;
    if (budget < 0) throw new ScriptError('too much signature validation relative to witness weight');
    if (key.length !== 32) throw unverifiable('a key of an unknown kind');
    if (signature.length === 0) return false;
    checkSchnorr(spend, signature, key, leaf);
    return true;
  };
}
