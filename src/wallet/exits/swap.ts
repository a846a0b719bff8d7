// A coin that was forfeited in a round for a new one, and whose preimage the server kept back: it left by the chain, and the
// server took it there with the forfeit. That output is the server's only with the preimage, which it has to show; with it
// the new coin is ours.

import { buildForfeit } from '../../ark/forfeit.ts';
import { unlockLeaf, unlocks } from '../../ark/leaf-cosign.ts';
import { parseTx } from '../../ark/tx.ts';
import { validateVtxo } from '../../ark/validate.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import { decodeVtxo, encodeVtxo, sameOutPoint, unlockHash, vtxoId, type Vtxo } from '../../ark/vtxo.ts';
import { coin as coinRow } from '../../store/coins.ts';
import { coinFacts } from '../actions/cosign.ts';
import type { Change } from '../changes.ts';
import { anchorsOf } from '../coins/chain-facts.ts';
import type { Deps } from '../ports.ts';
import type { ExitSwap } from './state.ts';

/** `waits`: the server took the coin, and has not shown the preimage yet. */
export type Swapped = 'waits' | { changes: Change[]; id: string; gained: bigint };

/**
 * What became of a forfeited coin whose output `txid` has spent; undefined when that is not its forfeit.
 * @throws SkiffError of the chain
 */
export async function swappedBy(
  deps: Deps,
  { coin, key }: ExitSwap,
  vtxo: Vtxo,
  txid: string,
): Promise<Swapped | undefined> {
  const { chain, curve, db } = deps.ports;
  const locked = decodeVtxo(curve, coin, 'full');
  const hash = unlockHash(locked);
  if (!hash) return undefined;
  const forfeit = buildForfeit(curve, vtxo, hash);
  if (txidText(forfeit.txid) !== txid) return undefined;
  const claim = await chain.outspend(txid, 0);
  const raw = claim.spent && claim.txid !== undefined ? await chain.tx(claim.txid) : undefined;
  const point = { txid: forfeit.txid, vout: 0 };
  const input = raw && parseTx(raw).inputs.find(({ prevout }) => sameOutPoint(prevout, point));
  const preimage = input?.witness?.find((item) => unlocks(locked, item));
  if (!preimage) return 'waits';
  const unlocked = unlockLeaf(locked, preimage);
  const anchors = await anchorsOf(deps, [unlocked.anchor]);
  validateVtxo(curve, unlocked, anchors.get(txidText(unlocked.anchor.txid)) as Uint8Array);
  const id = vtxoId(unlocked);
  // Several old coins were given for one new one: the first of them brings it in.
  const known = await db.read(['coins'], (tx) => coinRow(tx, id));
  const fresh = { ...coinFacts(unlocked, key), kind: 'round' };
  return {
    id,
    gained: known ? 0n : unlocked.amount,
    changes: known ? [] : [{ do: 'add-coin', coin: fresh, body: encodeVtxo(unlocked, 'full') }],
  };
}
