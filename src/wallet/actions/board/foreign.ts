// A board that another wallet pays for (a hardware wallet, a payjoin): it gets an address, prepares a transaction that
// pays there, and shows it to us before it signs or before it broadcasts. The coin is cosigned for that very txid: a
// transaction that changes afterwards pays to an output that no coin secures.

import { boardFunding } from '../../../ark/board.ts';
import { parseTx, txid as txidOf } from '../../../ark/tx.ts';
import { txidText } from '../../../ark/vtxo-id.ts';
import { scriptToAddress } from '../../../bitcoin/address.ts';
import { equalBytes, fromHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import { action } from '../../../store/actions.ts';
import { keyAt } from '../../../store/keys.ts';
import { movementOf } from '../../../store/movements.ts';
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

/**
 * Starts the board of a transaction that pays the place's address exactly once, at whatever output. Resolves with the
 * action's id; the same transaction again is the same board.
 * @throws SkiffError INVALID_ARGUMENT, AMOUNT_OUT_OF_RANGE; then nothing changed
 */
export async function startForeignBoard(deps: Deps, place: BoardPlace, funding: Funding): Promise<string> {
  const { ports } = deps;
  const server = await ports.server();
  const [info, tip] = await Promise.all([server.info(), freshTip(deps), assertReachable(server)]);
  const { keyIndex, expiryHeight } = place;
  if (expiryHeight <= tip) throw refuse('The address of this board has expired.', { expiryHeight, tip });
  const now = ports.now();
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const key = await keyAt(tx, keyIndex);
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
    const state: BoardState = {
      step: 'signed',
      ...(funding.raw && { raw: funding.raw }),
      unsigned: funding.unsigned,
      txid: txidText(txidOf(transaction)),
      vout,
      amount,
      fee: checkBoardAmount(amount, info),
      expiryHeight,
      exitDelta: info.vtxoExitDelta,
      key: keyIndex,
      utxos: [],
    };
    const id = boardId(state.txid, vout);
    const there = (await action(tx, id)) ?? (await movementOf(tx, id));
    return there ? id : writeBoard(tx, state, funding.fee, now);
  });
}
