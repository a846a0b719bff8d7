// An exit transaction that waits while fees have risen: its child of ours is replaced by one that pays more (BIP 125).
// Late is expensive here, for after the coin's expiry the server may take it.

import type { ExitTx } from '../../ark/exit.ts';
import { parseTx, txWeight } from '../../ark/tx.ts';
import { txidText, vtxoIdText } from '../../ark/vtxo-id.ts';
import { isSkiffError } from '../../errors.ts';
import { onchainTx } from '../../store/onchain-txs.ts';
import { liveUtxos } from '../../store/onchain.ts';
import type { OnchainTxRow, OnchainUtxoRow } from '../../store/rows.ts';
import { sats, type Sats } from '../../units.ts';
import { draftAnchorChild, type ChildDraft } from '../onchain/anchor-child.ts';
import { wholeVbytes } from '../onchain/weight.ts';
import type { Deps } from '../ports.ts';

/** Replacing for less gain than this only costs. */
const WORTH_IT = 1.25;

export interface Bid {
  draft: ChildDraft;
  /** Of the draft's inputs those that are still free; the others are taken over from the child before. */
  fresh: string[];
  /** Txid of the child before, and its change. */
  replaces: string;
  oldChange: string;
}

interface Known {
  old: OnchainTxRow;
  /** What the old child spends of ours. */
  inputs: OnchainUtxoRow[];
  live: OnchainUtxoRow[];
}

/** The rows of our child, or undefined when it is somebody else's, or its change is in use already. */
const known = ({ ports }: Deps, txid: string): Promise<Known | undefined> =>
  ports.db.read(['onchainTxs', 'onchainUtxos'], async (tx) => {
    const old = await onchainTx(tx, txid);
    const change = await tx.get<OnchainUtxoRow>('onchainUtxos', `${txid}:0`);
    if (!old?.ours || !change?.live || change.holder !== undefined) return undefined;
    const inputs: OnchainUtxoRow[] = [];
    for (const { prevout } of parseTx(old.raw).inputs) {
      const row = await tx.get<OnchainUtxoRow>('onchainUtxos', vtxoIdText(prevout));
      if (row) inputs.push(row);
    }
    return { old, inputs, live: await liveUtxos(tx) };
  });

/** What to pay instead for a transaction that waits in the mempool; undefined: nothing, let it wait. */
export async function outbid(deps: Deps, parent: ExitTx): Promise<Bid | undefined> {
  const { chain } = deps.ports;
  const { txid } = await chain.outspend(txidText(parent.txid), parent.anchor.point.vout);
  const found = txid === undefined ? undefined : await known(deps, txid);
  if (!found) return undefined;
  const { old, inputs, live } = found;
  const paid: Sats = sats(parent.anchor.value + old.sent - old.received);
  const vbytes = (wholeVbytes(parent.weight) + wholeVbytes(txWeight(parseTx(old.raw)))) / 4;
  const { fast } = await chain.feeRates();
  if (fast < WORTH_IT * (Number(paid) / vbytes)) return undefined;
  const others = live.filter((u) => !inputs.some(({ id }) => id === u.id));
  let draft: ChildDraft;
  try {
    draft = draftAnchorChild(parent, [...inputs, ...others], fast, paid);
  } catch (error) {
    // More money may come; until then the one that is there waits.
    if (isSkiffError(error, 'INSUFFICIENT_FUNDS')) return undefined;
    throw error;
  }
  const fresh = draft.inputs.filter((u) => u.live).map((u) => u.id);
  return { draft, fresh, replaces: old.txid, oldChange: `${old.txid}:0` };
}
