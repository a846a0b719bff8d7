// The start of an on-chain payment: one transaction chooses and reserves our outputs, signs (nobody has seen it), and
// writes the action with its history line.

import { addressToScript } from '../../../bitcoin/address.ts';
import { fromHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import { startAction } from '../../../store/actions.ts';
import { openMovement } from '../../../store/movements.ts';
import { liveUtxos, lockUtxos } from '../../../store/onchain.ts';
import type { WriteTx } from '../../../store/port.ts';
import type { OnchainRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { assertWithin } from '../asker.ts';
import { takeOnchain } from '../../onchain/scan.ts';
import { signDraft, type SignedTx } from '../../onchain/sign.ts';
import { spendKeyOf } from '../../onchain/spend-key.ts';
import { draftAll, draftPayments, type Draft } from '../../onchain/transaction.ts';
import type { Deps } from '../../ports.ts';
import { KIND, type OnchainSendState } from './index.ts';

export interface OnchainOrder {
  /** Where to and how much each; one `all` alone empties the wallet. */
  to: readonly { address: string; amount: Sats | 'all' }[];
  /** sat/vB; the source's regular rate by default. */
  feeRate?: number;
  /** The most that may be paid, the miner's fee included. */
  maxTotal?: Sats;
}

export interface Started {
  id: string;
  txid: string;
}

/** Starts the payment durably. @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK, DUST, INSUFFICIENT_FUNDS; then nothing changed */
export async function startOnchainSend(deps: Deps, order: OnchainOrder): Promise<Started> {
  const { to, feeRate } = order;
  const { ports, config } = deps;
  const scripts = to.map(({ address }) => addressToScript(address, config.network));
  const [first, second] = to;
  if (!first || (second && to.some(({ amount }) => amount === 'all')))
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'Say how much each address is to get.' });
  const rate = feeRate ?? (await ports.chain.feeRates()).regular;
  const tip = await freshTip(deps);
  const keys = ports.keys.unlocked();
  const now = ports.now();
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const utxos = await liveUtxos(tx);
    const payments = to.map(({ amount }, i) => ({ script: scripts[i]!, value: amount as Sats }));
    const draft =
      first.amount === 'all' ? draftAll(utxos, scripts[0]!, rate) : draftPayments(utxos, payments, rate);
    const sent = draft.payments.reduce((sum, { value }) => sum + value, 0n);
    assertWithin(order, sats(sent + draft.fee));
    const change = draft.change === undefined ? undefined : await takeOnchain(tx, keys, 'change', now);
    const changeScript = change ? fromHex(change.script) : scripts[0]!;
    const signed = signDraft(ports.curve, draft, { changeScript, tip }, spendKeyOf(keys), (n) =>
      ports.random(n),
    );
    const sentTo = draft.payments.map(({ value }, i) => ({
      type: 'bitcoin',
      value: to[i]!.address,
      amount: value,
    }));
    const { txid } = signed;
    const id = `onchain.${txid}`;
    await openMovement(
      tx,
      { actionId: id, subsystem: { name: 'skiff.onchain', kind: 'send' }, intended: 0n },
      {
        sentTo,
        metadata: { txid, onchain_fee_sat: Number(draft.fee), onchain_sent_sat: Number(sent) },
      },
      now,
    );
    await writeAction(tx, { id, signed, draft, change, now });
    return { id, txid };
  });
}

interface Written {
  id: string;
  signed: SignedTx;
  draft: Draft;
  /** Address of the change. */
  change: OnchainRow | undefined;
  now: number;
  /** Our outputs to reserve; all inputs by default. */
  reserve?: readonly string[];
  replaces?: string;
}

/** Reserves the outputs and writes the action's row. @throws SkiffError COIN_UNKNOWN, COIN_LOCKED */
export async function writeAction(tx: WriteTx, w: Written): Promise<void> {
  const { id, signed, draft, change, now } = w;
  const utxos = [...(w.reserve ?? draft.inputs.map((u) => u.id))];
  await lockUtxos(tx, utxos, id);
  const state: OnchainSendState = {
    step: 'broadcasting',
    raw: signed.raw,
    txid: signed.txid,
    utxos,
    ...(change &&
      draft.change !== undefined && {
        change: { value: draft.change, scriptIndex: change.index, vout: draft.payments.length },
      }),
    ...(w.replaces !== undefined && { replaces: w.replaces }),
  };
  await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
}
