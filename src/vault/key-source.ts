// The vault's keys for the wallet: derived once after each unlock, gone with the lock.
import type { Vault } from './vault.ts';

/** `unlocked()` gives the keys, or throws SkiffError LOCKED. `derive` must copy what it keeps of the seed. */
export function keySource<Keys>(
  vault: Pick<Vault, 'seed' | 'watch'>,
  derive: (seed: Uint8Array) => Keys,
): { unlocked(): Keys } {
  let keys: Keys | undefined;
  vault.watch(() => (keys = undefined));
  return {
    unlocked: () => {
      const seed = vault.seed();
      return (keys ??= derive(seed));
    },
  };
}
