// Targets that differ only in what they read.
import type { bech32, bech32m } from '@scure/base';
import { bytesToHex } from '@noble/hashes/utils.js';
import { mutateBytes, mutateJson, mutateText } from '../mutate.ts';
import { target, type Target } from '../target.ts';

export const bytesTarget = (
  name: string,
  seeds: () => Uint8Array[],
  read: (bytes: Uint8Array) => unknown,
): Target => target({ name, seeds, read, mutate: mutateBytes, show: bytesToHex });

export const textTarget = (name: string, seeds: () => string[], read: (text: string) => unknown): Target =>
  target({ name, seeds, read, mutate: mutateText, show: (text) => JSON.stringify(text) });

export const jsonTarget = (name: string, seeds: () => unknown[], read: (value: unknown) => unknown): Target =>
  target({ name, seeds, read, mutate: mutateJson, show: (value) => JSON.stringify(value) });

/**
 * Bech32 text: half of the changes are made below the checksum, which is then made right again, or nothing behind it
 * would ever be reached.
 */
export function bech32Target(
  name: string,
  seeds: () => string[],
  read: (text: string) => unknown,
  codec: typeof bech32 | typeof bech32m,
): Target {
  return target<string>({
    name,
    seeds,
    read,
    show: (text) => JSON.stringify(text),
    mutate(rng, text, other) {
      if (rng.chance(0.3)) return mutateText(rng, text, other);
      const [mine, theirs] = [text, other].map((t) => codec.decodeUnsafe(t, false));
      if (!mine || !theirs) return mutateText(rng, text, other);
      const words = mutateBytes(rng, Uint8Array.from(mine.words), Uint8Array.from(theirs.words));
      const prefix = rng.chance(0.2) ? mutateText(rng, mine.prefix, theirs.prefix) : mine.prefix;
      try {
        return codec.encode(
          prefix,
          [...words].map((w) => w & 31),
          false,
        );
      } catch {
        return text; // a prefix that bech32 cannot have
      }
    },
  });
}
