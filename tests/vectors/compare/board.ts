// Boards: funding output, exit transaction, signature re-created from the given nonces, resulting VTXO on both sides.
import { boardedAmount, boardFunding, boardVtxo, buildBoard } from '../../../src/ark/board.ts';
import { parseTx, serializeTx, txid } from '../../../src/ark/tx.ts';
import { parseVtxoId, txidText, vtxoIdBytes, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import type { Vtxo } from '../../../src/ark/vtxo.ts';
import type { VtxoPolicy } from '../../../src/ark/policy.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import type { Check } from '../check.ts';
import { checkSigning, type Key, type Signing } from '../signing.ts';
import { fullVtxoView, vtxoView } from '../views.ts';

interface Data {
  boards: (Signing & {
    user_key: Key;
    server_key: Key;
    expiry_height: number;
    exit_delta: number;
    amount: number;
    fee: number;
    funding_script_pubkey: string;
    funding_internal_key: string;
    funding_tap_tweak: string;
    funding_tx: { txid: string; hex: string };
    utxo: string;
    utxo_bytes: string;
    exit_tx: { txid: string; hex: string };
    exit_sighash: string;
    vtxo: ReturnType<typeof fullVtxoView>;
    server_side_vtxos: { id: string; policy: unknown; hex: string }[];
  })[];
  funding_detail_errors: { amount: number; fee: number; error: string | null }[];
}

const REASONS: Record<string, string> = {
  'amount-zero': 'amount is zero',
  'fee-larger-than-amount': 'fee larger than amount',
  'nothing-left': 'amount after fee is <= 0',
};

export function compare(data: Data, check: Check): void {
  for (const [i, b] of data.boards.entries()) {
    const label = `board ${i}`;
    for (const key of [b.user_key, b.server_key])
      check(curve.publicKey(fromHex(key.secret)), key.public, `${label} key`);
    const keys = {
      userPubkey: fromHex(b.user_key.public),
      serverPubkey: fromHex(b.server_key.public),
      expiryHeight: b.expiry_height,
    };
    const funding = boardFunding(curve, keys);
    check(funding.script, b.funding_script_pubkey, `${label} funding script`);
    check(funding.internal, b.funding_internal_key, `${label} internal key`);
    check(funding.tweak, b.funding_tap_tweak, `${label} tweak`);
    const tx = parseTx(fromHex(b.funding_tx.hex));
    check(serializeTx(tx), b.funding_tx.hex, `${label} funding transaction`);
    check(txidText(txid(tx)), b.funding_tx.txid, `${label} funding txid`);
    const utxo = parseVtxoId(b.utxo);
    check(vtxoIdText(utxo), b.utxo, `${label} utxo`);
    check(vtxoIdBytes(utxo), b.utxo_bytes, `${label} utxo bytes`);
    const board = buildBoard(curve, {
      ...keys,
      exitDelta: b.exit_delta,
      amount: sats(b.amount),
      fee: sats(b.fee),
      utxo,
    });
    check(tx.outputs[utxo.vout]?.script, toHex(board.funding.script), `${label} funds the script`);
    check(serializeTx(board.exitTx), b.exit_tx.hex, `${label} exit transaction`);
    check(txidText(board.exitTxid), b.exit_tx.txid, `${label} exit txid`);
    check(board.sighash, b.exit_sighash, `${label} sighash`);
    const signature = checkSigning(
      b,
      { user: b.user_key, server: b.server_key },
      {
        sighash: board.sighash,
        tweak: board.tweak,
        signer: board.outputKey,
        sighashHex: toHex(board.sighash),
        signerHex: toHex(board.outputKey),
      },
      check,
      label,
    );
    const vtxo = boardVtxo(board, signature);
    check(fullVtxoView(vtxo), b.vtxo, `${label} vtxo`);
    const record: Vtxo<VtxoPolicy> = {
      ...vtxo,
      amount: board.amount,
      policy: { type: 'expiry', internalKey: funding.internal },
      genesis: [],
      point: utxo,
    };
    for (const [j, made] of [record, vtxo].entries()) {
      const view = vtxoView(made) as unknown as Record<string, unknown>;
      const expected = b.server_side_vtxos[j];
      check({ id: view.id, policy: view.policy, hex: view.hex }, expected, `${label} server side ${j}`);
    }
  }
  for (const e of data.funding_detail_errors) {
    const label = `${e.amount} − ${e.fee}`;
    try {
      boardedAmount(sats(e.amount), sats(e.fee));
      check(null, e.error, label);
    } catch (error) {
      const reason = isSkiffError(error, 'AMOUNT_OUT_OF_RANGE')
        ? REASONS[error.details.reason ?? '']
        : String(error);
      check(e.error?.startsWith(reason ?? '?'), true, `${label}: ${e.error}`);
    }
  }
}
