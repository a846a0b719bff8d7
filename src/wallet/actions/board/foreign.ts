// A board that another wallet pays for (a hardware wallet, a payjoin): it gets an address, prepares a transaction that
// pays there, and shows it to us before it signs or before it broadcasts. The coin is cosigned for that very txid: a
// transaction that changes afterwards pays to an output that no coin secures.

import { boardFunding } from '../../../ark/board.ts';
import { parseTx, txid as txidOf } from '../../../ark/tx.ts';
import { txidText } from '../../../ark/vtxo-id.ts';
import { scriptToAddress } from '../../../bitcoin/address.ts';
import { equalBytes, fromHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import type { ArkInfo } from '../../../server/ark-info.ts';
import { action, saveAction } from '../../../store/actions.ts';
import { keyAt } from '../../../store/keys.ts';
import { movementOf } from '../../../store/movements.ts';
import type { WriteTx } from '../../../store/port.ts';
import type { ActionRow } from '../../../store/rows.ts';
import type { Sats } from '../../../units.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { takeVtxoKey } from '../../keys.ts';
import type { Deps } from '../../ports.ts';
import { assertReachable } from '../preflight.ts';
import { checkBoardAmount, MAX_INPUTS, tooManyInputs, writeBoard } from './start.ts';
import { boardId, type BoardState } from './state.ts';

/** What makes the address of a board; given back with the transaction that pays it. */
export interface BoardPlace {
  keyIndex: number;
  expiryHeight: number;
}

/** The other wallet's transaction. */
export interface Funding {
  /** Without signatures. */
  unsigned: Uint8Array;
  /** With all of them; absent: the other wallet broadcasts it. */
  raw?: Uint8Array;
  /** What the miners get. */
  fee: Sats;
}

const refuse = (say: string, details: Record<string, number> = {}) =>
  new SkiffError({ code: 'INVALID_ARGUMENT', say, details });

/** Takes a key, and the bitcoin address where it boards. */
export async function newBoardPlace(deps: Deps): Promise<BoardPlace & { address: string }> {
  const { ports, config } = deps;
  const info = await (await ports.server()).info();
  const expiryHeight = (await freshTip(deps)) + info.vtxoLifetime;
  const keys = ports.keys.unlocked();
  const key = await ports.db.write(['keys'], (tx) => takeVtxoKey(tx, keys, 'board', ports.now()));
  const { script } = boardFunding(ports.curve, {
    userPubkey: fromHex(key.pubkey),
    serverPubkey: info.serverPubkey,
    expiryHeight,
  });
  return { keyIndex: key.index, expiryHeight, address: scriptToAddress(script, config.network) ?? '' };
}

/** What a transaction of another wallet would board. */
export interface FundingQuote {
  /** Paid to the place's address. */
  amount: Sats;
  /** Of the server, taken from it. */
  fee: Sats;
}

interface Judged extends FundingQuote {
  vout: number;
  info: ArkInfo;
}

/** Does it pay the place's address exactly once, and not too little or too much? */
async function judge(deps: Deps, { keyIndex, expiryHeight }: BoardPlace, funding: Funding): Promise<Judged> {
  const { ports } = deps;
  const server = await ports.server();
  const [info, tip] = await Promise.all([server.info(), freshTip(deps), assertReachable(server)]);
  if (expiryHeight <= tip) throw refuse('The address of this board has expired.', { expiryHeight, tip });
  const key = await ports.db.read(['keys'], (tx) => keyAt(tx, keyIndex));
  if (key?.purpose !== 'board') throw refuse('This is not a key of a board.', { keyIndex });
  const { script } = boardFunding(ports.curve, {
    userPubkey: fromHex(key.pubkey),
    serverPubkey: info.serverPubkey,
    expiryHeight,
  });
  const transaction = parseTx(funding.unsigned);
  if (transaction.inputs.length > MAX_INPUTS) throw tooManyInputs(transaction.inputs.length);
  const paying = transaction.outputs.flatMap((out, at) => (equalBytes(out.script, script) ? [at] : []));
  const [vout] = paying;
  if (vout === undefined) throw refuse('The transaction does not pay to the address of this board.');
  if (paying.length > 1) throw refuse('The transaction pays to the address of this board more than once.');
  const amount = transaction.outputs[vout]!.value;
  return { vout, amount, fee: checkBoardAmount(amount, info), info };
}

/** What such a transaction would board; nothing is stored. @throws SkiffError as {@link startForeignBoard} */
export async function quoteForeignBoard(
  deps: Deps,
  place: BoardPlace,
  funding: Funding,
): Promise<FundingQuote> {
  const { amount, fee } = await judge(deps, place, funding);
  return { amount, fee };
}

/**
 * Starts the board of a transaction that pays the place's address exactly once, at whatever output. Resolves with the
 * action's id; the same transaction again is the same board, which takes the signatures that it lacked.
 * @throws SkiffError INVALID_ARGUMENT, AMOUNT_OUT_OF_RANGE; then nothing changed
 */
export async function startForeignBoard(deps: Deps, place: BoardPlace, funding: Funding): Promise<string> {
  const { ports } = deps;
  const { vout, amount, fee, info } = await judge(deps, place, funding);
  const now = ports.now();
  const state: BoardState = {
    step: 'signed',
    ...(funding.raw && { raw: funding.raw }),
    unsigned: funding.unsigned,
    txid: txidText(txidOf(parseTx(funding.unsigned))),
    vout,
    amount,
    fee,
    expiryHeight: place.expiryHeight,
    exitDelta: info.vtxoExitDelta,
    key: place.keyIndex,
    utxos: [],
  };
  const id = boardId(state.txid, vout);
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const there = await action(tx, id);
    if (there) await addSignatures(tx, there, funding, now);
    if (there ?? (await movementOf(tx, id))) return id;
    return writeBoard(tx, state, funding.fee, now);
  });
}

/** A board that waits for another wallet's signatures shows the transaction to the network itself once it has them. */
async function addSignatures(tx: WriteTx, row: ActionRow, { raw }: Funding, now: number): Promise<void> {
  const state = row.state as BoardState;
  if (!raw || state.raw || state.step === 'confirming') return;
  await saveAction(tx, row, { state: { ...state, raw }, wakeAt: now, retries: 0 }, now);
}
