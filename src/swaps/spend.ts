// Transactions that spend one locked output: what both kinds of swap have in common. Version 2, one input, one output;
// replaceable, so that its fee can be raised.
import { txWeight, type Tx } from '../ark/tx.ts';
import type { OutPoint, TxOut } from '../ark/encode.ts';
import { dustLimit } from '../bitcoin/dust.ts';
import { feeForWeight, feeRateFromSatPerVb } from '../bitcoin/fee-rate.ts';
import type { Bytes } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';

/** May be replaced (BIP 125); a lock time counts. */
const REPLACEABLE = 0xffff_fffd;

/** The output that a swap is about. */
export interface LockedOutput extends TxOut {
  readonly point: OutPoint;
}

export interface SpendPlan {
  readonly locked: LockedOutput;
  /** Where the money goes: scriptPubKey. */
  readonly to: Bytes;
  readonly fee: Sats;
  /** 0 where none is asked for. */
  readonly lockTime?: number;
  readonly sequence?: number;
}

/** Without its witness. @throws SkiffError DUST when what is left would not relay */
export function spendTx({ locked, to, fee, lockTime = 0, sequence = REPLACEABLE }: SpendPlan): Tx {
  const left = locked.value - fee;
  if (left < dustLimit(to))
    throw new SkiffError({
      code: 'DUST',
      say: 'The fee of the Bitcoin network would eat up what the swap locked.',
      details: { value: locked.value, fee },
    });
  return {
    version: 2,
    lockTime,
    inputs: [{ prevout: locked.point, sequence }],
    outputs: [{ value: sats(left), script: to }],
  };
}

/** The same with this witness. */
export const withWitness = (tx: Tx, witness: readonly Bytes[]): Tx => ({
  ...tx,
  inputs: tx.inputs.map((input) => ({ ...input, witness })),
});

/** Fee at `rate` sat/vB (at least 1), rounded UP, of a spend to `to` whose witness items have these lengths. */
export function spendFee(rate: number, to: Bytes, witnessLengths: readonly number[]): Sats {
  const shape = withWitness(
    {
      version: 2,
      lockTime: 0,
      inputs: [{ prevout: { txid: new Uint8Array(32), vout: 0 }, sequence: 0 }],
      outputs: [{ value: sats(0), script: to }],
    },
    witnessLengths.map((length) => new Uint8Array(length)),
  );
  const vbytes = Math.ceil(txWeight(shape) / 4);
  return feeForWeight(feeRateFromSatPerVb(Math.max(1, rate)), 4 * vbytes);
}
