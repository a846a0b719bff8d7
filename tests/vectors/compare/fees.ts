// The fee schedule: flat fees, fees by remaining life, weight part, subtraction, table order, JSON names of the schedule.
import {
  blocksToExpiry,
  boardFee,
  expiryTableFee,
  lightningReceiveFee,
  lightningSendFee,
  offboardFee,
  offboardWeightFee,
  refreshFee,
  subtractFee,
  subtractFeeAboveDust,
  unsortedEntry,
} from '../../../src/ark/fees.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import type { Check } from '../check.ts';

type Num = number | string;
interface Entry {
  expiry_blocks_threshold: number;
  ppm: Num;
}
interface Data {
  flat: {
    min_fee_sat: Num;
    base_fee_sat: Num;
    ppm: Num;
    cases: { amount: Num; board_fee: Num | null; lightning_receive_fee: Num | null }[];
  }[];
  expiry: {
    ppm_expiry_table: Entry[];
    vtxos: { amount: Num; expiry_blocks: number }[];
    amount: Num;
    base_fee_sat: Num;
    min_fee_sat: Num;
    fixed_additional_vb: Num;
    fee_rate_sat_per_kwu: Num;
    destination_script_len: number;
    ppm_fee_on_amount: Num | null;
    ppm_fee_on_all: Num | null;
    offboard_fee: Num | null;
    refresh_fee: Num | null;
    refresh_fee_no_base: Num | null;
    lightning_send_fee: Num | null;
  }[];
  offboard_weight_only: {
    fixed_additional_vb: Num;
    script_len: number;
    fee_rate_sat_per_kwu: Num;
    fee: Num | null;
  }[];
  subtract: { amount: Num; fee: Num; subtract: Num | null; subtract_min_dust_330: Num | null }[];
  schedule_validation: { table: Entry[]; error: string | null }[];
  fee_info: { expiry_height: number; tip: number; expiry_blocks: number }[];
  default_schedule_json: Record<string, Record<string, unknown>>;
}

const big = (v: Num) => BigInt(v);
const amount = (v: Num) => sats(big(v));
const table = (entries: Entry[]) =>
  entries.map((e) => ({ expiryBlocksThreshold: e.expiry_blocks_threshold, ppm: big(e.ppm) }));

/** The value, or null where the schedule has no answer because it would overflow. */
const orNone = (compute: () => bigint): bigint | null => {
  try {
    return compute();
  } catch (e) {
    if (isSkiffError(e, 'AMOUNT_OUT_OF_RANGE')) return null;
    throw e;
  }
};

export function compare(data: Data, check: Check): void {
  for (const [i, f] of data.flat.entries()) {
    const fees = { minFee: amount(f.min_fee_sat), baseFee: amount(f.base_fee_sat), ppm: big(f.ppm) };
    for (const c of f.cases) {
      const label = `flat ${i} of ${c.amount}`;
      check(
        orNone(() => boardFee(fees, amount(c.amount))),
        c.board_fee,
        `${label} board`,
      );
      check(
        orNone(() => lightningReceiveFee(fees, amount(c.amount))),
        c.lightning_receive_fee,
        `${label} receive`,
      );
    }
  }
  for (const [i, e] of data.expiry.entries()) {
    const ppmExpiryTable = table(e.ppm_expiry_table);
    const inputs = e.vtxos.map((v) => ({ amount: amount(v.amount), blocksToExpiry: v.expiry_blocks }));
    const sent = amount(e.amount);
    const baseFee = amount(e.base_fee_sat);
    const offboard = { baseFee, fixedAdditionalVb: big(e.fixed_additional_vb), ppmExpiryTable };
    const send = { baseFee, minFee: amount(e.min_fee_sat), ppmExpiryTable };
    const to = { scriptLength: e.destination_script_len, feeRateKwu: big(e.fee_rate_sat_per_kwu) };
    const none = { baseFee: sats(0), ppmExpiryTable };
    check(
      orNone(() => expiryTableFee(ppmExpiryTable, inputs, sent)),
      e.ppm_fee_on_amount,
      `expiry ${i} on amount`,
    );
    check(
      orNone(() => expiryTableFee(ppmExpiryTable, inputs)),
      e.ppm_fee_on_all,
      `expiry ${i} on all`,
    );
    check(
      orNone(() => offboardFee(offboard, sent, inputs, to)),
      e.offboard_fee,
      `expiry ${i} offboard`,
    );
    check(
      orNone(() => refreshFee(offboard, inputs)),
      e.refresh_fee,
      `expiry ${i} refresh`,
    );
    check(
      orNone(() => refreshFee(none, inputs)),
      e.refresh_fee_no_base,
      `expiry ${i} refresh without base`,
    );
    check(
      orNone(() => lightningSendFee(send, sent, inputs)),
      e.lightning_send_fee,
      `expiry ${i} lightning send`,
    );
    const reversed = orNone(() => expiryTableFee(ppmExpiryTable, [...inputs].reverse(), sent));
    check(reversed, e.ppm_fee_on_amount, `expiry ${i} in another order`);
  }
  for (const w of data.offboard_weight_only) {
    const fees = { baseFee: sats(0), fixedAdditionalVb: big(w.fixed_additional_vb), ppmExpiryTable: [] };
    const fee = orNone(() => offboardWeightFee(fees, w.script_len, big(w.fee_rate_sat_per_kwu)));
    check(fee, w.fee, `offboard weight ${w.fixed_additional_vb} at ${w.fee_rate_sat_per_kwu}`);
  }
  for (const s of data.subtract) {
    const label = `${s.amount} − ${s.fee}`;
    check(subtractFee(amount(s.amount), amount(s.fee)), s.subtract, label);
    check(
      subtractFeeAboveDust(amount(s.amount), amount(s.fee)),
      s.subtract_min_dust_330,
      `${label} above dust`,
    );
  }
  for (const [i, s] of data.schedule_validation.entries()) {
    const found = unsortedEntry(table(s.table));
    const said = s.error === null ? undefined : s.error.includes('fee curve') ? 'ppm' : 'threshold';
    check(found?.column, said, `table ${i}`);
  }
  for (const f of data.fee_info)
    check(blocksToExpiry(f.expiry_height, f.tip), f.expiry_blocks, `${f.expiry_height} at ${f.tip}`);
  const defaults = {
    board: { min_fee_sat: 0, base_fee_sat: 0, ppm: 0 },
    offboard: {
      base_fee_sat: 0,
      fixed_additional_vb: 0,
      ppm_expiry_table: [{ expiry_blocks_threshold: 0, ppm: 0 }],
    },
    refresh: { base_fee_sat: 0, ppm_expiry_table: [{ expiry_blocks_threshold: 0, ppm: 0 }] },
    lightning_receive: { base_fee_sat: 0, ppm: 0 },
    lightning_send: {
      min_fee_sat: 0,
      base_fee_sat: 0,
      ppm_expiry_table: [{ expiry_blocks_threshold: 0, ppm: 0 }],
    },
  };
  check(defaults, data.default_schedule_json, 'names of the schedule in JSON');
}
