// blinded_payinfo (BOLT 12): what a blinded payment path costs as one hop; computed by the recipient, used by the payer.
// Rounding is LDK's and BOLT 4's: fees of the whole path UP, what a hop forwards DOWN.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import { msats } from '../../units.ts';
import type { Msats } from '../../units.ts';
import type { Form } from '../tlv.ts';
import { readMany, writeInt } from '../wire.ts';
import type { PaymentConstraints, PaymentRelay } from './recipient-data.ts';

export interface PayInfo {
  feeBaseMsat: number;
  feeProportionalMillionths: number;
  /** Blocks of all hops and the final one. */
  cltvExpiryDelta: number;
  htlcMinimum: Msats;
  htlcMaximum: Msats;
  /** Feature bits, big-endian. */
  features: Bytes;
}

/** Payinfos back to back, one for each path of an invoice. */
export const payInfos: Form<PayInfo[]> = {
  read: (value) =>
    readMany(value, (r) => ({
      feeBaseMsat: r.int(4),
      feeProportionalMillionths: r.int(4),
      cltvExpiryDelta: r.int(2),
      htlcMinimum: msats(r.u64()),
      htlcMaximum: msats(r.u64()),
      features: r.take(r.int(2)),
    })),
  write: (infos) =>
    concat(
      ...infos.flatMap((info) => [
        writeInt(info.feeBaseMsat, 4),
        writeInt(info.feeProportionalMillionths, 4),
        writeInt(info.cltvExpiryDelta, 2),
        writeInt(info.htlcMinimum, 8),
        writeInt(info.htlcMaximum, 8),
        writeInt(info.features.length, 2),
        info.features,
      ]),
    ),
};

/** A forwarding hop as the recipient sees it. */
export interface ForwardingHop {
  relay: PaymentRelay;
  constraints: PaymentConstraints;
  htlcMaximum: Msats;
}

export interface FinalHop {
  /** Blocks the recipient wants for the final HTLC. */
  minFinalCltv: number;
  htlcMinimum: Msats;
  htlcMaximum: Msats;
}

const MILLION = 1_000_000n;
const MAX_MONEY = 2_100_000_000_000_000_000n;
const unusable = (reason: string): SkiffError =>
  new SkiffError({ code: 'INVALID_ARGUMENT', say: 'No payment fits this path.', details: { reason } });

/** Fee of a hop or path for forwarding `amount`, proportional part rounded DOWN (BOLT 7). */
export const feeFor = (
  amount: bigint,
  fees: Pick<PaymentRelay, 'feeBaseMsat' | 'feeProportionalMillionths'>,
): bigint => (amount * BigInt(fees.feeProportionalMillionths)) / MILLION + BigInt(fees.feeBaseMsat);

/**
 * The most a hop may forward of an incoming amount while it keeps its whole fee, rounded DOWN; undefined when nothing
 * is left.
 */
export function amountToForward(
  incoming: bigint,
  relay: Pick<PaymentRelay, 'feeBaseMsat' | 'feeProportionalMillionths'>,
): Msats | undefined {
  const rest = incoming - BigInt(relay.feeBaseMsat);
  if (rest < 0n) return undefined;
  const floor = (rest * MILLION) / (MILLION + BigInt(relay.feeProportionalMillionths));
  const more = floor + 1n;
  const amount = incoming >= more + feeFor(more, relay) ? more : floor;
  return amount === 0n ? undefined : msats(amount);
}

/**
 * Folds the hops of a path (introduction node first) into one payinfo. @throws SkiffError INVALID_ARGUMENT when no
 * amount passes or a sum does not fit its field.
 */
export function aggregatePayInfo(hops: readonly ForwardingHop[], final: FinalHop): PayInfo {
  let base = 0n;
  let ppm = 0n;
  for (const { relay } of hops.toReversed()) {
    const hopPpm = BigInt(relay.feeProportionalMillionths);
    base = (base * (MILLION + hopPpm) + MILLION - 1n) / MILLION + BigInt(relay.feeBaseMsat);
    ppm = ((ppm + MILLION) * (hopPpm + MILLION) + MILLION - 1n) / MILLION - MILLION;
  }
  let minimum = 1n;
  let maximum = MAX_MONEY;
  for (const { relay, constraints, htlcMaximum } of hops) {
    minimum =
      amountToForward(constraints.htlcMinimum > minimum ? constraints.htlcMinimum : minimum, relay) ?? 1n;
    const most = amountToForward(htlcMaximum < maximum ? htlcMaximum : maximum, relay);
    if (most === undefined) throw unusable('maximum below the fee');
    maximum = most;
  }
  const cltv = hops.reduce((sum, hop) => sum + hop.relay.cltvExpiryDelta, final.minFinalCltv);
  minimum = final.htlcMinimum > minimum ? final.htlcMinimum : minimum;
  maximum = final.htlcMaximum < maximum ? final.htlcMaximum : maximum;
  if (maximum < minimum) throw unusable('maximum below the minimum');
  if (base > 0xffffffffn || ppm > 0xffffffffn || cltv > 0xffff) throw unusable('sums out of range');
  return {
    feeBaseMsat: Number(base),
    feeProportionalMillionths: Number(ppm),
    cltvExpiryDelta: cltv,
    htlcMinimum: msats(minimum),
    htlcMaximum: msats(maximum),
    features: new Uint8Array(),
  };
}
