// Boarding: an on-chain output under user and server becomes a VTXO (ark-lib board.rs). The funding output is a cosign
// taproot; the exit transaction spends it to the user's policy with the board fee as its anchor's value. Both sides
// derive the fee from the schedule, it is never sent.
import type { Bytes, Curve, NoncePair } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import { isBlockDelta, isBlockHeight } from './blocks.ts';
import { aggregateBoth, cosignSession } from './cosign.ts';
import type { OutPoint, TxOut } from './encode.ts';
import { policyTxOut } from './policy-taproot.ts';
import type { PubkeyPolicy } from './policy.ts';
import { feeAnchor } from './script.ts';
import { cosignTaproot, type Taproot } from './taproot.ts';
import { taprootSighash, txid, type Tx } from './tx.ts';
import type { Vtxo } from './vtxo.ts';

export interface BoardKeys {
  readonly userPubkey: Bytes;
  readonly serverPubkey: Bytes;
  readonly expiryHeight: number;
}

export interface BoardDetails extends BoardKeys {
  readonly exitDelta: number;
  /** Value of the funding output. */
  readonly amount: Sats;
  /** `boardFee` of the schedule on `amount`. */
  readonly fee: Sats;
  readonly utxo: OutPoint;
}

/** A board to be cosigned; deterministic. */
export interface Board extends BoardDetails {
  readonly funding: TxOut;
  readonly exitTx: Tx;
  /** Internal order. */
  readonly exitTxid: Bytes;
  readonly sighash: Bytes;
  readonly tweak: Bytes;
  /** x-only key under which the signature verifies. */
  readonly outputKey: Bytes;
}

export interface BoardAnswer {
  readonly pubNonce: Bytes;
  readonly partialSig: Bytes;
}

/** The output to be funded: its taproot (script included). */
export const boardFunding = (curve: Curve, keys: BoardKeys): Taproot =>
  cosignTaproot(curve, [keys.userPubkey, keys.serverPubkey], keys.serverPubkey, keys.expiryHeight);

/** What is left of the amount after the fee. @throws SkiffError AMOUNT_OUT_OF_RANGE with `details.reason` */
export function boardedAmount(amount: Sats, fee: Sats): Sats {
  const refuse = (reason: 'amount-zero' | 'fee-larger-than-amount' | 'nothing-left') =>
    new SkiffError({
      code: 'AMOUNT_OUT_OF_RANGE',
      say: 'The amount does not cover the fee for making an Ark coin of it.',
      details: { reason, amount, fee },
    });
  if (amount === 0n) throw refuse('amount-zero');
  if (fee > amount) throw refuse('fee-larger-than-amount');
  if (fee === amount) throw refuse('nothing-left');
  return sats(amount - fee);
}

const ownPolicy = (keys: BoardKeys): PubkeyPolicy => ({ type: 'pubkey', userPubkey: keys.userPubkey });

/** Builds the board. @throws SkiffError AMOUNT_OUT_OF_RANGE, or INVALID_ARGUMENT for a height or delta out of bounds */
export function buildBoard(curve: Curve, details: BoardDetails): Board {
  const { amount, fee, utxo } = details;
  if (!isBlockHeight(details.expiryHeight) || !isBlockDelta(details.exitDelta))
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'The server’s block counts are out of range.' });
  const taproot = boardFunding(curve, details);
  const funding = { value: amount, script: taproot.script };
  const exitTx: Tx = {
    version: 3,
    inputs: [{ prevout: utxo, sequence: 0 }],
    outputs: [policyTxOut(curve, ownPolicy(details), boardedAmount(amount, fee), details), feeAnchor(fee)],
    lockTime: 0,
  };
  return {
    ...details,
    funding,
    exitTx,
    exitTxid: txid(exitTx),
    sighash: taprootSighash(exitTx, 0, [funding]),
    tweak: taproot.tweak,
    outputKey: taproot.outputKey,
  };
}

/** The user's fresh nonce; memory only. @param random CSPRNG */
export const boardNonce = (curve: Curve, board: Board, random: (length: number) => Bytes): NoncePair =>
  curve.generateNonce({
    random: random(32),
    extra: random(32),
    publicKey: board.userPubkey,
    aggregateKey: board.outputKey,
    message: board.sighash,
  });

/** The signing session with the server's verified half in it, or undefined. */
const boardSession = (curve: Curve, board: Board, userNonce: Bytes, answer: BoardAnswer) =>
  cosignSession(curve, board, { message: board.sighash, tweak: board.tweak }, userNonce, {
    publicNonce: answer.pubNonce,
    partial: answer.partialSig,
  });

/** Does the server's half fit this board and this nonce? Never throws. */
export const isBoardAnswerValid = (
  curve: Curve,
  board: Board,
  userNonce: Bytes,
  answer: BoardAnswer,
): boolean => boardSession(curve, board, userNonce, answer) !== undefined;

/** The VTXO of a signed board. */
export const boardVtxo = (board: Board, signature: Bytes): Vtxo<PubkeyPolicy> => ({
  amount: boardedAmount(board.amount, board.fee),
  expiryHeight: board.expiryHeight,
  serverPubkey: board.serverPubkey,
  exitDelta: board.exitDelta,
  anchor: board.utxo,
  genesis: [
    {
      transition: { type: 'cosigned', pubkeys: [board.userPubkey, board.serverPubkey], signature },
      outputIdx: 0,
      otherOutputs: [],
      feeAmount: board.fee,
    },
  ],
  policy: ownPolicy(board),
  point: { txid: board.exitTxid, vout: 0 },
});

/**
 * Checks the server's half, signs, and returns the VTXO. The nonce is used up once that half holds.
 * @throws SkiffError SERVER_MISBEHAVED when the server's half does not verify (also when its fee schedule is another)
 */
export function finishBoard(
  curve: Curve,
  board: Board,
  nonce: NoncePair,
  answer: BoardAnswer,
  secret: Bytes,
): Vtxo<PubkeyPolicy> {
  const session = boardSession(curve, board, nonce.public, answer);
  if (!session)
    throw new SkiffError({
      code: 'SERVER_MISBEHAVED',
      say: 'The server’s signature for the new coin does not fit. No bitcoin was sent.',
      retry: 'later',
      details: { reason: 'InvalidPartialSignature' },
    });
  const share = { publicNonce: answer.pubNonce, partial: answer.partialSig };
  return boardVtxo(board, aggregateBoth(curve, session, nonce.secret, secret, share));
}
