// Which mempool transactions the next block takes: all that pay at least the minimum, alone or through what spends them.
import { MIN_FEE_RATE } from './fees.ts';
import { ancestors, descendants, type Known, type State } from './state.ts';
import type { ChainTx } from './tx.ts';

/** Leaves room for header and coinbase. */
const MAX_WEIGHT = 3_990_000;

/** Does this transaction, with everything that spends from it, pay for its place? */
function pays(state: State, known: Known, least: number): boolean {
  const group = [known, ...descendants(state, known.tx).values()];
  const fee = group.reduce((sum, one) => sum + one.fee, 0n);
  const vsize = group.reduce((sum, one) => sum + one.tx.vsize, 0);
  return Number(fee) >= vsize * least;
}

/** Parents before children. @param least sat/vB below which nothing is taken */
export function selectTransactions(state: State, least = Number(MIN_FEE_RATE)): ChainTx[] {
  const chosen = new Map<string, ChainTx>();
  const left = new Set<string>();
  let weight = 0;
  const choose = (known: Known): void => {
    if (chosen.has(known.tx.txid) || left.has(known.tx.txid)) return;
    const above = [...ancestors(state, known.tx).values()];
    above.sort((a, b) => ancestors(state, a.tx).size - ancestors(state, b.tx).size);
    above.forEach(choose);
    const orphaned = above.some(({ tx }) => !chosen.has(tx.txid));
    if (orphaned || weight + known.tx.weight > MAX_WEIGHT || !pays(state, known, least)) {
      left.add(known.tx.txid);
      return;
    }
    weight += known.tx.weight;
    chosen.set(known.tx.txid, known.tx);
  };
  for (const known of state.pool.values()) choose(known);
  return [...chosen.values()];
}
