// What a node relays beyond consensus, as Bitcoin Core 29 decides: standard outputs, dust (ephemeral dust in packages),
// TRUC (BIP 431: version 3), chain length, minimum fee.
import { MIN_FEE_RATE } from './fees.ts';
import { Rejected } from './rejected.ts';
import { dustLimit, scriptKind } from './script/kind.ts';
import { ancestors, descendants, poolParents, type Known, type State } from './state.ts';
import { isCoinbase, type ChainTx } from './tx.ts';

const MAX_WEIGHT = 400_000;
const MIN_STRIPPED = 65;
const MAX_SCRIPT_SIG = 1650;
const MAX_DATA = 83;
const MAX_CHAIN = 25;
const TRUC = 3;
const TRUC_MAX = 10_000;
const TRUC_CHILD_MAX = 1_000;

/** Outputs (by index) that are worth less than spending them costs. */
const dustOutputs = (tx: ChainTx): number[] =>
  tx.outputs.flatMap(({ value, script }, vout) => (value < dustLimit(script) ? [vout] : []));

/** Rules on the transaction alone. @throws Rejected */
export function checkStandard(tx: ChainTx): void {
  if (isCoinbase(tx)) throw new Rejected('coinbase');
  if (tx.version < 1 || tx.version > TRUC) throw new Rejected('version');
  if (tx.weight > MAX_WEIGHT) throw new Rejected('tx-size');
  if (tx.stripped.length < MIN_STRIPPED) throw new Rejected('tx-size-small');
  if (tx.inputs.some(({ scriptSig }) => scriptSig.length > MAX_SCRIPT_SIG))
    throw new Rejected('scriptsig-size');
  const data = tx.outputs.filter(({ script }) => script[0] === 0x6a);
  if (tx.outputs.some(({ script }) => scriptKind(script) === 'unknown')) throw new Rejected('scriptpubkey');
  if (data.some(({ script }) => script.length > MAX_DATA)) throw new Rejected('scriptpubkey');
  if (data.length > 1) throw new Rejected('multi-op-return');
  if (dustOutputs(tx).length > 1) throw new Rejected('dust');
}

/** Dust is tolerated only where the transaction itself has no reason to be mined. @throws Rejected */
export function checkEphemeral(tx: ChainTx, fee: bigint): void {
  if (fee > 0n && dustOutputs(tx).length > 0) throw new Rejected('dust, tx with dust output must be 0-fee');
}

/** Who spends from an unconfirmed parent with dust spends the dust. @throws Rejected */
export function checkSpendsDust(tx: ChainTx, parents: readonly ChainTx[]): void {
  for (const parent of parents) {
    const spent = new Set(tx.inputs.filter(({ txid }) => txid === parent.txid).map(({ vout }) => vout));
    if (dustOutputs(parent).some((vout) => !spent.has(vout)))
      throw new Rejected(`missing-ephemeral-spends, tx ${tx.txid} did not spend parent's ephemeral dust`);
  }
}

/** @throws Rejected when the fee is below the minimum for this size */
export function checkFee(fee: bigint, vsize: number): void {
  const least = BigInt(vsize) * MIN_FEE_RATE;
  if (fee < least) throw new Rejected(`min relay fee not met, ${fee} < ${least}`);
}

const violation = (what: string) => new Rejected(`TRUC-violation, ${what}`);

/**
 * Chain length and BIP 431.
 * @param pending parents that come in the same package
 * @param replaced mempool transactions that this one throws out
 * @returns the sibling that has to give way (BIP 431's sibling eviction), if there is one
 * @throws Rejected
 */
export function checkTopology(
  state: State,
  tx: ChainTx,
  pending: readonly ChainTx[],
  replaced: ReadonlyMap<string, Known>,
): Known | undefined {
  const parents = [...poolParents(state, tx).map((known) => known.tx), ...pending];
  const above = ancestors(state, tx).size + pending.length;
  const crowded = poolParents(state, tx).some(
    (parent) => descendants(state, parent.tx).size + 2 > MAX_CHAIN && tx.version !== TRUC,
  );
  if (above + 1 > MAX_CHAIN || crowded) throw new Rejected('too-long-mempool-chain');
  for (const parent of parents) {
    if (tx.version !== TRUC && parent.version === TRUC)
      throw violation(`non-version=3 tx ${tx.txid} cannot spend from version=3 tx ${parent.txid}`);
    if (tx.version === TRUC && parent.version !== TRUC)
      throw violation(`version=3 tx ${tx.txid} cannot spend from non-version=3 tx ${parent.txid}`);
  }
  if (tx.version !== TRUC) return undefined;
  if (tx.vsize > TRUC_MAX)
    throw violation(`version=3 tx ${tx.txid} is too big: ${tx.vsize} > ${TRUC_MAX} vB`);
  if (above > 1) throw violation(`tx ${tx.txid} would have too many ancestors`);
  if (above === 1 && tx.vsize > TRUC_CHILD_MAX)
    throw violation(`version=3 child tx ${tx.txid} is too big: ${tx.vsize} > ${TRUC_CHILD_MAX} vB`);
  const [parent] = poolParents(state, tx);
  if (!parent) return undefined;
  const siblings = [...descendants(state, parent.tx).values()].filter(
    (one) => one.tx.txid !== tx.txid && !replaced.has(one.tx.txid),
  );
  return siblings[0];
}
