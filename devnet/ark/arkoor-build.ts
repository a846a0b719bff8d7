// The transactions of one arkoor input, as the server derives them from a request (ark-encoding: arkoor). Written apart
// from the wallet's src/ark/arkoor.ts on purpose: a cosignature only verifies when two derivations agree on every byte.
import type { TxOut } from '../../src/ark/encode.ts';
import type { GenesisItem } from '../../src/ark/genesis.ts';
import { policyTaproot, policyTxOut } from '../../src/ark/policy-taproot.ts';
import type { UserPolicy } from '../../src/ark/policy.ts';
import { feeAnchor } from '../../src/ark/script.ts';
import { taprootSighash, txid, type Tx } from '../../src/ark/tx.ts';
import { vtxoTxOut, type Vtxo } from '../../src/ark/vtxo.ts';
import type { Curve } from '../../src/crypto/curve.ts';
import { sats, type Sats } from '../../src/units.ts';

export interface Destination {
  readonly amount: Sats;
  readonly policy: UserPolicy;
}

/** One transaction to cosign: what it is, what it spends, and the taproot tweak of the shared key. */
export interface Signable {
  readonly tx: Tx;
  /** Internal order. */
  readonly txid: Uint8Array;
  readonly sighash: Uint8Array;
  readonly tweak: Uint8Array;
}

export interface BuiltPart {
  /** In signing order: checkpoint, one for each output, fan-out of the isolated ones. */
  readonly signables: readonly Signable[];
  /** New coins in protocol order, not yet signed. */
  readonly vtxos: readonly Vtxo[];
}

const spend = (prevout: { txid: Uint8Array; vout: number }, outputs: readonly TxOut[]): Tx => ({
  version: 3,
  lockTime: 0,
  inputs: [{ prevout, sequence: 0 }],
  outputs: [...outputs, feeAnchor(sats(0n))],
});

/** With checkpoints, the only form that this server signs. Amounts were checked before. */
export function buildPart(
  curve: Curve,
  input: Vtxo,
  outputs: readonly Destination[],
  isolated: readonly Destination[],
): BuiltPart {
  const { userPubkey } = input.policy;
  const inputTweak = policyTaproot(curve, input.policy, input).tweak;
  const checkpoint = policyTaproot(curve, { type: 'checkpoint', userPubkey }, input);
  const txOut = ({ amount, policy }: Destination) => policyTxOut(curve, policy, amount, input);
  const signable = (tx: Tx, spent: TxOut, tweak: Uint8Array): Signable => ({
    tx,
    txid: txid(tx),
    sighash: taprootSighash(tx, 0, [spent]),
    tweak,
  });

  const shared = isolated.length > 0 ? [sats(isolated.reduce((sum, out) => sum + out.amount, 0n))] : [];
  const stops = [...outputs.map((out) => out.amount), ...shared].map((value) => ({
    value,
    script: checkpoint.script,
  }));
  const first = signable(spend(input.point, stops), vtxoTxOut(curve, input), inputTweak);
  const onwards = (vout: number, outs: readonly TxOut[]) =>
    signable(spend({ txid: first.txid, vout }, outs), stops[vout] as TxOut, checkpoint.tweak);
  const payments = outputs.map((out, i) => onwards(i, [txOut(out)]));
  const fanOut = shared.length > 0 ? [onwards(outputs.length, isolated.map(txOut))] : [];

  const item = (tweak: Uint8Array, outputIdx: number, all: readonly TxOut[]): GenesisItem => ({
    transition: { type: 'arkoor', clientCosigners: [userPubkey], tapTweak: tweak },
    outputIdx,
    otherOutputs: all.filter((_, i) => i !== outputIdx),
    feeAmount: sats(0n),
  });
  const coin = (
    to: Destination,
    stop: number,
    last: Signable,
    vout: number,
    siblings: readonly TxOut[],
  ): Vtxo => ({
    ...input,
    amount: to.amount,
    policy: to.policy,
    genesis: [...input.genesis, item(inputTweak, stop, stops), item(checkpoint.tweak, vout, siblings)],
    point: { txid: last.txid, vout },
  });
  const vtxos = [
    ...outputs.map((to, i) => coin(to, i, payments[i] as Signable, 0, [txOut(to)])),
    ...isolated.map((to, j) => coin(to, outputs.length, fanOut[0] as Signable, j, isolated.map(txOut))),
  ];
  return { signables: [first, ...payments, ...fanOut], vtxos };
}
