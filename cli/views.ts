// The wallet's values in the words of bark's JSON (crate bark-json): same field names, amounts in satoshi.
import { parseTx, type Tx } from '../src/ark/tx.ts';
import { exitDepth, vtxoId } from '../src/ark/vtxo.ts';
import type { Vtxo } from '../src/ark/vtxo.ts';
import { policyName } from '../src/ark/policy.ts';
import { vtxoIdText } from '../src/ark/vtxo-id.ts';
import { toHex } from '../src/crypto/bytes.ts';
import type { FeeSchedule } from '../src/ark/fees.ts';
import type { ArkInfo } from '../src/server/ark-info.ts';
import type { CoinRow, OnchainTxRow, OnchainUtxoRow } from '../src/store/rows.ts';
import type { Balance } from '../src/wallet/wallet.ts';

/** bark calls mainnet `bitcoin`. */
export const networkName = (network: string): string => (network === 'mainnet' ? 'bitcoin' : network);

export const balanceJson = (b: Balance) => ({
  spendable_sat: b.spendable,
  needs_refresh_sat: b.needsRefresh,
  pending_lightning_send_sat: b.pendingLightningSend,
  claimable_lightning_receive_sat: b.pendingLightningReceive,
  pending_in_round_sat: b.pendingInRound,
  pending_board_sat: b.pendingBoard,
  pending_arkoor_send_sat: b.pendingArkoorSend,
  pending_offboard_sat: b.pendingOffboard,
  pending_exit_sat: b.pendingExit,
});

const stateJson = (coin: CoinRow) =>
  coin.state === 'locked'
    ? { type: 'locked', ...(coin.holder && { action_id: coin.holder }) }
    : { type: coin.state };

/** What a coin says by itself. */
export const vtxoFacts = (vtxo: Vtxo) => ({
  id: vtxoId(vtxo),
  amount_sat: vtxo.amount,
  policy_type: policyName(vtxo.policy),
  user_pubkey: toHex(vtxo.policy.userPubkey),
  server_pubkey: toHex(vtxo.serverPubkey),
  expiry_height: vtxo.expiryHeight,
  exit_delta: vtxo.exitDelta,
  chain_anchor: vtxoIdText(vtxo.anchor),
  exit_depth: exitDepth(vtxo),
});

export const vtxoJson = (coin: CoinRow, vtxo: Vtxo) => ({ ...vtxoFacts(vtxo), state: stateJson(coin) });

const UNITS: ReadonlyArray<[string, number]> = [
  ['day', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** Seconds as humantime writes them: `1h 30m`, `10s`, `2days`. */
export function duration(seconds: number): string {
  let rest = seconds;
  const parts = UNITS.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count}${unit}${unit === 'day' && count > 1 ? 's' : ''}`];
  });
  return parts.join(' ') || '0s';
}

const expiryTable = (table: FeeSchedule['refresh']['ppmExpiryTable']) =>
  table.map((e) => ({ expiry_blocks_threshold: e.expiryBlocksThreshold, ppm: e.ppm }));

const feesJson = (f: FeeSchedule) => ({
  board: { min_fee_sat: f.board.minFee, base_fee_sat: f.board.baseFee, ppm: f.board.ppm },
  offboard: {
    base_fee_sat: f.offboard.baseFee,
    fixed_additional_vb: f.offboard.fixedAdditionalVb,
    ppm_expiry_table: expiryTable(f.offboard.ppmExpiryTable),
  },
  refresh: { base_fee_sat: f.refresh.baseFee, ppm_expiry_table: expiryTable(f.refresh.ppmExpiryTable) },
  lightning_receive: { base_fee_sat: f.lightningReceive.baseFee, ppm: f.lightningReceive.ppm },
  lightning_send: {
    min_fee_sat: f.lightningSend.minFee,
    base_fee_sat: f.lightningSend.baseFee,
    ppm_expiry_table: expiryTable(f.lightningSend.ppmExpiryTable),
  },
});

export const arkInfoJson = (info: ArkInfo, offboardSatPerKvb: bigint) => ({
  network: networkName(info.network),
  server_pubkey: toHex(info.serverPubkey),
  mailbox_pubkey: toHex(info.mailboxPubkey),
  round_interval: duration(info.roundIntervalSecs),
  nb_round_nonces: info.nbRoundNonces,
  vtxo_exit_delta: info.vtxoExitDelta,
  vtxo_lifetime: info.vtxoLifetime,
  htlc_send_expiry_delta: info.htlcSendExpiryDelta,
  htlc_expiry_delta: info.htlcExpiryDelta,
  max_vtxo_amount: info.maxVtxoAmount ?? null,
  required_board_confirmations: info.requiredBoardConfirmations,
  max_user_invoice_cltv_delta: info.maxUserInvoiceCltvDelta,
  min_board_amount_sat: info.minBoardAmount,
  offboard_feerate_sat_per_kvb: offboardSatPerKvb,
  ln_receive_anti_dos_required: info.lnReceiveAntiDosRequired,
  fees: feesJson(info.fees),
  max_vtxo_exit_depth: info.maxVtxoExitDepth,
  tos_link: info.tosLink ?? null,
  max_offboard_inputs: info.maxOffboardInputs,
  vtxo_expiry_delta: info.vtxoLifetime,
});

/** Does it spend a fee anchor? Such an input has neither a script nor a witness. */
const isCpfp = (tx: Tx): boolean =>
  tx.inputs.some((i) => (i.witness?.length ?? 0) === 0 && (i.scriptSig?.length ?? 0) === 0);

export const onchainTxJson = (row: OnchainTxRow) => ({
  txid: row.txid,
  tx: toHex(row.raw),
  ...(row.fee !== undefined && { onchain_fee_sat: row.fee }),
  balance_change_sat: row.received - row.sent,
  confirmation: row.height === undefined ? null : { height: row.height, hash: row.blockHash },
  is_cpfp: isCpfp(parseTx(row.raw)),
});

/** `change`: indexes of the addresses that only we pay. */
export function onchainBalanceJson(utxos: readonly OnchainUtxoRow[], change: ReadonlySet<number>) {
  const sum = (keep: (utxo: OnchainUtxoRow) => boolean): bigint =>
    utxos.filter(keep).reduce((total, u) => total + u.value, 0n);
  const free = (u: OnchainUtxoRow) => u.holder === undefined;
  const confirmed = sum((u) => free(u) && u.height !== undefined);
  const trusted = sum((u) => free(u) && u.height === undefined && change.has(u.scriptIndex));
  const untrusted = sum((u) => free(u) && u.height === undefined && !change.has(u.scriptIndex));
  return {
    total_sat: confirmed + trusted + untrusted,
    trusted_spendable_sat: confirmed + trusted,
    immature_sat: 0,
    trusted_pending_sat: trusted,
    untrusted_pending_sat: untrusted,
    confirmed_sat: confirmed,
  };
}
