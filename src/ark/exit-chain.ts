// The transactions between the chain and a VTXO, rebuilt from its genesis (ark-lib vtxo/genesis.rs, vtxo/mod.rs).
// Every one is version 3, locktime 0, spends one output with sequence 0 and ends with the P2A fee anchor.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import { clauseScript, clauseWitness, type Clause } from './clause.ts';
import type { OutPoint, TxOut } from './encode.ts';
import { unlockHashOf, type GenesisItem, type HashLockedTransition, type Transition } from './genesis.ts';
import type { PolicyContext } from './policy-taproot.ts';
import type { VtxoPolicy } from './policy.ts';
import { feeAnchor, p2trScript } from './script.ts';
import {
  controlBlock,
  cosignTaproot,
  harkLeafTaproot,
  tapLeafHash,
  unlockClause,
  type Taproot,
} from './taproot.ts';
import { txid, type Tx } from './tx.ts';
import { vtxoTxOut, type Vtxo } from './vtxo.ts';

/** One transaction of the chain. */
export interface ExitStep {
  readonly index: number;
  readonly item: GenesisItem;
  readonly tx: Tx;
  /** Internal order. */
  readonly txid: Bytes;
  /** The output that the transaction spends, as the genesis describes it. */
  readonly spent: TxOut;
  /** x-only key that its signature must verify under. */
  readonly signer: Bytes;
  /** Leaf of a script-path spend; undefined for the key path. */
  readonly leafHash: Bytes | undefined;
}

/** What a transition spends. */
interface TransitionInput {
  readonly script: Bytes;
  readonly signer: Bytes;
  readonly leafHash?: Bytes;
  readonly witness: readonly Bytes[];
}

const U64_MAX = (1n << 64n) - 1n;

const amountError = () =>
  new SkiffError({
    code: 'INVALID_VTXO',
    say: 'This coin is not valid and was not accepted.',
    details: { reason: 'amount-overflow' },
  });

const sum = (values: Iterable<bigint>): Sats => {
  let total = 0n;
  for (const value of values) total += value;
  if (total > U64_MAX) throw amountError();
  return sats(total);
};

/** Siblings and fee anchor of an item. */
const besides = (item: GenesisItem): Sats =>
  sum([item.feeAmount, ...item.otherOutputs.map((out) => out.value)]);

/** Value that the anchor output must have. @throws SkiffError INVALID_VTXO when it is no u64. */
const anchorAmount = (vtxo: Pick<Vtxo, 'amount' | 'genesis'>): Sats =>
  sum([vtxo.amount, ...vtxo.genesis.map(besides)]);

function hashLockedInput(curve: Curve, t: HashLockedTransition, vtxo: PolicyContext): TransitionInput {
  const unlockHash = unlockHashOf(t);
  const taproot: Taproot = harkLeafTaproot(curve, { ...t, ...vtxo, unlockHash });
  const { point } = curve.aggregateKeys([t.userPubkey, vtxo.serverPubkey]);
  const clause: Clause = unlockClause(point, unlockHash, t.version);
  const script = clauseScript(clause);
  const witness =
    t.signature && 'preimage' in t.unlock
      ? clauseWitness(clause, controlBlock(taproot, script), t.signature, t.unlock.preimage)
      : [];
  return { script: taproot.script, signer: taproot.internal, leafHash: tapLeafHash(script), witness };
}

function transitionInput(curve: Curve, t: Transition, vtxo: PolicyContext): TransitionInput {
  if (t.type === 'hash-locked-cosigned') return hashLockedInput(curve, t, vtxo);
  const witness = t.signature ? [t.signature] : [];
  if (t.type === 'cosigned') {
    const { script, outputKey } = cosignTaproot(curve, t.pubkeys, vtxo.serverPubkey, vtxo.expiryHeight);
    return { script, signer: outputKey, witness };
  }
  const { xonly } = curve.aggregateKeys([...t.clientCosigners, vtxo.serverPubkey]);
  const outputKey = curve.tweakXOnly(xonly, t.tapTweak).xonly;
  return { script: p2trScript(outputKey), signer: outputKey, witness };
}

/** The output that a transition spends, of the given value. */
const transitionTxOut = (curve: Curve, t: Transition, value: Sats, vtxo: PolicyContext): TxOut => ({
  value,
  script: transitionInput(curve, t, vtxo).script,
});

/** The output on the chain that the VTXO hangs off. @throws SkiffError INVALID_VTXO when amounts overflow. */
export function anchorTxOut(curve: Curve, vtxo: Vtxo<VtxoPolicy>): TxOut {
  const first = vtxo.genesis[0];
  return first ? transitionTxOut(curve, first.transition, anchorAmount(vtxo), vtxo) : vtxoTxOut(curve, vtxo);
}

function buildTx(item: GenesisItem, prevout: OutPoint, own: TxOut, witness: readonly Bytes[]): Tx {
  const outputs = [
    ...item.otherOutputs.slice(0, item.outputIdx),
    own,
    ...item.otherOutputs.slice(item.outputIdx),
    feeAnchor(item.feeAmount),
  ];
  return { version: 3, lockTime: 0, inputs: [{ prevout, sequence: 0, witness }], outputs };
}

/**
 * The transactions from the anchor to the VTXO, in order, built one by one as they are asked for.
 * @param anchor where the first one spends from; the VTXO's own claim when left out
 * @throws SkiffError INVALID_VTXO when amounts overflow
 */
export function* exitSteps(
  curve: Curve,
  vtxo: Vtxo<VtxoPolicy>,
  anchor = vtxo.anchor,
): Generator<ExitStep, OutPoint> {
  const { genesis } = vtxo;
  let value = anchorAmount(vtxo);
  let prevout = anchor;
  let input = genesis[0] && transitionInput(curve, genesis[0].transition, vtxo);
  for (const [index, item] of genesis.entries()) {
    const { script, signer, leafHash, witness } = input as TransitionInput;
    const spent = { value, script };
    value = sats(value - besides(item));
    const next = genesis[index + 1];
    input = next && transitionInput(curve, next.transition, vtxo);
    const own = input ? { value, script: input.script } : vtxoTxOut(curve, vtxo);
    const tx = buildTx(item, prevout, own, witness);
    const id = txid(tx);
    prevout = { txid: id, vout: item.outputIdx };
    yield { index, item, tx, txid: id, spent, signer, leafHash };
  }
  return prevout;
}

/** All transactions of the unilateral exit, with the witnesses the genesis holds. */
export const exitTransactions = (curve: Curve, vtxo: Vtxo<VtxoPolicy>): ExitStep[] => [
  ...exitSteps(curve, vtxo),
];

/** Outputs of every exit transaction but the last: a superset of the VTXOs that were spent on the way. */
export const ancestorPoints = (curve: Curve, vtxo: Vtxo<VtxoPolicy>): OutPoint[] =>
  exitTransactions(curve, vtxo)
    .slice(0, -1)
    .map((step) => ({ txid: step.txid, vout: step.item.outputIdx }));
