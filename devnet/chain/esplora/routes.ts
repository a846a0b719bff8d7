// Esplora's paths and what each answers. The first route whose pattern fits wins; undefined becomes 404.
import { addressToScript } from '../../../src/bitcoin/address.ts';
import { merkleBranch } from '../../../src/bitcoin/merkle.ts';
import { concat, fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { headerBytes } from '../block.ts';
import { compactSize } from '../le.ts';
import { partialTree } from '../merkle.ts';
import { scriptHash } from '../state.ts';
import { displayHash, internalHash } from '../tx.ts';
import type { BlockRecord, DevChain, OutputRecord, TxRecord } from '../types.ts';
import {
  blockJson,
  headerHex,
  mempoolJson,
  outspendJson,
  recentJson,
  scriptStatsJson,
  statusJson,
  txJson,
  utxoJson,
} from './shapes.ts';

/** Text, bytes, or a value for JSON; undefined is "not found". */
export type Answer = string | Uint8Array | { readonly json: unknown } | undefined;

/** A request that makes no sense: 400 with these words. */
export class BadRequest extends Error {}

type Route = readonly [RegExp, (chain: DevChain, ...parts: string[]) => Answer];

const PAGE = 25;
const MEMPOOL_PAGE = 50;
const BLOCKS_PAGE = 10;
const HASH = '([0-9a-f]{64})';
const path = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const json = (value: unknown): Answer => ({ json: value });

function pick(chain: DevChain, records: readonly TxRecord[], after: string | undefined, size = PAGE): Answer {
  const from = after === undefined ? 0 : records.findIndex(({ tx }) => tx.txid === after) + 1;
  return json(records.slice(from, from + size).map((record) => txJson(chain, record)));
}

/** Answers about one script: totals, history in pages, unspent outputs. */
function aboutScript(chain: DevChain, hash: string, what = '', last?: string): Answer {
  const records = chain.history(hash);
  const [waiting, confirmed] = [records.filter(({ block }) => !block), records.filter(({ block }) => block)];
  if (what === '/txs')
    return json(
      [...waiting.slice(0, MEMPOOL_PAGE), ...confirmed.slice(0, PAGE)].map((record) => txJson(chain, record)),
    );
  if (what === '/txs/mempool') return pick(chain, waiting, undefined, MEMPOOL_PAGE);
  if (what.startsWith('/txs/chain')) return pick(chain, confirmed, last);
  if (what === '/utxo') return json(unspent(chain, records, hash).map((output) => utxoJson(chain, output)));
  return undefined;
}

const unspent = (chain: DevChain, records: readonly TxRecord[], hash: string): OutputRecord[] =>
  records.flatMap(({ tx, block }) =>
    tx.outputs.flatMap((output, vout) =>
      scriptHash(output.script) === hash && !chain.outspend(tx.txid, vout)
        ? [{ ...output, txid: tx.txid, vout, block }]
        : [],
    ),
  );

function hashOfAddress(address: string): string {
  try {
    return scriptHash(addressToScript(address, 'regtest'));
  } catch {
    throw new BadRequest('Invalid Bitcoin address');
  }
}

const withTx = (chain: DevChain, txid: string, answer: (record: TxRecord) => Answer): Answer => {
  const record = chain.tx(txid);
  return record && answer(record);
};

const withBlock = (chain: DevChain, hash: string, answer: (block: BlockRecord) => Answer): Answer => {
  const block = chain.block(hash);
  return block && answer(block);
};

/** Where a confirmed transaction lies in its block, with the block's leaves. */
function placed(chain: DevChain, txid: string) {
  const at = chain.tx(txid)?.block;
  const block = at && chain.block(at.hash);
  return block && { at, block, leaves: block.txs.map((tx) => internalHash(tx.txid)) };
}

function blocksDown(chain: DevChain, from: number): Answer {
  const heights = Array.from({ length: BLOCKS_PAGE }, (_, i) => from - i);
  return json(
    heights.flatMap((height) => {
      const block = chain.block(chain.blockHash(height) ?? '');
      return block ? [blockJson(block)] : [];
    }),
  );
}

const rawBlock = ({ header, txs }: BlockRecord): Uint8Array =>
  concat(headerBytes(header), compactSize(txs.length), ...txs.map(({ raw }) => raw));

function blockTxs(chain: DevChain, block: BlockRecord, from: number): Answer {
  if (from % PAGE !== 0) throw new BadRequest('start index must be a multipication of 25');
  const page = block.txs.slice(from, from + PAGE);
  if (page.length === 0 && from > 0) throw new BadRequest('start index out of range');
  return json(page.flatMap(({ txid }) => chain.tx(txid) ?? []).map((record) => txJson(chain, record)));
}

const aboutBlock: Record<string, (chain: DevChain, block: BlockRecord) => Answer> = {
  '': (_, block) => json(blockJson(block)),
  '/header': (_, block) => headerHex(block),
  '/raw': (_, block) => rawBlock(block),
  '/txids': (_, { txs }) => json(txs.map(({ txid }) => txid)),
  '/txs': (chain, block) => blockTxs(chain, block, 0),
  '/status': (chain, { best, height }) =>
    json({
      in_best_chain: best,
      ...(best ? { height, next_best: chain.blockHash(height + 1) ?? null } : {}),
    }),
};

const aboutTx: Record<string, (chain: DevChain, record: TxRecord) => Answer> = {
  '': (chain, record) => json(txJson(chain, record)),
  '/raw': (_, { tx }) => tx.raw,
  '/hex': (_, { tx }) => toHex(tx.raw),
  '/outspends': (chain, { tx }) => json(tx.outputs.map((_, vout) => outspendJson(chain, tx.txid, vout))),
  '/merkle-proof': (chain, { tx }) => {
    const place = placed(chain, tx.txid);
    return (
      place &&
      json({
        block_height: place.at.height,
        merkle: merkleBranch(place.leaves, place.at.position).map(displayHash),
        pos: place.at.position,
      })
    );
  },
  '/merkleblock-proof': (chain, { tx }) => {
    const place = placed(chain, tx.txid);
    return (
      place && toHex(concat(headerBytes(place.block.header), partialTree(place.leaves, place.at.position)))
    );
  },
};

const routes: readonly Route[] = [
  [path('/blocks/tip/height'), (chain) => String(chain.height())],
  [path('/blocks/tip/hash'), (chain) => chain.tip().hash],
  [path('/blocks'), (chain) => blocksDown(chain, chain.height())],
  [path('/blocks/(\\d+)'), (chain, from = '') => blocksDown(chain, Number(from))],
  [path('/block-height/(\\d+)'), (chain, height = '') => chain.blockHash(Number(height))],
  [
    path(`/block/${HASH}/txid/(\\d+)`),
    (chain, hash = '', at = '') => withBlock(chain, hash, ({ txs }) => txs[Number(at)]?.txid),
  ],
  [
    path(`/block/${HASH}/txs/(\\d+)`),
    (chain, hash = '', from = '') => withBlock(chain, hash, (block) => blockTxs(chain, block, Number(from))),
  ],
  [
    path(`/block/${HASH}(/\\w+)?`),
    (chain, hash = '', what = '') => withBlock(chain, hash, (block) => aboutBlock[what]?.(chain, block)),
  ],
  // of what nobody knows these two say "not confirmed" and "not spent", as electrs does
  [path(`/tx/${HASH}/status`), (chain, txid = '') => json(statusJson(chain, chain.tx(txid)?.block))],
  [
    path(`/tx/${HASH}/outspend/(\\d+)`),
    (chain, txid = '', vout = '') => json(outspendJson(chain, txid, Number(vout))),
  ],
  [
    path(`/tx/${HASH}(/[\\w-]+)?`),
    (chain, txid = '', what = '') => withTx(chain, txid, (record) => aboutTx[what]?.(chain, record)),
  ],
  [
    path('/address/(\\w+)'),
    (chain, address = '') => json({ address, ...scriptStatsJson(chain, hashOfAddress(address)) }),
  ],
  [
    path(`/scripthash/${HASH}`),
    (chain, hash = '') => json({ scripthash: hash, ...scriptStatsJson(chain, hash) }),
  ],
  [
    path(`/address/(\\w+)(/txs/chain|/\\w+(?:/mempool)?)(?:/${HASH})?`),
    (chain, address = '', what, last) => aboutScript(chain, hashOfAddress(address), what, last),
  ],
  [
    path(`/scripthash/${HASH}(/txs/chain|/\\w+(?:/mempool)?)(?:/${HASH})?`),
    (chain, hash = '', what, last) => aboutScript(chain, hash, what, last),
  ],
  [path('/fee-estimates'), (chain) => json(chain.feeEstimates)],
  [path('/mempool'), (chain) => json(mempoolJson(chain.mempool()))],
  [path('/mempool/txids'), (chain) => json(chain.mempool().map(({ tx }) => tx.txid))],
  [path('/mempool/recent'), (chain) => json(recentJson(chain.mempool()))],
];

/** Answers a GET; undefined when there is nothing at this path. @throws BadRequest */
export function answerGet(chain: DevChain, pathname: string): Answer {
  for (const [pattern, answer] of routes) {
    const match = pattern.exec(pathname);
    if (match) return answer(chain, ...match.slice(1));
  }
  return undefined;
}

/** Raw transactions in a body: hex text, or a JSON list of hex texts. @throws BadRequest */
export function readPackage(body: string): Uint8Array[] {
  try {
    const list: unknown = JSON.parse(body);
    if (!Array.isArray(list)) throw new TypeError('no list');
    return list.map((item) => fromHex(String(item)));
  } catch {
    throw new BadRequest('Invalid package: expected a JSON list of raw transactions in hex');
  }
}
