// What a node knows: best chain, unspent outputs, mempool, and the indexes that Esplora answers from.
// Invariant: `records` holds exactly the transactions that are on the best chain or in the mempool; `spenders` and
// `scripts` index exactly those; `coins` holds the outputs that the best chain leaves unspent.
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { Block } from './block.ts';
import { outpoint, type ChainTx, type TxOutput } from './tx.ts';
import type { BlockRef } from './types.ts';

export interface Coin extends TxOutput {
  readonly height: number;
  readonly coinbase: boolean;
}

export interface StoredBlock extends Block {
  readonly height: number;
  readonly medianTime: number;
  /** The coins that each transaction after the coinbase spent. */
  readonly undo: readonly (readonly Coin[])[];
}

export interface Known {
  readonly tx: ChainTx;
  readonly spent: readonly TxOutput[];
  readonly fee: bigint;
  readonly seenAt: number;
  block?: BlockRef & { readonly position: number };
}

export interface State {
  /** Best chain by height. */
  readonly blocks: StoredBlock[];
  /** Every block ever, by hash. */
  readonly everyBlock: Map<string, StoredBlock>;
  readonly coins: Map<string, Coin>;
  readonly records: Map<string, Known>;
  /** Mempool in order of arrival. */
  readonly pool: Map<string, Known>;
  readonly spenders: Map<string, { readonly txid: string; readonly vin: number }>;
  /** Txids by SHA-256 (hex) of a scriptPubKey that they pay to or spend from. */
  readonly scripts: Map<string, Set<string>>;
  /** Wtxids whose scripts were judged good, with the outputs they spend. */
  readonly goodScripts: Set<string>;
}

export const emptyState = (): State => ({
  blocks: [],
  everyBlock: new Map(),
  coins: new Map(),
  records: new Map(),
  pool: new Map(),
  spenders: new Map(),
  scripts: new Map(),
  goodScripts: new Set(),
});

export const scriptHash = (script: Uint8Array): string => toHex(sha256(script));

export function tipOf(state: State): StoredBlock {
  const tip = state.blocks.at(-1);
  if (!tip) throw new Error('the chain has no genesis block');
  return tip;
}

const touched = ({ tx, spent }: Known): Set<string> =>
  new Set([...tx.outputs, ...spent].map(({ script }) => scriptHash(script)));

/** Adds a transaction to the indexes. */
export function remember(state: State, known: Known): void {
  const { txid, inputs } = known.tx;
  state.records.set(txid, known);
  inputs.forEach((input, vin) => state.spenders.set(outpoint(input.txid, input.vout), { txid, vin }));
  for (const hash of touched(known)) {
    const txids = state.scripts.get(hash) ?? new Set();
    state.scripts.set(hash, txids.add(txid));
  }
}

/** Takes a transaction out of indexes and mempool. */
export function forget(state: State, known: Known): void {
  const { txid, inputs } = known.tx;
  state.records.delete(txid);
  state.pool.delete(txid);
  for (const input of inputs) {
    const key = outpoint(input.txid, input.vout);
    if (state.spenders.get(key)?.txid === txid) state.spenders.delete(key);
  }
  for (const hash of touched(known)) state.scripts.get(hash)?.delete(txid);
}

/** A coin for the next block: confirmed, or made by the mempool or by `extra` (then as if confirmed in that block). */
export function findCoin(
  state: State,
  txid: string,
  vout: number,
  extra?: ReadonlyMap<string, ChainTx>,
): Coin | undefined {
  const confirmed = state.coins.get(outpoint(txid, vout));
  if (confirmed) return confirmed;
  const output = (extra?.get(txid) ?? state.pool.get(txid)?.tx)?.outputs[vout];
  return output && { ...output, height: state.blocks.length, coinbase: false };
}

/** Mempool transactions that this one spends from. */
export const poolParents = (state: State, tx: ChainTx): Known[] =>
  [...new Set(tx.inputs.map(({ txid }) => txid))].flatMap((txid) => state.pool.get(txid) ?? []);

/** Mempool transactions that spend from this one. */
const poolChildren = (state: State, tx: ChainTx): Known[] => {
  const txids = new Set(
    tx.outputs.flatMap((_, vout) => state.spenders.get(outpoint(tx.txid, vout))?.txid ?? []),
  );
  return [...txids].flatMap((txid) => state.pool.get(txid) ?? []);
};

/** Everything reachable from `start` by `next`, without `start`. */
function closure(start: readonly Known[], next: (of: Known) => Known[]): Map<string, Known> {
  const found = new Map<string, Known>();
  const open = [...start];
  for (let one = open.pop(); one; one = open.pop()) {
    if (found.has(one.tx.txid)) continue;
    found.set(one.tx.txid, one);
    open.push(...next(one));
  }
  return found;
}

export const ancestors = (state: State, tx: ChainTx): Map<string, Known> =>
  closure(poolParents(state, tx), (known) => poolParents(state, known.tx));

export const descendants = (state: State, tx: ChainTx): Map<string, Known> =>
  closure(poolChildren(state, tx), (known) => poolChildren(state, known.tx));

/** Throws mempool transactions and all that depends on them out; the txids that went. */
export function evict(state: State, txs: Iterable<ChainTx>): string[] {
  const gone: string[] = [];
  for (const tx of txs) {
    const own = state.pool.get(tx.txid);
    const all = [...descendants(state, tx).values(), ...(own ? [own] : [])];
    for (const known of all) {
      forget(state, known);
      gone.push(known.tx.txid);
    }
  }
  return gone;
}

/** Mempool transactions that spend an output which `tx` spends, too. */
export const conflictsOf = (state: State, tx: ChainTx): Map<string, Known> => {
  const found = new Map<string, Known>();
  for (const { txid, vout } of tx.inputs) {
    const rival = state.pool.get(state.spenders.get(outpoint(txid, vout))?.txid ?? '');
    if (rival && rival.tx.txid !== tx.txid) found.set(rival.tx.txid, rival);
  }
  return found;
};
