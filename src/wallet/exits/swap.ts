// A coin that was forfeited in a round for a new one, and whose preimage the server kept back: it left by the chain, and the
// server took it there with the forfeit. That output is the server's only with the preimage, which it has to show: with it
// the new coin is ours. Until it does, the output is ours after the delay of a coin (ark-encoding: hark-forfeit), claimed
// as the coin itself would have been. Either way one of the two is ours.

import { forfeitOutput } from '../../ark/forfeit.ts';
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
import type { ExitSwap, OnChain } from './state.ts';

/** The output of the coin's forfeit. */
export function forfeited({ ports: { curve } }: Deps, { coin }: ExitSwap, vtxo: Vtxo): OnChain | undefined {
  const hash = unlockHash(decodeVtxo(curve, coin, 'full'));
  return hash && forfeitOutput(curve, vtxo, hash);
}

/**
 * The new coin, opened by the preimage that `txid` shows, which has spent the forfeit; undefined when it shows none.
 * @throws SkiffError of the chain
 */
export async function openedBy(
  deps: Deps,
  { coin, key }: ExitSwap,
  forfeit: OnChain,
  txid: string,
): Promise<{ changes: Change[]; id: string; gained: bigint } | undefined> {
  const { chain, curve, db } = deps.ports;
  const locked = decodeVtxo(curve, coin, 'full');
  const raw = await chain.tx(txid);
  const input = raw && parseTx(raw).inputs.find(({ prevout }) => sameOutPoint(prevout, forfeit.point));
  const preimage = input?.witness?.find((item) => unlocks(locked, item));
  if (!preimage) return undefined;
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
