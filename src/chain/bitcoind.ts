// The chain port over a node of one's own (Bitcoin Core 29 or newer with txindex=1, as bark wants it). The node validates
// everything itself, so its word alone is enough on mainnet, too. A node has no index of addresses: unspent outputs come
// from a scan of its set of them, and of its mempool where that is small.
import * as v from 'valibot';
import { parseTx, txid as txidOf } from '../ark/tx.ts';
import { parseTxid, txidText } from '../ark/vtxo-id.ts';
import { parseHeader } from '../bitcoin/header.ts';
import { merkleBranch } from '../bitcoin/merkle.ts';
import type { Network } from '../bitcoin/network.ts';
import { fromHex, toHex } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { checkedTx, Hash, Height, KNOWN, rateOf, rejected, Vout } from './answers.ts';
import { GENESIS, misbehaved, unreachable } from './endpoints.ts';
import { outputScan } from './bitcoind-outputs.ts';
import { RpcError, type Call } from './rpc.ts';
import type { ChainSource, FeeRates, Outspend, TxStatus } from './source.ts';

export interface BitcoindOptions {
  call: Call;
  network: Network;
  /** sat/vB where the node gives no estimate. */
  fallbackRate?: number;
}

const Hex = v.pipe(v.string(), v.regex(/^([0-9a-f]{2})*$/));
const TxInfo = v.object({ hex: Hex, blockhash: v.optional(Hash) });
const Header = v.object({ height: Height, confirmations: v.number() });
const BlockIds = v.object({ height: Height, confirmations: v.number(), tx: v.array(Hash) });
const BlockTxs = v.object({
  tx: v.array(
    v.object({
      txid: Hash,
      vin: v.array(v.object({ txid: v.optional(Hash), vout: v.optional(Vout) })),
    }),
  ),
});
const Spending = v.array(v.object({ spendingtxid: v.optional(Hash) }));
const Chain = v.object({ blocks: Height, bestblockhash: Hash });
const Indexes = v.record(v.string(), v.object({ synced: v.boolean() }));
const Estimate = v.object({ feerate: v.optional(v.number()) });
const Package = v.object({
  package_msg: v.string(),
  'tx-results': v.optional(v.record(v.string(), v.object({ error: v.optional(v.string()) })), {}),
});

/** Bitcoin Core's rpc/protocol.h. */
const [NOT_FOUND, ALREADY_IN_UTXO_SET] = [-5, -27];
/** Blocks that are searched for the spender of an output: about a month. */
const SEARCH = 4320;

const said = (e: unknown, code: number): boolean => e instanceof RpcError && e.code === code;

/** What the node refused to answer, as our callers know errors. */
const asUnreachable = (e: unknown): unknown =>
  e instanceof RpcError ? unreachable({ reason: e.message, code: e.code }, e) : e;

/** @throws (its methods) SkiffError CHAIN_UNREACHABLE, CHAIN_MISBEHAVED, WRONG_NETWORK, UNSUPPORTED; broadcasts also TX_REJECTED */
export function bitcoindChain({
  call,
  network,
  fallbackRate = network === 'mainnet' ? 2 : 1,
}: BitcoindOptions): ChainSource {
  let checked: Promise<void> | undefined;

  /** The right network, and an index of transactions. */
  async function check(): Promise<void> {
    const genesis = await call('getblockhash', [0], Hash);
    if (genesis !== GENESIS[network])
      throw new SkiffError({
        code: 'WRONG_NETWORK',
        say: `This node is not on ${network}.`,
        details: { found: genesis },
      });
    if (!('txindex' in (await call('getindexinfo', ['txindex'], Indexes))))
      throw new SkiffError({
        code: 'UNSUPPORTED',
        say: 'This node has no index of transactions: start it with txindex=1.',
      });
  }

  const rpc: Call = async (method, params, schema) => {
    checked ??= check().catch((e: unknown) => {
      checked = undefined;
      throw asUnreachable(e);
    });
    await checked;
    return call(method, params, schema);
  };

  const blockHash = (height: number) => rpc('getblockhash', [height], Hash);
  const txInfo = (txid: string) =>
    rpc('getrawtransaction', [txid, true], TxInfo).catch((e: unknown) => {
      if (said(e, NOT_FOUND)) return undefined;
      throw e;
    });

  async function statusOf(info: v.InferOutput<typeof TxInfo>): Promise<TxStatus> {
    if (info.blockhash === undefined) return { confirmed: false };
    const { height, confirmations } = await rpc('getblockheader', [info.blockhash, true], Header);
    return confirmations > 0 ? { confirmed: true, height, blockHash: info.blockhash } : { confirmed: false };
  }
  const txStatus = async (txid: string): Promise<TxStatus | undefined> => {
    const info = await txInfo(txid);
    return info && statusOf(info);
  };

  /** Who spends a confirmed output that is not unspent any more, block by block from its own on. */
  async function confirmedSpender(txid: string, vout: number, from: number): Promise<Outspend> {
    const { blocks } = await rpc('getblockchaininfo', [], Chain);
    for (let height = from; height <= Math.min(blocks, from + SEARCH); height++) {
      const hash = await blockHash(height);
      const { tx } = await rpc('getblock', [hash, 2], BlockTxs);
      const spender = tx.find(({ vin }) => vin.some((i) => i.txid === txid && i.vout === vout));
      if (spender)
        return { spent: true, txid: spender.txid, status: { confirmed: true, height, blockHash: hash } };
    }
    return { spent: true };
  }

  const outputs = outputScan(rpc);
  const source: ChainSource = {
    tip: async () => {
      const { blocks, bestblockhash } = await rpc('getblockchaininfo', [], Chain);
      return { height: blocks, hash: bestblockhash };
    },
    blockHash,
    header: async (hash) => {
      const bytes = fromHex(await rpc('getblockheader', [hash, false], Hex));
      if (bytes.length !== 80 || parseHeader(bytes).hash !== hash) throw misbehaved('header', { hash });
      return bytes;
    },
    merkleProof: async (txid) => {
      const info = await txInfo(txid);
      if (info?.blockhash === undefined) return undefined;
      const block = await rpc('getblock', [info.blockhash, 1], BlockIds);
      const position = block.tx.indexOf(txid);
      if (block.confirmations <= 0 || position < 0) return undefined;
      return { height: block.height, position, branch: merkleBranch(block.tx.map(parseTxid), position) };
    },
    tx: async (txid) => {
      const info = await txInfo(txid);
      return info && checkedTx(fromHex(info.hex), txid).raw;
    },
    txStatus,
    outspend: async (txid, vout) => {
      const [waiting] = await rpc('gettxspendingprevout', [[{ txid, vout }]], Spending);
      if (waiting?.spendingtxid !== undefined)
        return { spent: true, txid: waiting.spendingtxid, status: { confirmed: false } };
      const status = await txStatus(txid);
      if (status?.height === undefined) return { spent: false };
      const unspent = await rpc('gettxout', [txid, vout, false], v.nullable(v.unknown()));
      return unspent === null ? confirmedSpender(txid, vout, status.height) : { spent: false };
    },
    utxos: (script) => outputs(script),
    used: async (script) => (await outputs(script)).length > 0,
    history: async (script) => (await outputs(script)).map(({ txid, status }) => ({ txid, status })),
    feeRates: async () => {
      const rate = async (target: number) => {
        const { feerate } = await rpc('estimatesmartfee', [target, 'economical'], Estimate);
        // BTC for 1000 vbytes
        return rateOf(feerate === undefined ? undefined : feerate * 100_000, fallbackRate);
      };
      const rates: FeeRates = { fast: await rate(1), regular: await rate(3), slow: await rate(6) };
      return rates;
    },
    broadcast: async (raw) => {
      const txid = txidText(txidOf(parseTx(raw)));
      try {
        await rpc('sendrawtransaction', [toHex(raw)], Hash);
      } catch (e) {
        if (!(e instanceof RpcError)) throw e;
        if (e.code !== ALREADY_IN_UTXO_SET && !KNOWN.test(e.message)) throw rejected(e.message);
      }
      return txid;
    },
    broadcastPackage: async (raws) => {
      const hexes = raws.map((raw) => toHex(raw));
      const found = await rpc('submitpackage', [hexes], Package).catch((e: unknown) => {
        throw e instanceof RpcError ? rejected(e.message) : e;
      });
      const failed = Object.values(found['tx-results']).find(({ error }) => error && !KNOWN.test(error));
      if (failed) throw rejected(failed.error ?? found.package_msg);
      if (found.package_msg !== 'success' && Object.keys(found['tx-results']).length === 0)
        throw rejected(found.package_msg);
    },
  };
  return translated(source);
}

/** The same, whose methods throw SkiffErrors only. */
function translated(source: ChainSource): ChainSource {
  const wrap =
    <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      method(...args).catch((e: unknown) => {
        throw asUnreachable(e);
      });
  return {
    tip: wrap(source.tip),
    blockHash: wrap(source.blockHash),
    header: wrap(source.header),
    merkleProof: wrap(source.merkleProof),
    tx: wrap(source.tx),
    txStatus: wrap(source.txStatus),
    outspend: wrap(source.outspend),
    utxos: wrap(source.utxos),
    used: wrap(source.used),
    history: wrap(source.history),
    feeRates: wrap(source.feeRates),
    broadcast: wrap(source.broadcast),
    broadcastPackage: wrap(source.broadcastPackage),
  };
}
