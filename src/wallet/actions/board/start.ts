// The start of a board: one transaction chooses and reserves the bitcoin, takes the keys, signs the funding transaction
// (which nobody has seen) and writes the action with its history line.

import { boardFee } from '../../../ark/fees.ts';
import { boardFunding } from '../../../ark/board.ts';
import { fromHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import type { ArkInfo } from '../../../server/ark-info.ts';
import { startAction } from '../../../store/actions.ts';
import { openMovement } from '../../../store/movements.ts';
import { liveUtxos, lockUtxos } from '../../../store/onchain.ts';
import type { WriteTx } from '../../../store/port.ts';
import type { OnchainUtxoRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { assertReachable } from '../preflight.ts';
import { isFair } from '../../fair.ts';
import { takeVtxoKey } from '../../keys.ts';
import { takeOnchain } from '../../onchain/scan.ts';
import { spendKeyOf } from '../../onchain/spend-key.ts';
import { signDraft } from '../../onchain/sign.ts';
import { draftPayment } from '../../onchain/transaction.ts';
import type { Deps } from '../../ports.ts';
import { boardId, KIND, type BoardState } from './state.ts';

/** Most inputs the server accepts in a funding transaction. */
export const MAX_INPUTS = 100;

export interface BoardOrder {
  amount: Sats | 'all';
  /** Which of our outputs may be used; all by default. */
  from?: (utxo: OnchainUtxoRow) => boolean;
  /** Nobody has seen the fee: it must be a fair one. */
  byItself?: boolean;
}

/** Starts a board durably. @throws SkiffError INSUFFICIENT_FUNDS, DUST, AMOUNT_OUT_OF_RANGE; then nothing changed */
export async function startBoard(
  deps: Deps,
  { amount, from = () => true, byItself = false }: BoardOrder,
): Promise<string> {
  const { ports } = deps;
  const server = await ports.server();
  const [info, tip, rates] = await Promise.all([
    server.info(),
    freshTip(deps),
    ports.chain.feeRates(),
    assertReachable(server),
  ]);
  const keys = ports.keys.unlocked();
  const now = ports.now();
  const expiryHeight = tip + info.vtxoLifetime;

  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const key = await takeVtxoKey(tx, keys, 'board', now);
    const funding = boardFunding(ports.curve, {
      userPubkey: fromHex(key.pubkey),
      serverPubkey: info.serverPubkey,
      expiryHeight,
    });
    const utxos = (await liveUtxos(tx)).filter(from);
    const draft = draftPayment(utxos, funding.script, amount, rates.regular);
    const value = draft.payments[0]!.value;
    const fee = checkBoardAmount(value, info);
    if (byItself && !isFair(fee, value)) throw unfair(value, fee);
    if (draft.inputs.length > MAX_INPUTS) throw tooManyInputs(draft.inputs.length);

    const changeRow = draft.change === undefined ? undefined : await takeOnchain(tx, keys, 'change', now);
    const changeScript = changeRow ? fromHex(changeRow.script) : funding.script;
    const signed = signDraft(ports.curve, draft, { changeScript, tip }, spendKeyOf(keys), (n) =>
      ports.random(n),
    );
    const id = boardId(signed.txid);
    const ids = draft.inputs.map((u) => u.id);
    await lockUtxos(tx, ids, id);
    const state: BoardState = {
      step: 'signed',
      raw: signed.raw,
      unsigned: signed.unsigned,
      txid: signed.txid,
      amount: value,
      fee,
      expiryHeight,
      exitDelta: info.vtxoExitDelta,
      key: key.index,
      utxos: ids,
      ...(changeRow &&
        draft.change !== undefined && { change: { value: draft.change, scriptIndex: changeRow.index } }),
    };
    return writeBoard(tx, state, draft.fee, now);
  });
}

/** Writes the action and its history line. Resolves with the action's id. @param minerFee of the funding transaction */
export async function writeBoard(
  tx: WriteTx,
  state: BoardState,
  minerFee: Sats,
  now: number,
): Promise<string> {
  const { txid, vout = 0, amount, fee } = state;
  const id = boardId(txid, vout);
  await openMovement(
    tx,
    { actionId: id, subsystem: { name: 'bark.board', kind: 'board' }, intended: amount },
    {
      effective: amount - fee,
      fee,
      metadata: { chain_anchor: `${txid}:${vout}`, onchain_fee_sat: Number(minerFee) },
    },
    now,
  );
  await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
  return id;
}

/** Fee of boarding `amount`. @throws SkiffError AMOUNT_OUT_OF_RANGE when the server would refuse it */
export function checkBoardAmount(amount: Sats, info: ArkInfo): Sats {
  const fee = boardFee(info.fees.board, amount);
  const least = info.minBoardAmount;
  const most = info.maxVtxoAmount;
  if (amount < least || amount <= fee || (most !== undefined && amount > most)) {
    throw new SkiffError({
      code: 'AMOUNT_OUT_OF_RANGE',
      say:
        most !== undefined && amount > most
          ? `This server takes at most ${most} sat at once.`
          : `This server takes ${least} sat or more, and its fee of ${fee} sat must be covered.`,
      details: { amount, least, most, fee },
    });
  }
  return sats(fee);
}

const unfair = (amount: Sats, fee: Sats) =>
  new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say: `The server wants ${fee} sat for ${amount} sat. Skiff does not pay that without being told to.`,
    details: { amount, fee },
  });

export const tooManyInputs = (inputs: number) =>
  new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say: 'Your bitcoin lies in too many small pieces for one step; move a smaller amount.',
    details: { inputs, most: MAX_INPUTS },
  });
