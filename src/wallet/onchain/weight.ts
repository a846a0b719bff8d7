// What our transactions weigh: inputs are BIP 86 key-path spends with a 64-byte signature.
import { feeForWeight, feeRateFromSatPerVb } from '../../bitcoin/fee-rate.ts';
import type { Sats } from '../../units.ts';

/** Version, locktime, two counts of one byte, and the two bytes of the segwit form. */
const BASE = 42;
/** A key-path input: 41 bytes outside of the witness, 66 in it. */
const INPUT = 230;
/** More than this many inputs or outputs take two more bytes to count. */
const SHORT_COUNT = 252;

const outputWeight = (script: Uint8Array): number => 4 * (8 + (script.length < 253 ? 1 : 3) + script.length);

/** Any P2TR script, for sizes. */
export const TAPROOT_OUTPUT = new Uint8Array(34);

/** Weight of a signed transaction with so many of our inputs, paying these scripts. */
export const weightOf = (inputs: number, scripts: readonly Uint8Array[]): number =>
  BASE +
  inputs * INPUT +
  scripts.reduce((sum, script) => sum + outputWeight(script), 0) +
  (inputs > SHORT_COUNT ? 8 : 0) +
  (scripts.length > SHORT_COUNT ? 8 : 0);

/** Nodes count in whole vbytes, rounded UP. */
export const wholeVbytes = (weight: number): number => 4 * Math.ceil(weight / 4);

/** The miner's fee at `rate` sat/vB (at least 1), rounded UP. */
export const feeAt = (rate: number, weight: number): Sats =>
  feeForWeight(feeRateFromSatPerVb(Math.max(1, rate)), wholeVbytes(weight));

/** Miner's fee in satoshi of a transaction with so many of our inputs and taproot outputs, at `rate` sat/vB. */
export const minerFee = (inputs: number, outputs: number, rate: number): Sats =>
  feeAt(rate, weightOf(inputs, Array<Uint8Array>(outputs).fill(TAPROOT_OUTPUT)));
