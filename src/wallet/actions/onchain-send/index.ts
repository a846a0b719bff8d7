// A payment on the chain from our simple on-chain wallet. The transaction is signed at the start and kept, so showing it
// to the network again and again is harmless: it can only ever confirm once.

import { addressToScript } from '../../../bitcoin/address.ts';
import { dustLimit } from '../../../bitcoin/dust.ts';
import { fromHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import { startAction } from '../../../store/actions.ts';
import { openMovement } from '../../../store/movements.ts';
import { liveUtxos, lockUtxos } from '../../../store/onchain.ts';
import type { Sats } from '../../../units.ts';
import { CHANGE_TABLES, type Change } from '../../changes.ts';
import { takeOnchain } from '../../onchain/scan.ts';
import { spendKeyOf } from '../../onchain/spend-key.ts';
import { draftPayment, signDraft } from '../../onchain/transaction.ts';
import type { Deps } from '../../ports.ts';
import type { ActionKind } from '../outcome.ts';

export interface OnchainSendState {
  step: 'broadcasting';
  raw: Uint8Array;
  txid: string;
  utxos: string[];
  change?: { value: Sats; scriptIndex: number };
}

const KIND = 'onchain-send';

export const onchainSend: ActionKind<OnchainSendState> = {
  kind: KIND,
  async run(deps, _id, state) {
    await deps.ports.chain.broadcast(state.raw);
    const changes: Change[] = [{ do: 'spend-utxos', ids: state.utxos }];
    if (state.change) changes.push({ do: 'add-utxo', row: { id: `${state.txid}:1`, ...state.change } });
    changes.push({ do: 'movement', patch: { status: 'successful' } });
    return { then: 'done', changes };
  },
};

export interface OnchainSendOrder {
  address: string;
  amount: Sats | 'all';
  /** sat/vB; the source's regular rate by default. */
  feeRate?: number;
}

/** Starts the payment durably. @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK, DUST, INSUFFICIENT_FUNDS; then nothing changed */
export async function startOnchainSend(
  deps: Deps,
  order: OnchainSendOrder,
): Promise<{ id: string; txid: string }> {
  const { ports, config } = deps;
  const script = addressToScript(order.address, config.network);
  if (order.amount !== 'all' && order.amount < dustLimit(script)) {
    throw new SkiffError({ code: 'DUST', say: 'This amount is too small to be sent on-chain.' });
  }
  const rate = order.feeRate ?? (await ports.chain.feeRates()).regular;
  const keys = ports.keys.unlocked();
  const now = ports.now();
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const draft = draftPayment(await liveUtxos(tx), script, order.amount, rate);
    const changeRow = draft.change === undefined ? undefined : await takeOnchain(tx, keys, 'change', now);
    const changeScript = changeRow ? fromHex(changeRow.script) : script;
    const signed = signDraft(ports.curve, draft, changeScript, spendKeyOf(keys), (n) => ports.random(n));
    const id = `onchain.${signed.txid}`;
    const utxos = draft.inputs.map((u) => u.id);
    await lockUtxos(tx, utxos, id);
    const { value } = draft.payment;
    await openMovement(
      tx,
      { actionId: id, subsystem: { name: 'skiff.onchain', kind: 'send' }, intended: 0n },
      {
        sentTo: [{ type: 'bitcoin', value: order.address, amount: value }],
        metadata: { txid: signed.txid, onchain_fee_sat: Number(draft.fee), onchain_sent_sat: Number(value) },
      },
      now,
    );
    const state: OnchainSendState = {
      step: 'broadcasting',
      raw: signed.raw,
      txid: signed.txid,
      utxos,
      ...(changeRow &&
        draft.change !== undefined && { change: { value: draft.change, scriptIndex: changeRow.index } }),
    };
    await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
    return { id, txid: signed.txid };
  });
}
