// Taking transactions into the mempool, one by one or as a package of a child and its parents.
import { checkFinal, checkScripts, checkSequenceLocks, checkShape, coinsOf, feeOf } from './consensus.ts';
import { checkEphemeral, checkFee, checkSpendsDust, checkStandard, checkTopology } from './policy.ts';
import { MISSING, Rejected } from './rejected.ts';
import { checkPackageReplacement, checkReplacement } from './replace.ts';
import {
  conflictsOf,
  evict,
  findCoin,
  poolParents,
  remember,
  type Coin,
  type Known,
  type State,
} from './state.ts';
import { outpoint, readTx, type ChainTx } from './tx.ts';
import type { PackageResult, PackageTxResult } from './types.ts';

interface Candidate {
  readonly tx: ChainTx;
  readonly coins: readonly Coin[];
  readonly fee: bigint;
  readonly conflicts: Map<string, Known>;
}

/** Everything but fees and scripts. `pending` are unconfirmed parents of the same package. @throws Rejected */
function examine(state: State, tx: ChainTx, pending: ReadonlyMap<string, ChainTx>): Candidate {
  checkShape(tx);
  checkStandard(tx);
  checkFinal(state, tx);
  const conflicts = conflictsOf(state, tx);
  const coins = coinsOf(state, tx, (txid, vout) => {
    const spender = state.spenders.get(outpoint(txid, vout))?.txid;
    const free = spender === undefined || state.pool.has(spender);
    return free ? findCoin(state, txid, vout, pending) : undefined;
  });
  checkSequenceLocks(state, tx, coins);
  const fee = feeOf(tx, coins);
  checkEphemeral(tx, fee);
  const parents = [...new Set(tx.inputs.map(({ txid }) => txid))].flatMap((txid) => pending.get(txid) ?? []);
  const sibling = checkTopology(state, tx, parents, conflicts);
  if (sibling) conflicts.set(sibling.tx.txid, sibling);
  checkSpendsDust(tx, [...poolParents(state, tx).map((known) => known.tx), ...parents]);
  return { tx, coins, fee, conflicts };
}

function add(state: State, { tx, coins, fee }: Candidate, seenAt: number): Known {
  const known: Known = { tx, spent: coins, fee, seenAt };
  remember(state, known);
  state.pool.set(tx.txid, known);
  return known;
}

const evictAll = (state: State, gone: ReadonlyMap<string, Known>): string[] =>
  evict(
    state,
    [...gone.values()].map((known) => known.tx),
  );

export interface Accepted {
  readonly added: readonly Known[];
  /** Txids. */
  readonly replaced: readonly string[];
}

/** One transaction that the mempool does not have. @throws Rejected, with nothing changed */
export function acceptOne(state: State, tx: ChainTx, seenAt: number): Accepted {
  const candidate = examine(state, tx, new Map());
  checkFee(candidate.fee, tx.vsize);
  const evicted = checkReplacement(state, tx, candidate.fee, candidate.conflicts);
  checkScripts(state, tx, candidate.coins);
  const replaced = evictAll(state, evicted);
  return { added: [add(state, candidate, seenAt)], replaced };
}

/** Back into the mempool without questions of policy: it was there when the chain was written down. @throws Rejected */
export function restoreOne(state: State, tx: ChainTx, seenAt: number): void {
  if (state.pool.has(tx.txid)) return;
  const conflicts = conflictsOf(state, tx);
  const coins = coinsOf(state, tx, (txid, vout) => findCoin(state, txid, vout));
  const fee = feeOf(tx, coins);
  checkScripts(state, tx, coins);
  evictAll(state, conflicts);
  add(state, { tx, coins, fee, conflicts }, seenAt);
}

/** Reasons that a transaction may overcome in company. */
const waits = ({ reason }: Rejected): boolean =>
  reason.startsWith('min relay fee not met') || reason === MISSING;

function asRejected(e: unknown): Rejected {
  if (e instanceof Rejected) return e;
  throw e;
}

/** Transactions that only together pay enough. @throws Rejected, with nothing changed */
function acceptTogether(state: State, txs: readonly ChainTx[], seenAt: number): Accepted {
  const pending = new Map<string, ChainTx>();
  const spent = new Set<string>();
  const candidates: Candidate[] = [];
  for (const tx of txs) {
    for (const { txid, vout } of tx.inputs) {
      const key = outpoint(txid, vout);
      if (spent.has(key)) throw new Rejected('conflict-in-package');
      spent.add(key);
    }
    candidates.push(examine(state, tx, pending));
    pending.set(tx.txid, tx);
  }
  const fee = candidates.reduce((sum, one) => sum + one.fee, 0n);
  checkFee(fee, vsizeOf(txs));
  const conflicts = new Map(candidates.flatMap((one) => [...one.conflicts]));
  const evicted = checkPackageReplacement(state, txs, fee, conflicts);
  for (const { tx, coins } of candidates) checkScripts(state, tx, coins);
  const replaced = evictAll(state, evicted);
  return { added: candidates.map((one) => add(state, one, seenAt)), replaced };
}

const vsizeOf = (txs: readonly ChainTx[]): number => txs.reduce((sum, { vsize }) => sum + vsize, 0);

/** @throws Rejected unless the last one is the child of each other one */
function checkPackage(txs: readonly ChainTx[]): void {
  const child = txs.at(-1);
  if (!child) throw new Rejected('package is empty');
  if (txs.length > 25) throw new Rejected('package-too-many-transactions');
  if (new Set(txs.map(({ txid }) => txid)).size !== txs.length)
    throw new Rejected('package-contains-duplicates');
  const parents = new Set(child.inputs.map(({ txid }) => txid));
  if (!txs.slice(0, -1).every(({ txid }) => parents.has(txid)))
    throw new Rejected('package-not-child-with-unconfirmed-parents');
}

type Outcome = Pick<PackageTxResult, 'fee' | 'group' | 'error'>;

/** Each transaction alone first, then those together that need company, as `submitpackage` does. */
export function acceptPackage(
  state: State,
  raws: readonly (Uint8Array | string)[],
  seenAt: number,
): { result: PackageResult; added: Known[] } {
  const txs = raws.map(readTx);
  const outcomes = new Map<string, Outcome>();
  const added: Known[] = [];
  const replaced: string[] = [];
  let message = 'success';
  const take = (accepted: Accepted, group: readonly ChainTx[]) => {
    added.push(...accepted.added);
    replaced.push(...accepted.replaced);
    const fee = accepted.added.reduce((sum, one) => sum + one.fee, 0n);
    const judged = { fee, vsize: vsizeOf(group), wtxids: group.map(({ wtxid }) => wtxid) };
    for (const one of accepted.added) outcomes.set(one.tx.txid, { fee: one.fee, group: judged });
  };
  const fail = (tx: ChainTx, reason: string) => {
    message = 'transaction failed';
    outcomes.set(tx.txid, { error: reason });
  };

  try {
    checkPackage(txs);
    const waiting: { tx: ChainTx; why: Rejected }[] = [];
    for (const tx of txs) {
      const there = state.pool.get(tx.txid);
      if (there) {
        outcomes.set(tx.txid, { fee: there.fee });
        continue;
      }
      if (state.records.get(tx.txid)?.block) {
        fail(tx, 'txn-already-known');
        continue;
      }
      try {
        take(acceptOne(state, tx, seenAt), [tx]);
      } catch (e) {
        const why = asRejected(e);
        if (waits(why)) waiting.push({ tx, why });
        else fail(tx, why.reason);
      }
    }
    const group = waiting.map(({ tx }) => tx);
    if (group.length > 0 && message !== 'success') for (const { tx, why } of waiting) fail(tx, why.reason);
    else if (group.length > 0) {
      try {
        take(acceptTogether(state, group, seenAt), group);
      } catch (e) {
        const reason = asRejected(e).reason;
        const last = group.at(-1);
        for (const { tx, why } of waiting) fail(tx, tx === last ? reason : why.reason);
        if (/^package|^conflict-in-package/.test(reason)) message = reason;
      }
    }
  } catch (e) {
    message = asRejected(e).reason;
  }
  const results = txs.map(({ txid, wtxid, vsize }) => ({
    txid,
    wtxid,
    vsize,
    ...(outcomes.get(txid) ?? { error: 'package-not-validated' }),
  }));
  return { result: { message, results, replaced }, added };
}
