// Random inputs for the properties of the crypto adaptor.
import fc from 'fast-check';
import { secp256k1 } from '@noble/curves/secp256k1.js';

export const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** A valid secret key. */
export const secret = bytes(32).filter((b) => secp256k1.utils.isValidSecretKey(b));

/** A valid 33-byte public key. */
export const publicKey = secret.map((s) => secp256k1.getPublicKey(s, true));

/** One to five signers, now and then the same one twice. */
export const signers = fc
  .array(secret, { minLength: 1, maxLength: 4 })
  .chain((list) => fc.boolean().map((twice) => (twice ? [...list, list[0] as Uint8Array] : list)));
