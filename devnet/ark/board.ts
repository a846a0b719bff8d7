// Boards: cosigning the exit of an on-chain output that does not exist yet, and taking it in once it is confirmed.
import type { TxOut } from '../../src/ark/encode.ts';
import { boardFee } from '../../src/ark/fees.ts';
import { isBlockHeight } from '../../src/ark/blocks.ts';
import { exitTransactions } from '../../src/ark/exit-chain.ts';
import { policyTxOut } from '../../src/ark/policy-taproot.ts';
import { feeAnchor } from '../../src/ark/script.ts';
import { cosignTaproot } from '../../src/ark/taproot.ts';
import { parseTx, serializeTx, taprootSighash, txid, type Tx } from '../../src/ark/tx.ts';
import { validateVtxo } from '../../src/ark/validate.ts';
import { txidText, vtxoIdFromBytes, vtxoIdText, type OutPoint } from '../../src/ark/vtxo-id.ts';
import { decodeVtxo, sameOutPoint, vtxoId } from '../../src/ark/vtxo.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import type { BoardCosignRequest } from '../../src/server/gen/bark_server_pb.js';
import { sats } from '../../src/units.ts';
import { badArgument, checking, internal, parsing } from '../grpc/status.ts';
import { cosign } from './arkoor.ts';
import type { ArkContext } from './context.ts';
import { insertVtxo } from './vtxos.ts';

const DUST = 330n;
const MAX_FUNDING_INPUTS = 100;
/** Blocks by which a client's tip may be ahead of ours. */
const LIFETIME_BUFFER = 3;

function checkFunding({ chain, state }: ArkContext, utxo: OutPoint, funding: Tx): void {
  if (funding.inputs.length > MAX_FUNDING_INPUTS) {
    throw badArgument(`invalid funding tx: too many inputs (max is ${MAX_FUNDING_INPUTS})`);
  }
  if (utxo.vout >= funding.outputs.length)
    throw badArgument('board outpoint does not match funding tx (vout)');
  if (!equalBytes(utxo.txid, txid(funding)))
    throw badArgument('board outpoint does not match funding tx (txid)');
  if (state.transactions.has(txidText(utxo.txid)))
    throw badArgument('invalid funding tx: known as virtual tx');
  for (const { prevout } of funding.inputs) {
    if (state.vtxos.has(vtxoIdText(prevout)))
      throw badArgument(`invalid funding tx: input is a VTXO: ${vtxoIdText(prevout)}`);
  }
  for (const { prevout } of funding.inputs) {
    if (chain.transaction(txidText(prevout.txid))) continue;
    throw badArgument(`invalid funding tx: unknown input tx ${txidText(prevout.txid)}`);
  }
}

/** RequestBoardCosign. Nothing is stored: the answer is worthless until the funding transaction is on the chain. */
export function cosignBoard(ctx: ArkContext, request: BoardCosignRequest) {
  const { chain, config, curve, serverKey } = ctx;
  ctx.nonces.add('RequestBoardCosign', [request.pubNonce]);
  const { userPubkey, pubNonce, expiryHeight } = request;
  if (userPubkey.length !== 33 || !curve.isPoint(userPubkey)) throw badArgument('invalid public key');
  if (!isBlockHeight(expiryHeight)) throw badArgument('expiry_height: block height too large');
  const utxo = parsing('outpoint', () => vtxoIdFromBytes(request.utxo));
  if (
    pubNonce.length !== 66 ||
    !curve.isPoint(pubNonce.subarray(0, 33)) ||
    !curve.isPoint(pubNonce.subarray(33))
  ) {
    throw badArgument('invalid public musig nonce');
  }
  const funding = parsing('bitcoin transaction', () => parseTx(request.fundingTx));

  const amount = sats(request.amount);
  const least = config.minBoardAmount > DUST ? config.minBoardAmount : DUST;
  if (amount < least) throw badArgument(`board amount must be at least ${least}`);
  if (config.maxVtxoAmount !== undefined && amount > config.maxVtxoAmount) {
    throw badArgument(`board amount exceeds limit of ${config.maxVtxoAmount}`);
  }
  const fee = boardFee(config.fees.board, amount);
  if (fee >= amount) throw badArgument('Board amount cannot support required fee');
  const tip = chain.height();
  if (expiryHeight < tip) throw badArgument(`VTXO already expired: ${expiryHeight} (tip = ${tip})`);
  if (expiryHeight - tip > config.vtxoLifetime + LIFETIME_BUFFER) {
    throw badArgument(
      `requested VTXO lifetime ${expiryHeight - tip} is too high (server VTXO lifetime is ${config.vtxoLifetime})`,
    );
  }
  checkFunding(ctx, utxo, funding);

  const taproot = cosignTaproot(curve, [userPubkey, serverKey.public], serverKey.public, expiryHeight);
  const context = { serverPubkey: serverKey.public, exitDelta: config.vtxoExitDelta, expiryHeight };
  const own = policyTxOut(curve, { type: 'pubkey', userPubkey }, sats(amount - fee), context);
  const exit: Tx = {
    version: 3,
    lockTime: 0,
    inputs: [{ prevout: utxo, sequence: 0 }],
    outputs: [own, feeAnchor(fee)],
  };
  const spent: TxOut = { value: amount, script: taproot.script };
  const { nonce, partial } = cosign(
    ctx,
    userPubkey,
    pubNonce,
    taprootSighash(exit, 0, [spent]),
    taproot.tweak,
  );
  return { pubNonce: nonce, partialSig: partial };
}

/** RegisterBoardVtxo, idempotent. Unknown and unconfirmed funding is INTERNAL, as at captaind: clients retry. */
export function registerBoard(ctx: ArkContext, encoded: Uint8Array): void {
  const { chain, config, curve, serverKey, state } = ctx;
  const vtxo = parsing('vtxo', () => decodeVtxo(curve, encoded, 'full'));
  const fundingId = txidText(vtxo.anchor.txid);
  const funding = chain.transaction(fundingId);
  if (funding === undefined) throw internal(`funding tx not found: ${fundingId}`);
  if (funding.confirmations === 0) throw internal('board funding tx still unconfirmed');
  if (funding.confirmations < config.requiredBoardConfirmations) {
    throw badArgument(
      `funding tx has ${funding.confirmations} confirmations, requires ${config.requiredBoardConfirmations}: ${vtxoId(vtxo)}`,
    );
  }
  if (chain.isSpent(fundingId, vtxo.anchor.vout)) {
    throw badArgument('VTXO funding output is already spent, user exit in progress');
  }
  checking('invalid vtxo', () => validateVtxo(curve, vtxo, funding.bytes));

  const notBoard = (why: string) => badArgument(`vtxo is not a board: ${why}`);
  if (!equalBytes(vtxo.serverPubkey, serverKey.public)) throw notBoard('wrong server key');
  const [step, more] = exitTransactions(curve, vtxo);
  if (step === undefined || more !== undefined) throw notBoard('incorrect number of genesis items');
  const { transition, otherOutputs, outputIdx } = step.item;
  const shared = cosignTaproot(
    curve,
    [vtxo.policy.userPubkey, serverKey.public],
    serverKey.public,
    vtxo.expiryHeight,
  );
  if (transition.type !== 'cosigned' || !equalBytes(step.spent.script, shared.script))
    throw notBoard('funding output mismatch');
  if (vtxo.policy.type !== 'pubkey' || otherOutputs.length > 0 || outputIdx !== 0)
    throw notBoard('vtxo id mismatch');
  if (!sameOutPoint(vtxo.point, { txid: step.txid, vout: 0 })) throw notBoard('vtxo id mismatch');

  state.transactions.set(fundingId, funding.bytes);
  state.transactions.set(txidText(step.txid), serializeTx(step.tx));
  insertVtxo(ctx, vtxo, 'spendable');
}
