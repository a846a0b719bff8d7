// Unspent outputs of scripts from a node without an index of addresses. One scan of the set of unspent outputs answers
// for every script that was asked about while the last scan ran: a scan reads all of it, however many scripts there are.
import * as v from 'valibot';
import type { Tx } from '../ark/tx.ts';
import { equalBytes, fromHex, toHex } from '../crypto/bytes.ts';
import { checkedTx, Hash, Height, Vout } from './answers.ts';
import { misbehaved } from './endpoints.ts';
import { RpcError, type Call } from './rpc.ts';
import type { Utxo } from './source.ts';

const Scanned = v.object({
  success: v.boolean(),
  unspents: v.array(v.object({ txid: Hash, vout: Vout, height: Height })),
});
const Spending = v.array(v.object({ spendingtxid: v.optional(Hash) }));
const Raw = v.pipe(v.string(), v.regex(/^([0-9a-f]{2})+$/));

/** A mempool with more transactions than this is not searched: what arrives shows with its first confirmation. */
const SMALL_MEMPOOL = 5_000;

interface Asked {
  script: Uint8Array;
  resolve(found: Utxo[]): void;
  reject(cause: unknown): void;
}

/** The asking function over this node. */
export function outputScan(rpc: Call): (script: Uint8Array) => Promise<Utxo[]> {
  let waiting: Asked[] = [];
  let running = false;
  /** Mempool transactions that were read already. */
  let pool = new Map<string, Tx>();

  const fetchTx = async (txid: string): Promise<Tx> =>
    checkedTx(fromHex(await rpc('getrawtransaction', [txid, false], Raw)), txid).tx;

  async function readPool(): Promise<void> {
    const txids = await rpc('getrawmempool', [], v.array(Hash));
    const next = new Map<string, Tx>();
    if (txids.length <= SMALL_MEMPOOL) {
      for (const txid of txids) {
        // One that leaves while we read is none of ours to find.
        const tx = pool.get(txid) ?? (await fetchTx(txid).catch(goneIsFine));
        if (tx) next.set(txid, tx);
      }
    }
    pool = next;
  }

  async function scan(asked: readonly Asked[]): Promise<void> {
    const descriptors = asked.map(({ script }) => `raw(${toHex(script)})`);
    const { success, unspents } = await rpc('scantxoutset', ['start', descriptors], Scanned);
    if (!success) throw misbehaved('scantxoutset');
    await readPool();
    const confirmed: (Utxo & { script: Uint8Array })[] = [];
    for (const { txid, vout, height } of unspents) {
      const output = (await fetchTx(txid)).outputs[vout];
      if (!output) throw misbehaved('scantxoutset', { txid, vout });
      confirmed.push({ txid, vout, ...output, status: { confirmed: true, height } });
    }
    const fresh = [...pool].flatMap(([txid, tx]) =>
      tx.outputs.map((output, vout) => ({ txid, vout, ...output, status: { confirmed: false } })),
    );
    for (const { script, resolve } of asked) {
      const mine = [...confirmed, ...fresh].filter((out) => equalBytes(out.script, script));
      const free = await unspent(mine);
      resolve(free.map(({ txid, vout, value, status }) => ({ txid, vout, value, status })));
    }
  }

  /** Those that no mempool transaction spends. */
  async function unspent<T extends Utxo>(outputs: readonly T[]): Promise<T[]> {
    if (outputs.length === 0) return [];
    const points = outputs.map(({ txid, vout }) => ({ txid, vout }));
    const spending = await rpc('gettxspendingprevout', [points], Spending);
    return outputs.filter((_, i) => spending[i]?.spendingtxid === undefined);
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    // The others of the same moment come along.
    await Promise.resolve();
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      await scan(asked).catch((cause: unknown) => asked.forEach(({ reject }) => reject(cause)));
    }
    running = false;
  }

  return (script) =>
    new Promise((resolve, reject) => {
      waiting.push({ script, resolve, reject });
      void run();
    });
}

const goneIsFine = (e: unknown): undefined => {
  if (e instanceof RpcError) return undefined;
  throw e;
};
