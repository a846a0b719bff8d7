// Coins that a person brings as bytes: each is proven as any that a server tells of, and stored as what the server says
// it is. One that is already here stays as it is.

import { vtxoStatusAttestation } from '../../ark/attestation.ts';
import { txidText, vtxoIdBytes } from '../../ark/vtxo-id.ts';
import { encodeVtxo, vtxoId, type Vtxo } from '../../ark/vtxo.ts';
import { validateVtxo } from '../../ark/validate.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../../errors.ts';
import { VtxoSpendState } from '../../server/gen/bark_server_pb.js';
import { vtxoStates } from '../../server/lookup.ts';
import { storeCoin } from '../../store/coins.ts';
import type { CoinState } from '../../store/rows.ts';
import { coinFacts } from '../actions/cosign.ts';
import { CHANGE_TABLES } from '../changes.ts';
import { anchorsOf } from '../coins/chain-facts.ts';
import type { Deps } from '../ports.ts';
import { findKeys } from './key-search.ts';

export interface ImportOptions {
  /** Unused keys in a row that the search for owners crosses. */
  gap: number;
  /** They are taken as spendable, without a word from the server. */
  skipStatusCheck?: boolean;
  /** One that cannot be imported does not stop the others. */
  allowPartial?: boolean;
}

const refuse = (say: string, vtxo: Vtxo): SkiffError =>
  new SkiffError({ code: 'INVALID_VTXO', say, details: { id: vtxoId(vtxo) } });

/**
 * Stores all of them, or those that can be. Resolves with the ids that are in the wallet now.
 * @throws SkiffError INVALID_VTXO, WRONG_SERVER, ANCHOR_NOT_FOUND and the like; then nothing was stored
 */
export async function importCoins(
  deps: Deps,
  vtxos: readonly Vtxo[],
  { gap, skipStatusCheck = false, allowPartial = false }: ImportOptions,
): Promise<Set<string>> {
  const { ports } = deps;
  const sought = vtxos.map(({ policy }) => ({ pubkey: toHex(policy.userPubkey) }));
  const keys = await findKeys(deps, sought, gap);
  const proven: { vtxo: Vtxo; keyIndex: number; state: CoinState }[] = [];
  for (const vtxo of vtxos) {
    try {
      const keyIndex = keys.get(toHex(vtxo.policy.userPubkey));
      if (keyIndex === undefined) throw refuse('This coin belongs to no key of this wallet.', vtxo);
      await prove(deps, vtxo);
      const state = skipStatusCheck ? 'spendable' : await stateOf(deps, vtxo, keyIndex);
      proven.push({ vtxo, keyIndex, state });
    } catch (error) {
      if (!allowPartial || !isSkiffError(error) || error.code === 'FENCED') throw error;
      ports.log.warn('a coin was not imported', { id: vtxoId(vtxo), reason: error.say });
    }
  }
  await ports.db.write(CHANGE_TABLES, async (tx) => {
    for (const { vtxo, keyIndex, state } of proven) {
      const bytes = encodeVtxo(vtxo, 'full');
      const facts = { ...coinFacts(vtxo, keyIndex), kind: 'imported', createdAt: ports.now() };
      await storeCoin(tx, { ...facts, state, bytes, registered: false });
    }
  });
  return new Set(proven.map(({ vtxo }) => vtxoId(vtxo)));
}

async function prove(deps: Deps, vtxo: Vtxo): Promise<void> {
  const { curve, server } = deps.ports;
  const { serverPubkey } = await (await server()).info();
  if (!equalBytes(vtxo.serverPubkey, serverPubkey))
    throw new SkiffError({ code: 'WRONG_SERVER', say: 'This coin belongs to another Ark server.' });
  if (vtxo.policy.type !== 'pubkey') throw refuse('Only plain coins can be imported.', vtxo);
  const anchors = await anchorsOf(deps, [vtxo.anchor]);
  validateVtxo(curve, vtxo, anchors.get(txidText(vtxo.anchor.txid)) as Uint8Array);
}

async function stateOf({ ports }: Deps, vtxo: Vtxo, keyIndex: number): Promise<CoinState> {
  const id = vtxoIdBytes(vtxo.point);
  const { secret } = ports.keys.unlocked().vtxoKey(keyIndex);
  const attestation = vtxoStatusAttestation(ports.curve, id, secret, ports.random(32));
  secret.fill(0);
  const states = await vtxoStates(await ports.server(), [{ vtxoId: id, attestation }]);
  switch (states.get(toHex(id))) {
    case VtxoSpendState.SPENDABLE:
      return 'spendable';
    case VtxoSpendState.SPENT:
      return 'spent';
    default:
      throw refuse('The Ark server does not say that this coin can be spent.', vtxo);
  }
}
