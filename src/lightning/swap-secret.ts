// The secrets of a swap: its preimage and the key that claims. Both come from the seed, a tag and the second in which the
// swap was made, so that whoever has the twelve words and knows roughly when can find them again without any row.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { hmacSha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';

export type SwapSecretUse = 'preimage' | 'claim key';

/**
 * HMAC-SHA256 under the seed over tag ‖ second (u64, big-endian), 32 bytes. As a claim key it is a valid secret but for
 * one chance in 2^128.
 * @param seed 64 bytes · @param second seconds since 1970 in which the swap was made; never used for two swaps
 */
export function swapSecret(seed: Uint8Array, use: SwapSecretUse, second: number): Uint8Array {
  if (!Number.isSafeInteger(second) || second <= 0)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'A swap needs the time at which it is made.' });
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, BigInt(second));
  return hmacSha256(seed, utf8ToBytes(`skiff loop-out ${use}`), time);
}
