// Where an exited coin lies on the chain: its own output or, when the server has published its forfeit, the output of that.

import { txidText } from '../../ark/vtxo-id.ts';
import type { Vtxo } from '../../ark/vtxo.ts';
import type { Deps } from '../ports.ts';
import { confirmedAt } from './output.ts';
import type { ExitTerms, OnChain } from './state.ts';
import { spender, type Spender } from './steps.ts';
import { forfeited } from './swap.ts';

export interface Place {
  /** The output. */
  vtxo: OnChain;
  /** Height of its block; undefined while it waits for one. */
  height: number | undefined;
  /** Who has spent it. */
  by?: Spender;
  /** Txid of the forfeit whose output it is. */
  forfeit?: string;
}

/** Undefined: the coin is not, or no longer, an output on the chain. @throws SkiffError CHAIN_UNREACHABLE */
export async function placeOf(
  deps: Deps,
  { swap }: Pick<ExitTerms, 'swap'>,
  vtxo: Vtxo,
): Promise<Place | undefined> {
  const height = await confirmedAt(deps, vtxo);
  if (height === undefined) return undefined;
  const by = await spender(deps, vtxo.point);
  const taken = by && swap && forfeited(deps, swap, vtxo);
  if (!taken || txidText(taken.point.txid) !== by.txid) return { vtxo, height, ...(by && { by }) };
  const status = await deps.ports.chain.txStatus(by.txid);
  const after = await spender(deps, taken.point);
  return { vtxo: taken, height: status?.height, ...(after && { by: after }), forfeit: by.txid };
}
