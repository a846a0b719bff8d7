// The transaction is signed: send it, watch it. One that the chain has lost is sent again; one that another transaction
// has replaced is said so. The coins stay locked until it is deep enough.

import { parseTx, txid } from '../../../ark/tx.ts';
import { txidText } from '../../../ark/vtxo-id.ts';
import { isSkiffError, SkiffError } from '../../../errors.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import type { Deps } from '../../ports.ts';
import type { Outcome } from '../outcome.ts';
import type { InStep, OffboardState } from './state.ts';

type Result = Outcome<OffboardState>;

const POLL = 30_000;
/** As long as a lost transaction is nothing unusual, ms (bark's `offboard_lost_tx_grace_period_secs`). */
const GRACE = 3_600_000;

/** Sends, waits, ends. */
export async function confirming(deps: Deps, state: InStep<'confirming'>): Promise<Result> {
  const { ports, config } = deps;
  const tx = parseTx(state.signed);
  const id = txidText(txid(tx));
  const status = await ports.chain.txStatus(id);
  if (status?.confirmed && status.height !== undefined) {
    const depth = (await freshTip(deps)) - status.height + 1;
    if (depth >= config.offboardDepth)
      return {
        then: 'done',
        changes: [
          { do: 'spend-coins', ids: state.coins },
          { do: 'movement', patch: { status: 'successful' } },
        ],
      };
  }
  const { lostSince, ...found } = state;
  if (status) return { then: 'park', state: found, wakeAt: ports.now() + POLL };
  const since = lostSince ?? ports.now();
  const wakeAt = ports.now() + POLL;
  const lost: InStep<'confirming'> = { ...found, lostSince: since };
  try {
    await ports.chain.broadcast(state.signed);
    return { then: 'park', state: found, wakeAt };
  } catch (error) {
    if (!isSkiffError(error, 'TX_REJECTED') && !isSkiffError(error, 'CHAIN_MISBEHAVED')) throw error;
    const rival = await replacedBy(
      deps,
      tx.inputs.map((i) => i.prevout),
      id,
    );
    if (rival === undefined && ports.now() - since < GRACE) return { then: 'park', state: lost, wakeAt };
    return { then: 'park', state: lost, wakeAt, error: gone(id, rival) };
  }
}

/** Txid of a confirmed transaction that spends one of these outputs instead, if any. */
async function replacedBy(
  { ports }: Deps,
  inputs: readonly { txid: Uint8Array; vout: number }[],
  id: string,
): Promise<string | undefined> {
  for (const input of inputs) {
    const spend = await ports.chain.outspend(txidText(input.txid), input.vout);
    if (spend.spent && spend.txid !== id && spend.status?.confirmed) return spend.txid;
  }
  return undefined;
}

const gone = (id: string, rival: string | undefined) =>
  new SkiffError({
    code: 'TX_REJECTED',
    say: rival
      ? 'The server’s payment to the chain was replaced by another transaction. Your coins were not given up; they can leave by the chain.'
      : 'The server’s payment to the chain is not visible any more. Skiff keeps sending it.',
    details: { txid: id, ...(rival !== undefined && { rival }) },
  });
