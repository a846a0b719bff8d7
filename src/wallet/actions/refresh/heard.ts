// Rounds that the mailbox told us of, by unlock hash. A refresh whose answer was lost finds its hash here.

import { vtxoIdFromBytes, vtxoIdText } from '../../../ark/vtxo-id.ts';
import { fromHex, toHex } from '../../../crypto/bytes.ts';
import { isUnknown } from '../../../server/errors.ts';
import { hearOfRound, roundsHeardOf } from '../../../store/rounds.ts';
import type { Deps } from '../../ports.ts';
import { refreshes } from './start.ts';

/**
 * Writes the notice down. Resolves with the ids of the refreshes that it may concern: the one that waits for this very
 * hash, or those that do not know theirs.
 */
export async function hear({ ports }: Deps, unlockHash: Uint8Array): Promise<string[]> {
  const hash = toHex(unlockHash);
  return ports.db.write(['rounds', 'actions'], async (tx) => {
    await hearOfRound(tx, hash, ports.now());
    const open = await refreshes(tx);
    const exact = open.filter(({ state }) => 'unlockHash' in state && state.unlockHash === hash);
    return (exact.length > 0 ? exact : open.filter(({ state }) => state.step === 'planned')).map((r) => r.id);
  });
}

/** The hash (hex) of a round that took exactly these coins, if one was heard of. @throws SkiffError of the server client */
export async function heardOf({ ports }: Deps, inputs: readonly string[]): Promise<string | undefined> {
  const server = await ports.server();
  const wanted = [...inputs].sort().join();
  for (const { unlockHash } of await ports.db.read(['rounds'], roundsHeardOf)) {
    try {
      const { inputVtxoIds } = await server.roundParticipationStatus({ unlockHash: fromHex(unlockHash) });
      const ids = inputVtxoIds.map((bytes) => vtxoIdText(vtxoIdFromBytes(bytes)));
      if (ids.sort().join() === wanted) return unlockHash;
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  return undefined;
}
