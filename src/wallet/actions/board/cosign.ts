// The exchange in which the server signs the way back to the chain for a board, before the funding transaction is shown
// to anybody. The server keeps nothing, so it may be repeated at will, with fresh nonces each time.

import { boardNonce, buildBoard, finishBoard } from '../../../ark/board.ts';
import { boardFee } from '../../../ark/fees.ts';
import { validateVtxo } from '../../../ark/validate.ts';
import { parseVtxoId, vtxoIdBytes } from '../../../ark/vtxo-id.ts';
import { encodeVtxo } from '../../../ark/vtxo.ts';
import { SkiffError } from '../../../errors.ts';
import type { Deps } from '../../ports.ts';
import { coinFacts, type NewVtxo } from '../cosign.ts';
import type { BoardTerms } from './state.ts';

/**
 * The signed coin of a board.
 * @throws what the call throws; AMOUNT_OUT_OF_RANGE when the server's fee has changed since the start;
 *   SERVER_MISBEHAVED when its signature does not hold
 */
export async function cosignBoard(deps: Deps, state: BoardTerms): Promise<NewVtxo> {
  const { ports } = deps;
  const server = await ports.server();
  const info = await server.info();
  if (boardFee(info.fees.board, state.amount) !== state.fee) throw feeChanged();
  const key = ports.keys.unlocked().vtxoKey(state.key);
  try {
    const utxo = parseVtxoId(`${state.txid}:${state.vout ?? 0}`);
    const board = buildBoard(ports.curve, {
      userPubkey: key.publicKey,
      serverPubkey: info.serverPubkey,
      expiryHeight: state.expiryHeight,
      exitDelta: state.exitDelta,
      amount: state.amount,
      fee: state.fee,
      utxo,
    });
    const nonce = boardNonce(ports.curve, board, (n) => ports.random(n));
    const answer = await server.requestBoardCosign({
      amount: state.amount,
      utxo: vtxoIdBytes(utxo),
      expiryHeight: state.expiryHeight,
      userPubkey: key.publicKey,
      pubNonce: nonce.public,
      fundingTx: state.unsigned,
    });
    const vtxo = finishBoard(ports.curve, board, nonce, answer, key.secret);
    validateVtxo(ports.curve, vtxo, state.unsigned);
    return { row: coinFacts(vtxo, state.key), vtxo, bytes: encodeVtxo(vtxo, 'full') };
  } finally {
    key.secret.fill(0);
  }
}

const feeChanged = () =>
  new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say: 'The server changed its fee in the meantime. No bitcoin was sent; try again.',
  });
