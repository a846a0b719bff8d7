// One input of an arkoor package (ark-lib arkoor/mod.rs): its zero-fee transactions in signing order, their digests and
// tweaks, and the VTXOs at their ends. With a checkpoint the input pays one output for each recipient to "user and
// server, or server after expiry", from which a transaction of its own leads to the recipient; nobody can then force the
// server to put a whole branch on the chain by spending one coin twice.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { sats } from '../units.ts';
import type { ArkoorOutput } from './arkoor-allocation.ts';
import { checkPartAmounts } from './dust-isolation.ts';
import type { OutPoint, TxOut } from './encode.ts';
import type { GenesisItem } from './genesis.ts';
import { policyTaproot, policyTxOut } from './policy-taproot.ts';
import type { VtxoPolicy } from './policy.ts';
import { feeAnchor } from './script.ts';
import { taprootSighash, txid, type Tx } from './tx.ts';
import { vtxoTxOut, type Vtxo } from './vtxo.ts';

/** A transaction that user and server sign together. */
export interface ArkoorTx {
  readonly role: 'checkpoint' | 'arkoor' | 'isolation-fanout';
  readonly tx: Tx;
  /** Internal order. */
  readonly txid: Bytes;
  readonly spent: TxOut;
  /** Taproot tweak of the shared key that signs. */
  readonly tweak: Bytes;
  /** BIP-341 key-path digest of the only input. */
  readonly sighash: Bytes;
}

export interface ArkoorPart {
  readonly input: Vtxo;
  readonly outputs: readonly ArkoorOutput[];
  readonly isolated: readonly ArkoorOutput[];
  readonly useCheckpoint: boolean;
  /** In signing order: checkpoint, one for each output, fan-out; without checkpoint: the one arkoor tx, fan-out. */
  readonly transactions: readonly ArkoorTx[];
}

/** One transaction on the way from the input to a VTXO: which of the part's, and which output of it. */
export interface ArkoorStep {
  readonly transaction: number;
  readonly vout: number;
}

const NO_FEE = sats(0n);

const zeroFeeTx = (prevout: OutPoint, outputs: readonly TxOut[]): Tx => ({
  version: 3,
  lockTime: 0,
  inputs: [{ prevout, sequence: 0 }],
  outputs: [...outputs, feeAnchor(NO_FEE)],
});

/**
 * Builds a part. The same arguments always give the same transactions.
 * @throws SkiffError DUST or INVALID_ARGUMENT when the amounts break a rule (see checkPartAmounts)
 */
export function buildArkoorPart(
  curve: Curve,
  input: Vtxo,
  { outputs, isolated }: { outputs: readonly ArkoorOutput[]; isolated: readonly ArkoorOutput[] },
  useCheckpoint = true,
): ArkoorPart {
  checkPartAmounts(input.amount, outputs, isolated);
  const { userPubkey } = input.policy;
  const inputTweak = policyTaproot(curve, input.policy, input).tweak;
  const checkpoint = policyTaproot(curve, { type: 'checkpoint', userPubkey }, input);
  const halt = (amount: bigint): TxOut => ({ value: sats(amount), script: checkpoint.script });
  const final = (o: ArkoorOutput): TxOut => policyTxOut(curve, o.policy, o.amount, input);
  const shared = isolated.length > 0 ? [halt(isolated.reduce((s, o) => s + o.amount, 0n))] : [];

  const step = (role: ArkoorTx['role'], tx: Tx, spent: TxOut, tweak: Bytes): ArkoorTx => ({
    role,
    tx,
    txid: txid(tx),
    spent,
    tweak,
    sighash: taprootSighash(tx, 0, [spent]),
  });
  const stops = outputs.map((o) => (useCheckpoint ? halt(o.amount) : final(o)));
  const first = step(
    useCheckpoint ? 'checkpoint' : 'arkoor',
    zeroFeeTx(input.point, [...stops, ...shared]),
    vtxoTxOut(curve, input),
    inputTweak,
  );
  const onwards = (role: ArkoorTx['role'], vout: number, outs: readonly TxOut[]): ArkoorTx =>
    step(
      role,
      zeroFeeTx({ txid: first.txid, vout }, outs),
      first.tx.outputs[vout] as TxOut,
      checkpoint.tweak,
    );
  return {
    input,
    outputs,
    isolated,
    useCheckpoint,
    transactions: [
      first,
      ...(useCheckpoint ? outputs.map((o, i) => onwards('arkoor', i, [final(o)])) : []),
      ...(shared.length > 0 ? [onwards('isolation-fanout', outputs.length, isolated.map(final))] : []),
    ],
  };
}

function genesisItem(part: ArkoorPart, { transaction, vout }: ArkoorStep, signature?: Bytes): GenesisItem {
  const { tx, tweak } = part.transactions[transaction] as ArkoorTx;
  return {
    transition: {
      type: 'arkoor',
      clientCosigners: [part.input.policy.userPubkey],
      tapTweak: tweak,
      signature,
    },
    outputIdx: vout,
    otherOutputs: tx.outputs.slice(0, -1).filter((_, i) => i !== vout),
    feeAmount: NO_FEE,
  };
}

/** The VTXO at the end of a path through the part's transactions. @param signatures by transaction; absent: unsigned */
export function vtxoAt<P extends VtxoPolicy>(
  part: ArkoorPart,
  path: readonly ArkoorStep[],
  { amount, policy }: { amount: ArkoorOutput['amount']; policy: P },
  signatures?: readonly Bytes[],
): Vtxo<P> {
  const last = path.at(-1) as ArkoorStep;
  const { expiryHeight, serverPubkey, exitDelta, anchor, genesis } = part.input;
  return {
    amount,
    expiryHeight,
    serverPubkey,
    exitDelta,
    anchor,
    genesis: [...genesis, ...path.map((s) => genesisItem(part, s, signatures?.[s.transaction]))],
    policy,
    point: { txid: (part.transactions[last.transaction] as ArkoorTx).txid, vout: last.vout },
  };
}

/** The part's new VTXOs: normal outputs, then isolated ones. @param signatures by transaction; absent: unsigned */
export function partVtxos(part: ArkoorPart, signatures?: readonly Bytes[]): Vtxo[] {
  const { outputs, isolated, useCheckpoint, transactions } = part;
  const toOutput = (i: number): ArkoorStep[] =>
    useCheckpoint
      ? [
          { transaction: 0, vout: i },
          { transaction: 1 + i, vout: 0 },
        ]
      : [{ transaction: 0, vout: i }];
  const toIsolated = (j: number): ArkoorStep[] => [
    { transaction: 0, vout: outputs.length },
    { transaction: transactions.length - 1, vout: j },
  ];
  return [
    ...outputs.map((o, i) => vtxoAt(part, toOutput(i), o, signatures)),
    ...isolated.map((o, j) => vtxoAt(part, toIsolated(j), o, signatures)),
  ];
}
