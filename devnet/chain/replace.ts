// Replacing mempool transactions by ones that pay more (BIP 125 without its opt-in, as nodes do it today).
import { MIN_FEE_RATE } from './fees.ts';
import { Rejected } from './rejected.ts';
import { ancestors, descendants, poolParents, type Known, type State } from './state.ts';
import type { ChainTx } from './tx.ts';

const MAX_EVICTED = 100;

/** Direct conflicts and everything that depends on them. */
function evictedBy(state: State, conflicts: Iterable<Known>): Map<string, Known> {
  const all = new Map<string, Known>();
  for (const conflict of conflicts) {
    all.set(conflict.tx.txid, conflict);
    for (const [txid, known] of descendants(state, conflict.tx)) all.set(txid, known);
  }
  return all;
}

const sum = (known: Iterable<Known>) => [...known].reduce((total, { fee }) => total + fee, 0n);

/** The group pays for all that it evicts and for its own relay. @throws Rejected */
function checkPays(
  txid: string,
  fee: bigint,
  vsize: number,
  evicted: ReadonlyMap<string, Known>,
  prefix: string,
): void {
  const before = sum(evicted.values());
  if (fee < before)
    throw new Rejected(
      `${prefix}, rejecting replacement ${txid}, less fees than conflicting txs; ${fee} < ${before}`,
    );
  const relay = BigInt(vsize) * MIN_FEE_RATE;
  if (fee - before < relay)
    throw new Rejected(
      `${prefix}, rejecting replacement ${txid}, not enough additional fees to relay; ${fee - before} < ${relay}`,
    );
}

/** @throws Rejected unless one transaction may take the place of its conflicts. Returns all that goes. */
export function checkReplacement(
  state: State,
  tx: ChainTx,
  fee: bigint,
  conflicts: ReadonlyMap<string, Known>,
): Map<string, Known> {
  const evicted = evictedBy(state, conflicts.values());
  if (evicted.size === 0) return evicted;
  for (const ancestor of ancestors(state, tx).keys())
    if (conflicts.has(ancestor))
      throw new Rejected(`bad-txns-spends-conflicting-tx, ${tx.txid} spends ${ancestor}`);
  for (const { tx: old, fee: oldFee } of conflicts.values())
    if (fee * BigInt(old.vsize) <= oldFee * BigInt(tx.vsize))
      throw new Rejected(
        `insufficient fee, rejecting replacement ${tx.txid}; new feerate ${rate(fee, tx.vsize)} <= old feerate ${rate(oldFee, old.vsize)}`,
      );
  if (evicted.size > MAX_EVICTED)
    throw new Rejected(`too many potential replacements, rejecting replacement ${tx.txid}`);
  const oldParents = new Set(
    [...conflicts.values()].flatMap(({ tx: old }) => old.inputs.map(({ txid }) => txid)),
  );
  if (poolParents(state, tx).some((parent) => !oldParents.has(parent.tx.txid)))
    throw new Rejected(`replacement-adds-unconfirmed, replacement ${tx.txid} contains unconfirmed input`);
  checkPays(tx.txid, fee, tx.vsize, evicted, 'insufficient fee');
  return evicted;
}

/** The same for a package of one parent and one child without ancestors in the mempool. @throws Rejected */
export function checkPackageReplacement(
  state: State,
  txs: readonly ChainTx[],
  fee: bigint,
  conflicts: ReadonlyMap<string, Known>,
): Map<string, Known> {
  const evicted = evictedBy(state, conflicts.values());
  const child = txs.at(-1);
  if (evicted.size === 0 || !child) return evicted;
  if (txs.length !== 2) throw new Rejected('package RBF failed: package must be 1-parent-1-child');
  if (txs.some((tx) => poolParents(state, tx).length > 0))
    throw new Rejected('package RBF failed: new transaction cannot have mempool ancestors');
  const vsize = txs.reduce((total, tx) => total + tx.vsize, 0);
  checkPays(child.txid, fee, vsize, evicted, 'package RBF failed: insufficient anti-DoS fees');
  return evicted;
}

/** BTC/kvB, as Core prints fee rates. */
const rate = (fee: bigint, vsize: number): string => `${(Number(fee) / vsize / 100_000).toFixed(8)} BTC/kvB`;
