// Preimages: 32 bytes whose SHA-256 is the payment hash, the proof that a Lightning payment arrived.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { equalBytes } from '../crypto/bytes.ts';
import { hmacSha256, sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';

const RECEIVE_TAG = utf8ToBytes('skiff lightning receive preimage');
/** Random bytes that go into the preimage of an invoice of ours. */
export const SALT_BYTES = 8;

/**
 * Preimage of an invoice of ours: HMAC-SHA256 under the seed over tag ‖ creation time in ms (u64, big-endian) ‖ salt. Who
 * has the seed and the invoice's row has the preimage. Time and salt keep a wallet that lost its rows from ever coming
 * back to a hash it has used, which a bare counter would do.
 * @param seed 64 bytes · @param createdAt ms since 1970 · @param salt 8 fresh random bytes
 */
export function receivePreimage(seed: Uint8Array, createdAt: number, salt: Uint8Array): Uint8Array {
  if (!Number.isSafeInteger(createdAt) || createdAt <= 0 || salt.length !== SALT_BYTES)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'A preimage needs a time and a salt.' });
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, BigInt(createdAt));
  return hmacSha256(seed, RECEIVE_TAG, time, salt);
}

/** Does this preimage open this hash? 32 bytes each; anything else is no. */
export const isPreimageOf = (preimage: Uint8Array, paymentHash: Uint8Array): boolean =>
  preimage.length === 32 && equalBytes(sha256(preimage), paymentHash);

/**
 * The preimage of `paymentHash` among a mined witness's items, wherever it stands (an annex may follow the control
 * block), or undefined (ark-lib `vtxo/policy/clause.rs`).
 */
export function preimageFromWitness(
  witness: readonly Uint8Array[],
  paymentHash: Uint8Array,
): Uint8Array | undefined {
  return witness.find((item) => isPreimageOf(item, paymentHash));
}
