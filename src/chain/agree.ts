// Two chain sources of different operators that must say the same before it counts (design rule 4): the Ark server's
// operator may run one of them, and must not be able to answer for itself. Where they differ, the answer is the one that
// makes a coin count later, never earlier.
import { SkiffError } from '../errors.ts';
import type { ChainSource, Tip } from './source.ts';

/** Blocks by which one may lag behind the other, or by which their newest blocks may differ in a race of two miners. */
const MAX_LAG = 6;

const contradict = (what: string, details: Record<string, string | number>): SkiffError =>
  new SkiffError({
    code: 'CHAIN_DISAGREES',
    say: 'Your two chain servers contradict each other. Skiff waits until they agree; change one of them if that lasts.',
    retry: 'later',
    details: { what, ...details },
  });

/** Runs both; the first failure counts. */
const both = <T>(a: ChainSource, b: ChainSource, ask: (source: ChainSource) => Promise<T>): Promise<[T, T]> =>
  Promise.all([ask(a), ask(b)]);

/** @throws (its methods) what the sources throw, and CHAIN_DISAGREES when they contradict each other */
export function agreeing(first: ChainSource, second: ChainSource): ChainSource {
  const blockHash = async (height: number): Promise<string> => {
    const [a, b] = await both(first, second, (source) => source.blockHash(height));
    if (a !== b) throw contradict('block', { height });
    return a;
  };

  /** The highest block both have. */
  const commonTip = async (): Promise<Tip> => {
    const [a, b] = await both(first, second, (source) => source.tip());
    if (Math.abs(a.height - b.height) > MAX_LAG)
      throw contradict('tip', { first: a.height, second: b.height });
    if (a.height === b.height && a.hash === b.hash) return a;
    const top = Math.min(a.height, b.height);
    for (let height = top; height > top - MAX_LAG && height >= 0; height--) {
      const [x, y] = await both(first, second, (source) => source.blockHash(height));
      if (x === y) return { height, hash: x };
    }
    throw contradict('chain', { height: top });
  };

  /** The first that succeeds; the last error when none does. */
  const either = async <T>(ask: (source: ChainSource) => Promise<T>): Promise<T> => {
    const [a, b] = await Promise.allSettled([ask(first), ask(second)]);
    if (a.status === 'fulfilled') return a.value;
    if (b.status === 'fulfilled') return b.value;
    throw a.reason;
  };

  return {
    tip: commonTip,
    blockHash,
    // these prove themselves, and only for a block that both have at its height
    header: (hash) => either((source) => source.header(hash)),
    merkleProof: (txid) => either((source) => source.merkleProof(txid)),
    // the bytes prove themselves; that both know them proves that they were really sent out
    tx: async (txid) => {
      const [raw, other] = await both(first, second, (source) => source.tx(txid));
      return raw && other;
    },
    txStatus: async (txid) => {
      const [a, b] = await both(first, second, (source) => source.txStatus(txid));
      if (!a || !b) return undefined;
      return a.confirmed && b.confirmed && a.blockHash === b.blockHash ? a : { confirmed: false };
    },
    outspend: async (txid, vout) => {
      const [a, b] = await both(first, second, (source) => source.outspend(txid, vout));
      return a.spent ? a : b;
    },
    // our own bitcoin: amounts are proven by the transactions, and a missing output hurts nobody
    utxos: (script) => either((source) => source.utxos(script)),
    history: (script) => either((source) => source.history(script)),
    used: (script) => either((source) => source.used(script)),
    feeRates: () => either((source) => source.feeRates()),
    broadcast: (raw) => either((source) => source.broadcast(raw)),
    broadcastPackage: (raws) => either((source) => source.broadcastPackage(raws)),
  };
}
