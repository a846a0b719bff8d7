// Signed messages as Lightning nodes write them (lnd and Core Lightning `signmessage`; in no BOLT): a recoverable ECDSA
// signature over SHA-256d("Lightning Signed Message:" ‖ text), its 65 bytes in zbase32. Who signed it is found by
// recovering the key. Almost every pair of a text and a signature has *some* key, so only the key tells whether it holds.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Bytes, Curve } from '../crypto/curve.ts';
import { sha256d } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import { bytesToWords, wordsToBytes } from './words.ts';

const PREFIX = utf8ToBytes('Lightning Signed Message:');
/** First byte of a signature: 27, and 4 for a compressed key, then the recovery id. */
const HEADER = 31;
/** Letters of 65 bytes, without a rest. */
const LETTERS = 104;

/** Zimmermann's human-oriented base 32. */
const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';

const toText = (bytes: Bytes): string => Array.from(bytesToWords(bytes), (word) => ALPHABET[word]).join('');

function fromText(text: string): Bytes | undefined {
  if (text.length !== LETTERS) return undefined;
  const words = Array.from(text, (letter) => ALPHABET.indexOf(letter));
  return words.includes(-1) ? undefined : wordsToBytes(Uint8Array.from(words));
}

function digest(text: string): Bytes {
  // A lone surrogate has no bytes: what is signed would not be what was asked.
  if (!text.isWellFormed())
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'The text is damaged and cannot be signed.' });
  return sha256d(PREFIX, utf8ToBytes(text));
}

/**
 * Signs `text`; the same text and secret give the same signature (RFC 6979). @returns 104 letters of zbase32
 * @throws SkiffError INVALID_ARGUMENT for text that is no Unicode
 */
export function signText(curve: Curve, text: string, secret: Bytes): string {
  const { signature, recovery } = curve.ecdsaSign(digest(text), secret);
  return toText(Uint8Array.of(HEADER + recovery, ...signature));
}

/** The 33-byte key that signed `text`, or undefined when the signature is none. @throws SkiffError as {@link signText} */
export function signerOf(curve: Curve, text: string, signature: string): Bytes | undefined {
  const hash = digest(text);
  const bytes = fromText(signature);
  return bytes && curve.ecdsaRecover(bytes.subarray(1), bytes[0]! - HEADER, hash);
}
