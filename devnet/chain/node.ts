// The devnet on a real node: mined, sent and decided there, by RPC. What the devnet reads comes from a copy of that
// node's chain and mempool, whose blocks have to pass the devnet's own consensus rules, too.
// Invariant after `pull`: same tip as the node, and of its mempool all that was there when it was asked.
import { addressToScript, scriptToAddress, witnessScript } from '../../src/bitcoin/address.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { ripemd160 } from '../../src/crypto/hash.ts';
import { createMirror } from './chain.ts';
import { FAUCET_SCRIPT } from './faucet.ts';
import { Rejected } from './rejected.ts';
import { nodeRpc, RpcRefusal, type NodeAddress, type NodeRpc } from './rpc.ts';
import type { ChainOptions, DevChain, MineOptions, PackageResult } from './types.ts';

export interface NodeChain extends DevChain {
  /** Learns what the node knows. By itself every second, and with everything that is done here. */
  pull(): void;
  stop(): Promise<void>;
}

const POLL_MS = 1000;
/** Blocks until a coinbase may be spent. */
const MATURITY = 100;

interface NodeBlock {
  hash: string;
  previousblockhash: string;
  tx: { hex: string }[];
}

interface NodeTxResult {
  txid: string;
  vsize?: number;
  fees?: { base: number; 'effective-feerate'?: number; 'effective-includes'?: string[] };
  error?: string;
}

interface NodePackage {
  package_msg: string;
  'tx-results': Record<string, NodeTxResult>;
  'replaced-transactions'?: string[];
}

const hex = (raw: Uint8Array | string): string => (typeof raw === 'string' ? raw : toHex(raw));
const satsOf = (btc: number): bigint => BigInt(Math.round(btc * 1e8));

/** What the node says, with its words for a refusal. @throws Rejected */
function judged<T>(ask: () => T): T {
  try {
    return ask();
  } catch (e) {
    if (e instanceof RpcRefusal) throw new Rejected(e.message, e.code);
    throw e;
  }
}

function packageResult(answer: NodePackage): PackageResult {
  const entries = Object.entries(answer['tx-results']);
  const vsizeOf = (wtxid: string) => answer['tx-results'][wtxid]?.vsize ?? 0;
  const results = entries.map(([wtxid, { txid, vsize = 0, fees, error }]) => {
    const wtxids = fees?.['effective-includes'];
    const groupSize = wtxids?.reduce((sum, one) => sum + vsizeOf(one), 0) ?? 0;
    const rate = fees?.['effective-feerate'];
    return {
      txid,
      wtxid,
      vsize,
      ...(fees && { fee: satsOf(fees.base) }),
      ...(wtxids &&
        rate !== undefined && {
          group: { fee: satsOf((rate * groupSize) / 1000), vsize: groupSize, wtxids },
        }),
      ...(error !== undefined && { error }),
    };
  });
  return { message: answer.package_msg, results, replaced: answer['replaced-transactions'] ?? [] };
}

/** Another address with each call: a block that is mined in the place of an invalid one must not be that very block. */
function elsewhere(height: number, at: number): string {
  const program = ripemd160(new TextEncoder().encode(`${height} ${at}`));
  return scriptToAddress(witnessScript(0, program), 'regtest') as string;
}

/** @throws Error when there is no such node, or it runs another network than regtest */
export function createNodeChain(
  address: NodeAddress,
  options: Pick<ChainOptions, 'now' | 'txDump' | 'blockDump'> = {},
): NodeChain {
  const rpc: NodeRpc = nodeRpc(address);
  const network = rpc.call<{ chain: string }>('getblockchaininfo').chain;
  if (network !== 'regtest') throw new Error(`the devnet plays on regtest, this node is on ${network}`);
  const { chain, connect, adopt, payment } = createMirror(options);
  const faucet = scriptToAddress(FAUCET_SCRIPT, 'regtest') as string;

  /** Back to where both chains part, and on to the node's tip. */
  function follow(best: string): void {
    const ahead: NodeBlock[] = [];
    let hash = best;
    while (chain.block(hash)?.best !== true) {
      const block = rpc.call<NodeBlock>('getblock', hash, 2);
      ahead.push(block);
      hash = block.previousblockhash;
    }
    const back = chain.height() - (chain.block(hash)?.height ?? 0);
    if (back > 0) chain.invalidate(back);
    for (const block of ahead.reverse()) {
      const header = rpc.call<string>('getblockheader', block.hash, false);
      connect(
        fromHex(header),
        block.tx.map((tx) => tx.hex),
      );
    }
  }

  function take(txid: string): boolean {
    try {
      return adopt(rpc.call<string>('getrawtransaction', txid));
    } catch (e) {
      if (e instanceof RpcRefusal) return false; // gone meanwhile
      throw e;
    }
  }

  let pulling = false;
  /** A listener of a block that is being learned may send something: what that changes is learned next time. */
  function pull(): void {
    if (pulling) return;
    pulling = true;
    try {
      learn();
    } finally {
      pulling = false;
    }
  }

  function learn(): void {
    const best = rpc.call<string>('getbestblockhash');
    if (best !== chain.tip().hash) follow(best);
    const there = new Set(rpc.call<string[]>('getrawmempool'));
    for (const { tx } of chain.mempool()) if (!there.has(tx.txid)) chain.evict(tx.txid);
    // Parents before children, in whatever order the node lists them.
    for (let left = [...there], before = Infinity; left.length > 0 && left.length < before;) {
      before = left.length;
      left = left.filter((txid) => !take(txid));
    }
  }

  function mineTo(payee: string, blocks: number, { empty = false, include = [] }: MineOptions): string[] {
    const hashes: string[] = [];
    const one = (txs: readonly string[]) =>
      judged(() => rpc.call<{ hash: string }>('generateblock', payee, txs)).hash;
    if (blocks > 0 && include.length > 0) hashes.push(one(include.map(hex)));
    while (empty && hashes.length < blocks) hashes.push(one([]));
    const rest = blocks - hashes.length;
    if (rest > 0) hashes.push(...rpc.call<string[]>('generatetoaddress', rest, payee));
    pull();
    return hashes;
  }
  const mine = (blocks = 1, how: MineOptions = {}): string[] => mineTo(faucet, blocks, how);

  function submit(raw: Uint8Array | string): string {
    const txid = judged(() => rpc.call<string>('sendrawtransaction', hex(raw), 0));
    pull();
    return txid;
  }

  function pay(script: Uint8Array, sats: bigint): string {
    return submit(payment(script, sats));
  }

  function invalidate(blocks: number): string[] {
    pull();
    const first = chain.height() - blocks + 1;
    if (first < 1) throw new RangeError('the genesis block stays');
    const gone = Array.from({ length: blocks }, (_, i) => chain.blockHash(first + i) as string).reverse();
    rpc.call('invalidateblock', gone.at(-1));
    pull();
    return gone;
  }

  pull();
  const isRipe = (height: number | undefined) => height !== undefined && chain.height() - height >= MATURITY;
  if (!chain.utxos(FAUCET_SCRIPT).some(({ block }) => isRipe(block?.height))) mine(MATURITY + 1);
  const poll = setInterval(() => {
    try {
      pull();
    } catch (e) {
      console.error(e);
    }
  }, POLL_MS).unref();

  return {
    ...chain,
    mine,
    fund: (to, sats) => pay(addressToScript(to, 'regtest'), sats),
    pay,
    submit,
    submitPackage: (raws) => {
      const result = packageResult(judged(() => rpc.call<NodePackage>('submitpackage', raws.map(hex), 0)));
      pull();
      return result;
    },
    invalidate,
    reorg: (blocks, how = {}) => {
      invalidate(blocks);
      return mineTo(elsewhere(chain.height(), Date.now()), blocks + 1, how);
    },
    evict: () => {
      throw new Error('a node keeps what is in its mempool');
    },
    snapshot: () => {
      throw new Error('a node cannot be taken back to where it was');
    },
    pull,
    stop: async () => {
      clearInterval(poll);
      await rpc.stop();
    },
  };
}
