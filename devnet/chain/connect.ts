// Putting a block onto the best chain and taking the last one off again.
import { REGTEST_BITS, subsidy, type Block } from './block.ts';
import {
  checkFinal,
  checkScripts,
  checkSequenceLocks,
  checkShape,
  coinsOf,
  feeOf,
  medianTime,
} from './consensus.ts';
import { Rejected } from './rejected.ts';
import { conflictsOf, evict, forget, remember, tipOf, type Coin, type Known, type State } from './state.ts';
import { outpoint, type ChainTx } from './tx.ts';

/** Coins made and spent by the transactions of one block, before any of it is written. */
interface Draft {
  readonly made: Map<string, Coin>;
  readonly spent: Set<string>;
  readonly known: Known[];
  readonly undo: Coin[][];
}

function draftTx(state: State, draft: Draft, tx: ChainTx, height: number, seenAt: number): void {
  checkShape(tx);
  checkFinal(state, tx);
  const coins = coinsOf(state, tx, (txid, vout) => {
    const key = outpoint(txid, vout);
    return draft.spent.has(key) ? undefined : (draft.made.get(key) ?? state.coins.get(key));
  });
  checkSequenceLocks(state, tx, coins);
  const fee = feeOf(tx, coins);
  checkScripts(state, tx, coins);
  for (const { txid, vout } of tx.inputs) draft.spent.add(outpoint(txid, vout));
  tx.outputs.forEach((output, vout) =>
    draft.made.set(outpoint(tx.txid, vout), { ...output, height, coinbase: false }),
  );
  draft.undo.push(coins);
  draft.known.push({ tx, spent: coins, fee, seenAt: state.pool.get(tx.txid)?.seenAt ?? seenAt });
}

/** Checks transactions for the block after the tip, in order. @throws Rejected. Returns what they are and their fees. */
export function draftBlock(state: State, txs: readonly ChainTx[], seenAt: number): Draft {
  const draft: Draft = { made: new Map(), spent: new Set(), known: [], undo: [] };
  for (const tx of txs) draftTx(state, draft, tx, state.blocks.length, seenAt);
  return draft;
}

const isSpendable = (script: Uint8Array): boolean => script[0] !== 0x6a;

/** Makes the block the new tip. @throws Rejected, with nothing changed, when it breaks a rule */
export function connectBlock(state: State, block: Block, seenAt: number): void {
  const height = state.blocks.length;
  const [coinbase, ...others] = block.txs;
  if (!coinbase) throw new Rejected('bad-blk-length');
  if (height > 0 && block.header.previous !== tipOf(state).hash) throw new Rejected('prev-blk-not-found');
  if (block.header.bits !== REGTEST_BITS) throw new Rejected('bad-diffbits');
  if (height > 0 && block.header.time <= tipOf(state).medianTime) throw new Rejected('time-too-old');
  const draft = draftBlock(state, others, seenAt);
  const fees = draft.known.reduce((sum, { fee }) => sum + fee, 0n);
  const reward = coinbase.outputs.reduce((sum, { value }) => sum + value, 0n);
  if (reward > subsidy(height) + fees) throw new Rejected('bad-cb-amount');

  evict(
    state,
    others.flatMap((tx) => [...conflictsOf(state, tx).values()].map((rival) => rival.tx)),
  );
  const ref = { height, hash: block.hash };
  const all = [{ tx: coinbase, spent: [], fee: 0n, seenAt }, ...draft.known];
  all.forEach((known, position) => {
    state.pool.delete(known.tx.txid);
    remember(state, { ...known, block: { ...ref, position } });
  });
  // nobody can ever spend the genesis block's coins
  if (height > 0)
    coinbase.outputs.forEach((output, vout) =>
      draft.made.set(outpoint(coinbase.txid, vout), { ...output, height, coinbase: true }),
    );
  for (const [key, coin] of draft.made) if (isSpendable(coin.script)) state.coins.set(key, coin);
  for (const key of draft.spent) state.coins.delete(key);
  const stored = { ...block, height, undo: draft.undo, medianTime: 0 };
  state.blocks.push(stored);
  stored.medianTime = medianTime(state, height);
  state.everyBlock.set(block.hash, stored);
}

/** Takes the tip off; returns the transactions that were in it. They are in no index any more. */
export function disconnectTip(state: State): Known[] {
  const { txs, undo } = tipOf(state);
  const [coinbase, ...others] = txs;
  if (state.blocks.length === 1 || !coinbase) throw new Error('the genesis block stays');
  state.blocks.pop();
  const taken: Known[] = [];
  for (const tx of txs) {
    const known = state.records.get(tx.txid);
    if (!known) continue;
    forget(state, known);
    if (tx !== coinbase) taken.push({ ...known, block: undefined });
    tx.outputs.forEach((_, vout) => state.coins.delete(outpoint(tx.txid, vout)));
  }
  const own = new Set(txs.map(({ txid }) => txid));
  others.forEach((tx, i) =>
    tx.inputs.forEach(({ txid, vout }, vin) => {
      const coin = undo[i]?.[vin];
      if (coin && !own.has(txid)) state.coins.set(outpoint(txid, vout), coin);
    }),
  );
  return taken;
}

/** Fills the mempool from these transactions in order, leaving out what the new tip no longer allows. */
export function refillPool(state: State, candidates: readonly Known[]): void {
  for (const known of [...state.pool.values()]) forget(state, known);
  for (const candidate of candidates) {
    const { tx } = candidate;
    try {
      const coins = coinsOf(state, tx, (txid, vout) => {
        const key = outpoint(txid, vout);
        if (state.spenders.has(key)) return undefined;
        const output = state.pool.get(txid)?.tx.outputs[vout];
        return (
          state.coins.get(key) ?? (output && { ...output, height: state.blocks.length, coinbase: false })
        );
      });
      checkFinal(state, tx);
      checkSequenceLocks(state, tx, coins);
      const known = { ...candidate, spent: coins };
      remember(state, known);
      state.pool.set(tx.txid, known);
    } catch (e) {
      if (!(e instanceof Rejected)) throw e;
    }
  }
}
