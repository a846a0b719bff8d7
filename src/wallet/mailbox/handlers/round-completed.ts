// A refresh that we left to the server is ready to be taken. The part of the wallet that knows rounds takes over; when it
// fails for a passing reason the message stays.

import type { Deps } from '../../ports.ts';

/** @param unlockHash 32 bytes @throws SkiffError to be told again later */
export type OnRoundCompleted = (unlockHash: Uint8Array) => Promise<void>;

/** An unlock hash of a wrong length is noted and passed over. */
export async function roundCompleted(
  { ports }: Deps,
  unlockHash: Uint8Array,
  onCompleted: OnRoundCompleted,
): Promise<void> {
  if (unlockHash.length === 32) return onCompleted(unlockHash);
  ports.log.warn('a notice of a round with a malformed hash was passed over', { length: unlockHash.length });
}
