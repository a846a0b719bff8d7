// Signing arbitrary messages with an address's key (ark-lib message.rs).
import { utf8ToBytes } from '@noble/hashes/utils.js';

import type { Bytes, Curve } from '../crypto/curve.ts';
import { sha256 } from '../crypto/hash.ts';

const PREFIX = utf8ToBytes('bark/message');

/** The digest that is signed: SHA-256("bark/message" ‖ message). */
export const messageDigest = (message: Bytes): Bytes => sha256(PREFIX, message);

/** BIP-340 signature of a message. @param aux 32 random bytes */
export const signMessage = (curve: Curve, message: Bytes, secret: Bytes, aux: Bytes): Bytes =>
  curve.schnorrSign(messageDigest(message), secret, aux);

/** Was the message signed by the owner of this 33-byte key? */
export const verifyMessage = (curve: Curve, message: Bytes, signature: Bytes, publicKey: Bytes): boolean =>
  curve.schnorrVerify(signature, messageDigest(message), publicKey.subarray(1));
