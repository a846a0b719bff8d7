// A transaction from our on-chain wallet: a payment, or one that speeds another up. It is signed at the start and kept,
// so showing it to the network again and again is harmless: it can only ever confirm once.

import { isSkiffError, SkiffError } from '../../../errors.ts';
import type { Sats } from '../../../units.ts';
import type { Change } from '../../changes.ts';
import { finalRival } from '../../onchain/rivals.ts';
import type { Deps } from '../../ports.ts';
import { failedWith } from '../endings.ts';
import type { ActionKind, Outcome } from '../outcome.ts';
import { parseTx } from '../../../ark/tx.ts';
import { vtxoIdText } from '../../../ark/vtxo-id.ts';

export interface OnchainSendState {
  step: 'broadcasting';
  raw: Uint8Array;
  txid: string;
  /** Our outputs that are free until it is out. */
  utxos: string[];
  /** Output 1 where `vout` is absent. */
  change?: { value: Sats; scriptIndex: number; vout?: number };
  /** Txid of the transaction of ours that it pushes out. */
  replaces?: string;
}

export const KIND = 'onchain-send';

type Result = Outcome<OnchainSendState>;

export const onchainSend: ActionKind<OnchainSendState> = {
  kind: KIND,
  async run(deps, _id, state) {
    try {
      await deps.ports.chain.broadcast(state.raw);
    } catch (error) {
      if (!isSkiffError(error, 'TX_REJECTED')) throw error;
      const end = await hopeless(deps, state, error);
      if (end) return end;
      throw error;
    }
    const { change, txid } = state;
    const changes: Change[] = [
      { do: 'spend-utxos', ids: state.utxos },
      { do: 'onchain-tx', raw: state.raw, ...(state.replaces && { replaces: state.replaces }) },
    ];
    if (change) {
      const { vout = 1, ...row } = change;
      changes.push({ do: 'add-utxo', row: { id: `${txid}:${vout}`, ...row } });
    }
    changes.push({ do: 'movement', patch: { status: 'successful' } });
    return { then: 'done', changes };
  },
};

/** The end of a transaction that can never confirm, or undefined while it still may. */
async function hopeless(deps: Deps, state: OnchainSendState, cause: SkiffError): Promise<Result | undefined> {
  const spends = parseTx(state.raw).inputs.map(({ prevout }) => vtxoIdText(prevout));
  const inTime = state.replaces !== undefined && (await confirmed(deps, state.replaces));
  const rival = inTime ? state.replaces : await finalRival(deps, spends, state.txid);
  // A replacement that is not wanted is given up at once: the transaction that it speeds up is still on its way.
  if (rival === undefined && state.replaces === undefined) return undefined;
  const error = new SkiffError({
    code: 'TX_REJECTED',
    say: inTime
      ? 'The transaction was confirmed before it could be sped up.'
      : state.replaces === undefined
        ? 'The bitcoin that was to be sent was spent elsewhere.'
        : 'The Bitcoin network did not take the faster transaction. The first one is still on its way.',
    details: { txid: state.txid, reason: cause.details['reason'] },
  });
  return { then: 'failed', error, changes: [{ do: 'release-utxos' }, ...failedWith(error)] };
}

const confirmed = async ({ ports }: Deps, txid: string): Promise<boolean> =>
  (await ports.chain.txStatus(txid))?.confirmed === true;
