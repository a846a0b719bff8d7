// Getting inputs back after a cosign request left and was refused. The refusal proves nothing (the request may have been
// granted in an earlier, lost exchange), so the inputs are not unlocked: they are spent to a key of ours. If the server
// signs that, the earlier request can never be granted any more; if it refuses, the earlier one was granted.

import { vtxoStatusAttestation } from '../../ark/attestation.ts';
import { parseVtxoId, vtxoIdBytes } from '../../ark/vtxo-id.ts';
import { vtxoStates } from '../../server/lookup.ts';
import { VtxoSpendState } from '../../server/gen/bark_server_pb.js';
import { sats } from '../../units.ts';
import { loadCoins, registerChains } from '../coins/load.ts';
import type { Deps } from '../ports.ts';
import { arkoorRpc, cosign, userKey, type NewVtxo } from './cosign.ts';

/** Spends `inputs` to our key `key`: one coin back for each input. @throws a rejection when an input is spent otherwise */
export async function reclaim(deps: Deps, inputs: readonly string[], key: number): Promise<NewVtxo[]> {
  const coins = await loadCoins(deps, inputs);
  const amount = sats(coins.reduce((sum, c) => sum + c.row.amount, 0n));
  const policy = { type: 'pubkey', userPubkey: userKey(deps, key) } as const;
  // Also those that it confirmed once: a server that was restored from an old copy signs for nothing it does not hold.
  await registerChains(await deps.ports.server(), coins);
  return cosign(deps, { inputs, outputs: [{ amount, policy, key }], rpc: arkoorRpc });
}

/** Does the server hold any of these coins of ours as spent? */
export async function serverHasSpent(deps: Deps, ids: readonly string[]): Promise<boolean> {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  const queries = (await loadCoins(deps, ids)).map(({ row }) => {
    const vtxoId = vtxoIdBytes(parseVtxoId(row.id));
    const { secret } = keys.vtxoKey(row.keyIndex);
    const attestation = vtxoStatusAttestation(ports.curve, vtxoId, secret, ports.random(32));
    secret.fill(0);
    return { vtxoId, attestation };
  });
  const states = await vtxoStates(await ports.server(), queries);
  return [...states.values()].includes(VtxoSpendState.SPENT);
}
