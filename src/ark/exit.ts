// Leaving alone (ark-lib vtxo/mod.rs transactions(), bark-bitcoin-ext cpfp.rs and fee.rs): the transactions that bring a
// coin onto the chain, each of which pays no fee and is pulled in by a child that spends its anchor. Nodes relay the two
// as a package, one unconfirmed parent at a time, so they are broadcast in order, each after the one before confirmed.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import type { OutPoint, TxOut } from './encode.ts';
import { exitTransactions } from './exit-chain.ts';
import { txWeight, type Tx } from './tx.ts';
import type { Vtxo } from './vtxo.ts';

/** One transaction of an exit, as it is broadcast. */
export interface ExitTx {
  readonly tx: Tx;
  /** Internal order. */
  readonly txid: Bytes;
  readonly weight: number;
  /** Output that leads on to the coin. */
  readonly outputIdx: number;
  /** The output for the fee, always the last. */
  readonly anchor: { readonly point: OutPoint; readonly value: Sats };
  /** Does it have its witness? */
  readonly signed: boolean;
}

/** The transactions of a coin's exit in order of broadcast. @throws SkiffError INVALID_VTXO when amounts overflow */
export const exitChain = (curve: Curve, vtxo: Vtxo): ExitTx[] =>
  exitTransactions(curve, vtxo).map(({ tx, txid, item }) => {
    const vout = tx.outputs.length - 1;
    return {
      tx,
      txid,
      weight: txWeight(tx),
      outputIdx: item.outputIdx,
      anchor: { point: { txid, vout }, value: (tx.outputs[vout] as TxOut).value },
      signed: tx.inputs.every((input) => (input.witness?.length ?? 0) > 0),
    };
  });

/** Weight of a usual child: the anchor, one taproot key-path input, one taproot output. For estimates. */
export const CPFP_CHILD_WEIGHT = 609;

/** Rates are satoshi per 1000 weight units; rounded UP as weight times rate. */
const feeOf = (weight: number, satPerKwu: bigint): bigint => (BigInt(weight) * satPerKwu + 999n) / 1000n;
/** 1 sat/vB, what nodes ask for relaying a replacement. */
const RELAY_RATE = 250n;

/**
 * What a child must pay for itself and its parent, which pays nothing.
 * @param satPerKwu rate of the package as a whole
 * @param replaced fee of the package in the mempool that this one replaces (BIP-125: paid again, and 1 sat/vB on top)
 */
export function packageFee(
  satPerKwu: bigint,
  parentWeight: number,
  childWeight: number,
  replaced?: Sats,
): Sats {
  const fee = feeOf(parentWeight + childWeight, satPerKwu);
  if (replaced === undefined) return sats(fee);
  const least = replaced + feeOf(parentWeight, RELAY_RATE) + feeOf(childWeight, RELAY_RATE);
  return sats(fee > least ? fee : least);
}

/**
 * The child that pays for an exit transaction, unsigned: its anchor and the wallet's CONFIRMED outputs in, change out.
 * Input 0 is the anchor, which everyone may spend with an empty witness.
 * @throws SkiffError INVALID_ARGUMENT without an input that pays
 */
export function cpfpChild(
  parent: Pick<ExitTx, 'anchor'>,
  funding: readonly OutPoint[],
  change: TxOut,
  sequence = 0xffff_fffd,
): Tx {
  if (funding.length === 0)
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'An exit transaction needs an output to pay its fee from.',
    });
  return {
    version: 3,
    lockTime: 0,
    inputs: [parent.anchor.point, ...funding].map((prevout) => ({ prevout, sequence })),
    outputs: [change],
  };
}
