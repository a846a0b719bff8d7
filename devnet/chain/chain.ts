// The devnet's node: a regtest chain in memory with its mempool and miner. Every way in goes through the same checks.
import { addressToScript } from '../../src/bitcoin/address.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { genesisBlock, headerBytes, mineBlock, readBlock, subsidy, type Block } from './block.ts';
import { connectBlock, disconnectTip, draftBlock, refillPool } from './connect.ts';
import { FAUCET_SCRIPT, payment } from './faucet.ts';
import { MIN_FEE_RATE, standardEstimates } from './fees.ts';
import { openJournal, type Entry } from './journal.ts';
import { kernelLog } from './kernel.ts';
import { selectTransactions } from './miner.ts';
import { acceptOne, acceptPackage, restoreOne } from './pool.ts';
import { remember } from '../snapshot.ts';
import { Rejected } from './rejected.ts';
import { emptyState, evict, tipOf, type Known, type StoredBlock } from './state.ts';
import { outpoint, readTx, type ChainTx } from './tx.ts';
import type { BlockEvent, ChainOptions, DevChain, MineOptions, TxRecord } from './types.ts';
import { blockRecord, scriptHistory, scriptOutputs, spenderOf } from './views.ts';

const PREMINE = 120;
const BLOCK_SECONDS = 600;

/** A chain that follows another node's: what comes from there has passed that node's policy. */
export interface Mirror {
  readonly chain: DevChain;
  /** A payment of the faucet, signed and not sent. @throws Error when it has too little */
  payment(script: Uint8Array, sats: bigint): Uint8Array;
  /** The next block. @throws Rejected when it breaks a consensus rule */
  connect(header: Uint8Array, txs: readonly (Uint8Array | string)[]): string;
  /** Into the mempool; false when it cannot be there (yet: a parent is missing). */
  adopt(raw: Uint8Array | string): boolean;
}

/** Starts a chain: from its folder when there is one, else with a new one whose faucet is full. */
export const createChain = (options: ChainOptions = {}): DevChain => startChain(options).chain;

/** An empty chain, to be filled with another node's blocks. */
export const createMirror = (options: Pick<ChainOptions, 'now' | 'txDump' | 'blockDump'>): Mirror =>
  startChain({ ...options, premine: 0 });

function startChain(options: ChainOptions): Mirror {
  const now = options.now ?? Date.now;
  const seconds = () => Math.floor(now() / 1000);
  const state = emptyState();
  const journal = openJournal(options.dataDir);
  const kernel = kernelLog(
    options.txDump ?? process.env.SKIFF_TX_DUMP,
    options.blockDump ?? process.env.SKIFF_BLOCK_DUMP,
  );
  const feeEstimates = standardEstimates();
  const blockListeners = new Set<(event: BlockEvent) => void>();
  const txListeners = new Set<(record: TxRecord) => void>();
  let extra = 0;
  /** sat/vB below which the miner takes nothing. */
  let price = Number(MIN_FEE_RATE);

  const tip = () => {
    const { height, hash } = tipOf(state);
    return { height, hash };
  };
  const announce = (connected: readonly string[], disconnected: readonly string[]) => {
    if (connected.length + disconnected.length === 0) return;
    for (const listener of blockListeners) listener({ tip: tip(), connected, disconnected });
  };
  const noteAll = (known: readonly Known[]) => {
    for (const one of known) kernel.note(one, state.blocks.length);
  };
  const entered = (added: readonly Known[]) => {
    noteAll(added);
    for (const one of added) {
      journal.write({ kind: 'tx', tx: toHex(one.tx.raw) });
      for (const listener of txListeners) listener(one);
    }
  };

  function append(block: Block): void {
    connectBlock(state, block, seconds());
    kernel.block(block);
    journal.write({
      kind: 'block',
      header: toHex(headerBytes(block.header)),
      txs: block.txs.map(({ raw }) => toHex(raw)),
    });
  }

  /** One block of these transactions on the tip. @throws Rejected */
  function mineOne(others: readonly ChainTx[], at: number): string {
    const { known } = draftBlock(state, others, seconds());
    const fees = known.reduce((sum, { fee }) => sum + fee, 0n);
    noteAll(known);
    const parent = tipOf(state);
    const block = mineBlock({
      previous: parent.hash,
      height: parent.height + 1,
      time: Math.max(at, parent.medianTime + 1),
      reward: { value: subsidy(parent.height + 1) + fees, script: FAUCET_SCRIPT },
      others,
      extra: extra++,
    });
    append(block);
    return block.hash;
  }

  function mineMany(blocks: number, { empty = false, include = [] }: MineOptions): string[] {
    const hashes: string[] = [];
    for (let i = 0; i < blocks; i++) {
      const forced = i === 0 ? include.map(readTx) : [];
      if (forced.length > 0) clearFor(forced);
      hashes.push(mineOne([...forced, ...(empty ? [] : selectTransactions(state, price))], seconds()));
    }
    return hashes;
  }

  /** What cannot be in one block with these transactions leaves the mempool; so do they. */
  function clearFor(forced: readonly ChainTx[]): void {
    draftBlock(state, forced, seconds());
    for (const tx of forced) state.pool.delete(tx.txid);
    const rivals = forced.flatMap((tx) =>
      tx.inputs.flatMap(({ txid, vout }) => {
        const spender = state.spenders.get(outpoint(txid, vout))?.txid;
        return spender !== undefined && spender !== tx.txid ? (state.pool.get(spender)?.tx ?? []) : [];
      }),
    );
    evict(state, rivals);
  }

  /** Takes blocks off and sorts the mempool anew; hashes, highest first. */
  function takeOff(blocks: number): string[] {
    if (blocks >= state.blocks.length) throw new RangeError('the genesis block stays');
    const waiting = [...state.pool.values()];
    const hashes: string[] = [];
    let returned: Known[] = [];
    for (let i = 0; i < blocks; i++) {
      hashes.push(tipOf(state).hash);
      returned = [...disconnectTip(state), ...returned];
    }
    refillPool(state, [...returned, ...waiting]);
    return hashes;
  }

  function replay(entry: Entry): void {
    switch (entry.kind) {
      case 'block': {
        const block = readBlock(fromHex(entry.header), entry.txs.map(readTx));
        connectBlock(state, block, seconds());
        kernel.block(block);
        extra++;
        break;
      }
      case 'tx':
        restoreOne(state, readTx(entry.tx), seconds());
        break;
      case 'evict':
        evict(state, [state.pool.get(entry.txid)?.tx ?? []].flat());
        break;
      case 'invalidate':
        takeOff(entry.blocks);
    }
  }

  function invalidate(blocks: number): string[] {
    const hashes = takeOff(blocks);
    journal.write({ kind: 'invalidate', blocks });
    return hashes;
  }

  function submit(raw: Uint8Array | string): string {
    const tx = readTx(raw);
    if (state.pool.has(tx.txid)) return tx.txid;
    if (tx.outputs.some((_, vout) => state.coins.has(outpoint(tx.txid, vout))))
      throw new Rejected('Transaction outputs already in utxo set', -27);
    entered(acceptOne(state, tx, seconds()).added);
    return tx.txid;
  }

  function faucetPayment(script: Uint8Array, sats: bigint): Uint8Array {
    const ready = scriptOutputs(state, FAUCET_SCRIPT).filter(({ txid, vout }) => {
      const coin = state.coins.get(outpoint(txid, vout));
      return !coin?.coinbase || state.blocks.length - coin.height >= 100;
    });
    ready.sort(
      (a, b) => Number(a.block === undefined) - Number(b.block === undefined) || Number(b.value - a.value),
    );
    return payment(ready, script, sats);
  }
  const pay = (script: Uint8Array, sats: bigint): string => submit(faucetPayment(script, sats));

  connectBlock(state, genesisBlock(), seconds());
  journal.past.forEach(replay);
  if (journal.past.length === 0) {
    const premine = options.premine ?? PREMINE;
    for (let left = premine; left > 0; left--) mineOne([], seconds() - left * BLOCK_SECONDS);
  }

  const chain: DevChain = {
    height: () => tip().height,
    snapshot: () => remember(state),
    tip,
    medianTime: () => tipOf(state).medianTime,
    blockHash: (height) => state.blocks[height]?.hash,
    mine: (blocks = 1, mineOptions = {}) => {
      const hashes = mineMany(blocks, mineOptions);
      announce(hashes, []);
      return hashes;
    },
    fund: (address, sats) => pay(addressToScript(address, 'regtest'), sats),
    pay,
    tx: (txid) => state.records.get(txid),
    submit,
    submitPackage: (raws) => {
      const { result, added } = acceptPackage(state, raws, seconds());
      entered(added);
      return result;
    },
    utxos: (script) => scriptOutputs(state, script),
    outspend: (txid, vout) => spenderOf(state, txid, vout),
    history: (hash) => scriptHistory(state, hash),
    mempool: () => [...state.pool.values()],
    evict: (txid) => {
      const known = state.pool.get(txid);
      if (known) {
        evict(state, [known.tx]);
        journal.write({ kind: 'evict', txid });
      }
      return known !== undefined;
    },
    invalidate: (blocks) => {
      const gone = invalidate(blocks);
      announce([], gone);
      return gone;
    },
    reorg: (blocks, mineOptions = {}) => {
      const gone = invalidate(blocks);
      const hashes = mineMany(blocks + 1, mineOptions);
      announce(hashes, gone);
      return hashes;
    },
    onBlock: (listener) => {
      blockListeners.add(listener);
      return () => void blockListeners.delete(listener);
    },
    onTransaction: (listener) => {
      txListeners.add(listener);
      return () => void txListeners.delete(listener);
    },
    feeEstimates,
    setFees: (satPerVb) => {
      price = satPerVb ?? Number(MIN_FEE_RATE);
      const usual = standardEstimates();
      for (const target of Object.keys(usual)) feeEstimates[target] = satPerVb ?? usual[target]!;
    },
    transactionsForKernel: () => kernel.all(),
    rawBlocks: () => state.blocks.slice(1).map(({ raw }: StoredBlock) => raw),
    block: (hash) => blockRecord(state, hash),
  };
  return {
    chain,
    payment: faucetPayment,
    connect(header, txs) {
      const block = readBlock(header, txs.map(readTx));
      append(block);
      const known = block.txs.slice(1).flatMap(({ txid }) => state.records.get(txid) ?? []);
      noteAll(known);
      announce([block.hash], []);
      return block.hash;
    },
    adopt(raw) {
      const tx = readTx(raw);
      if (state.pool.has(tx.txid)) return true;
      try {
        restoreOne(state, tx, seconds());
      } catch (e) {
        if (e instanceof Rejected) return false;
        throw e;
      }
      entered([state.pool.get(tx.txid) ?? []].flat());
      return true;
    },
  };
}
