// The server's word for the state of one coin. It only ever moves a coin towards "spent": one that we spent stays so,
// whatever the server says, and one that an action holds is the action's business.

import { vtxoStatusAttestation } from '../../ark/attestation.ts';
import { parseVtxoId, vtxoIdBytes } from '../../ark/vtxo-id.ts';
import { toHex } from '../../crypto/bytes.ts';
import { SkiffError } from '../../errors.ts';
import { VtxoSpendState } from '../../server/gen/bark_server_pb.js';
import { vtxoStates } from '../../server/lookup.ts';
import { coin, coins, markSpent } from '../../store/coins.ts';
import type { CoinState } from '../../store/rows.ts';
import { CHANGE_TABLES } from '../changes.ts';
import type { Deps } from '../ports.ts';

/**
 * Believes the server. Resolves with the coin's state from now on, or undefined when an action holds it.
 * @throws SkiffError COIN_UNKNOWN; SERVER_ERROR when the server does not know the coin
 */
export async function adoptServerStatus({ ports }: Deps, id: string): Promise<CoinState | undefined> {
  const [row] = await ports.db.read(['coins'], (tx) => coins(tx, [id]));
  if (!row || row.state === 'locked') return undefined;
  const vtxoId = vtxoIdBytes(parseVtxoId(id));
  const { secret } = ports.keys.unlocked().vtxoKey(row.keyIndex);
  const attestation = vtxoStatusAttestation(ports.curve, vtxoId, secret, ports.random(32));
  secret.fill(0);
  const states = await vtxoStates(await ports.server(), [{ vtxoId, attestation }]);
  const state = states.get(toHex(vtxoId));
  if (state === undefined)
    throw new SkiffError({
      code: 'SERVER_ERROR',
      say: 'The Ark server does not know this coin.',
      details: { id },
    });
  if (state !== VtxoSpendState.SPENT || row.state !== 'spendable') return row.state;
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const now = await coin(tx, id);
    if (now?.state !== 'spendable') return now?.state;
    await markSpent(tx, [id]);
    return 'spent';
  });
}
