// Preimages: 32 bytes whose SHA-256 is the payment hash, the proof that a Lightning payment arrived.
import { equalBytes } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';

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
