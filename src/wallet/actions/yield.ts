// Getting inputs back when a round may have taken one of them: a coin that waited for a round's height without a lock was
// chosen for a payment just when the server made the round. The server then never cosigns the payment. Nothing is lost: the
// coin goes to the refresh, which gets a new one for it, and the other inputs come back as always.

import { vtxoIdFromBytes, vtxoIdText } from '../../ark/vtxo-id.ts';
import { fromHex } from '../../crypto/bytes.ts';
import { isUnknown } from '../../server/errors.ts';
import { RoundParticipationStatus } from '../../server/gen/bark_server_pb.js';
import type { Change } from '../changes.ts';
import type { Deps } from '../ports.ts';
import type { NewVtxo } from './cosign.ts';
import { reclaim } from './reclaim.ts';
import { refreshes } from './refresh/start.ts';
import { isRejection } from './rejection.ts';

/** Id of the refresh by id of the coin, of those that a round of ours has taken according to the server. */
async function takenByRounds({ ports }: Deps, inputs: readonly string[]): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  const server = await ports.server();
  for (const { id, state } of await ports.db.read(['actions'], refreshes)) {
    if (state.step !== 'submitted' || !state.inputs.some((coin) => inputs.includes(coin))) continue;
    try {
      const { status, inputVtxoIds } = await server.roundParticipationStatus({
        unlockHash: fromHex(state.unlockHash),
      });
      if (status === RoundParticipationStatus.ROUND_PART_PENDING) continue;
      for (const bytes of inputVtxoIds) {
        const coin = vtxoIdText(vtxoIdFromBytes(bytes));
        if (inputs.includes(coin) && state.inputs.includes(coin)) taken.set(coin, id);
      }
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  return taken;
}

/**
 * Spends `inputs` to our key `key`; those that a round of ours has taken go to its refresh instead. Resolves with the
 * coins that came back and the changes that end the inputs. @throws a rejection when an input is spent otherwise
 */
export async function takeBack(
  deps: Deps,
  inputs: readonly string[],
  key: number,
): Promise<{ coins: NewVtxo[]; ended: Change[] }> {
  try {
    return { coins: await reclaim(deps, inputs, key), ended: [{ do: 'spend-coins', ids: inputs }] };
  } catch (error) {
    if (!isRejection(error)) throw error;
    const taken = await takenByRounds(deps, inputs);
    if (taken.size === 0) throw error;
    const rest = inputs.filter((id) => !taken.has(id));
    const coins = rest.length > 0 ? await reclaim(deps, rest, key) : [];
    const given = [...taken].map(([id, to]): Change => ({ do: 'hand-over', ids: [id], to }));
    return { coins, ended: [{ do: 'spend-coins', ids: rest }, ...given] };
  }
}
