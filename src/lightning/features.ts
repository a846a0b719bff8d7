// BOLT 9 feature vectors: big-endian bytes, bit 0 is the lowest bit of the last byte. Even bits are required, the odd
// bit above says the same as optional.

const bit = (features: Uint8Array, index: number): boolean =>
  (((features[features.length - 1 - (index >> 3)] ?? 0) >> (index & 7)) & 1) === 1;

/** Is the feature (its even bit number) there, required or optional? */
export const hasFeature = (features: Uint8Array, even: number): boolean =>
  bit(features, even) || bit(features, even + 1);

/** Is there a required bit outside of `known` (even bit numbers)? */
export function requiresUnknownFeature(features: Uint8Array, known: readonly number[]): boolean {
  for (let even = 0; even < features.length * 8; even += 2) {
    if (bit(features, even) && !known.includes(even)) return true;
  }
  return false;
}

/** Vector with these bits set, leading zero bytes absent. */
export function featureVector(bits: readonly number[]): Uint8Array {
  if (bits.length === 0) return new Uint8Array();
  const features = new Uint8Array((Math.max(...bits) >> 3) + 1);
  for (const index of bits) {
    const at = features.length - 1 - (index >> 3);
    features[at] = (features[at] ?? 0) | (1 << (index & 7));
  }
  return features;
}
