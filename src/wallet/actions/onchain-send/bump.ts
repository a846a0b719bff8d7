// Speeding up a transaction that waits: a payment of ours is replaced by the same with a higher fee (BIP 125), taken from
// its change and, where that is not enough, from other confirmed outputs. Anything else of which an output is ours gets a
// child that pays for both; so does a board's funding transaction, whose txid must never change.

import { parseTx, txWeight } from '../../../ark/tx.ts';
import { vtxoIdText } from '../../../ark/vtxo-id.ts';
import { fromHex, toHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import { openMovement } from '../../../store/movements.ts';
import { onchainTx } from '../../../store/onchain-txs.ts';
import { addressByScript, liveUtxos } from '../../../store/onchain.ts';
import type { ReadTx } from '../../../store/port.ts';
import type { OnchainRow, OnchainTxRow, OnchainUtxoRow } from '../../../store/rows.ts';
import { sats } from '../../../units.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { takeOnchain } from '../../onchain/scan.ts';
import { signDraft } from '../../onchain/sign.ts';
import { spendKeyOf } from '../../onchain/spend-key.ts';
import {
  draftPayments,
  insufficient,
  TAPROOT_DUST,
  type Draft,
  type Payment,
} from '../../onchain/transaction.ts';
import { feeAt, TAPROOT_OUTPUT, weightOf } from '../../onchain/weight.ts';
import type { Deps } from '../../ports.ts';
import { writeAction, type Started } from './start.ts';

const refuse = (say: string, txid: string) =>
  new SkiffError({ code: 'INVALID_ARGUMENT', say, details: { txid } });

interface Plan {
  draft: Draft;
  change: OnchainRow | undefined;
  /** Of the draft's inputs and the old change: what has to be reserved. */
  reserve: string[];
  replaces?: string;
}

/**
 * Starts it durably. @param feeRate sat/vB of the whole; the source's fast rate by default
 * @throws SkiffError INVALID_ARGUMENT (unknown, confirmed, no gain), INSUFFICIENT_FUNDS, COIN_LOCKED; then nothing changed
 */
export async function startBump(deps: Deps, txid: string, feeRate?: number): Promise<Started> {
  const { ports } = deps;
  const rate = feeRate ?? (await ports.chain.feeRates()).fast;
  const [tip, status] = [await freshTip(deps), await ports.chain.txStatus(txid)];
  if (status?.confirmed) throw refuse('This transaction is confirmed already.', txid);
  const keys = ports.keys.unlocked();
  const now = ports.now();
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const row = await onchainTx(tx, txid);
    if (!row || row.replacedBy !== undefined)
      throw refuse('No transaction of this wallet waits under this id.', txid);
    if (isChild(row))
      throw refuse(
        'A version 3 transaction cannot be sped up from here; one that pays for an exit raises its fee by itself.',
        txid,
      );
    const take = () => takeOnchain(tx, keys, 'change', now);
    const isBoard = (await tx.get('actions', `board.${txid}.0`)) !== undefined;
    const replaceable = row.ours && row.fee !== undefined && !isBoard;
    const plan = await (replaceable ? replacement : child)(tx, row, rate, take);
    const { draft, change } = plan;
    const changeScript = fromHex(change?.script ?? '');
    const signed = signDraft(ports.curve, draft, { changeScript, tip }, spendKeyOf(keys), (n) =>
      ports.random(n),
    );
    const id = `onchain.${signed.txid}`;
    const metadata = { txid: signed.txid, speeds_up: txid, onchain_fee_sat: Number(draft.fee) };
    await openMovement(
      tx,
      { actionId: id, subsystem: { name: 'skiff.onchain', kind: 'bump' }, intended: 0n },
      { metadata },
      now,
    );
    await writeAction(tx, { id, signed, ...plan, now });
    return { id, txid: signed.txid };
  });
}

/** A version 3 transaction belongs to a package: its shape is not ours to change. */
const isChild = (row: OnchainTxRow): boolean => parseTx(row.raw).version === 3;

type Take = () => Promise<OnchainRow>;

async function replacement(tx: ReadTx, row: OnchainTxRow, rate: number, take: Take): Promise<Plan> {
  const old = parseTx(row.raw);
  const fee = row.fee ?? sats(0n);
  if (feeAt(rate, txWeight(old)) <= fee) throw refuse('It pays this fee rate already.', row.txid);
  const payments: Payment[] = [];
  let kept: { id: string; address: OnchainRow } | undefined;
  for (const [vout, { script, value }] of old.outputs.entries()) {
    const address = await addressByScript(tx, toHex(script));
    if (address?.purpose === 'change' && !kept) kept = { id: `${row.txid}:${vout}`, address };
    else payments.push({ script, value });
  }
  const must: OnchainUtxoRow[] = [];
  for (const { prevout } of old.inputs) {
    const utxo = await tx.get<OnchainUtxoRow>('onchainUtxos', vtxoIdText(prevout));
    if (utxo) must.push(utxo);
  }
  // Rule 2 of BIP 125: what is added must be confirmed.
  const live = await liveUtxos(tx);
  const more = live.filter((u) => u.height !== undefined && !must.some(({ id }) => id === u.id));
  const outputs = [...payments.map(({ script }) => script), TAPROOT_OUTPUT];
  const draft = draftPayments(more, payments, rate, {
    must,
    leastFee: fee + feeAt(1, weightOf(must.length + 1, outputs)),
  });
  const used = draft.inputs.slice(must.length).map(({ id }) => id);
  const change = draft.change === undefined ? undefined : (kept?.address ?? (await take()));
  return { draft, change, reserve: [...used, ...(kept ? [kept.id] : [])], replaces: row.txid };
}

/** Our largest output of the transaction, sent to ourselves with the fee of both. */
async function child(tx: ReadTx, row: OnchainTxRow, rate: number, take: Take): Promise<Plan> {
  const mine = (await liveUtxos(tx)).filter((u) => u.id.startsWith(`${row.txid}:`) && u.holder === undefined);
  const utxo = mine.sort((a, b) => (a.value < b.value ? 1 : -1))[0];
  if (!utxo)
    throw refuse('No free output of this transaction is yours, so you cannot speed it up.', row.txid);
  const own = weightOf(1, [TAPROOT_OUTPUT]);
  const together = feeAt(rate, own + txWeight(parseTx(row.raw))) - (row.fee ?? 0n);
  const least = feeAt(1, own);
  const fee = together > least ? together : least;
  if (utxo.value < fee + TAPROOT_DUST) throw insufficient(fee + TAPROOT_DUST, utxo.value);
  return {
    draft: { inputs: [utxo], payments: [], change: sats(utxo.value - fee), fee: sats(fee) },
    change: await take(),
    reserve: [utxo.id],
  };
}
