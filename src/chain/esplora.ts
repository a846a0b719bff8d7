// The chain port over Esplora's HTTP API. What can be checked without a node is checked here: a raw transaction hashes
// to the txid that was asked for, and the amount of an output is read from such a transaction, not believed.
import * as v from 'valibot';
import { parseTx, txid as txidOf } from '../ark/tx.ts';
import { parseTxid, txidText } from '../ark/vtxo-id.ts';
import { parseHeader } from '../bitcoin/header.ts';
import { equalBytes, fromHex, toHex } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import { agreeing } from './agree.ts';
import { checkedTx, Hash, Height, KNOWN, rateOf, rejected, Vout } from './answers.ts';
import { endpoints, json, misbehaved, text, type EndpointsOptions } from './endpoints.ts';
import type { HttpAnswer } from '../http/fetch.ts';
import type { ChainSource, FeeRates, TxStatus, Utxo } from './source.ts';

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Status = v.object({
  confirmed: v.boolean(),
  block_height: v.nullish(Height),
  block_hash: v.nullish(Hash),
});
const TxSchema = v.object({ txid: Hash, status: Status });
const OutspendSchema = v.object({ spent: v.boolean(), txid: v.nullish(Hash), status: v.nullish(Status) });
const UtxosSchema = v.array(v.object({ txid: Hash, vout: Vout, status: Status }));
const ProofSchema = v.object({
  block_height: Height,
  pos: Vout,
  // a block of 4 MB has fewer than 2^16 transactions
  merkle: v.pipe(v.array(Hash), v.maxLength(20)),
});
const HistorySchema = v.array(TxSchema);
const StatsSchema = v.object({
  chain_stats: v.object({ tx_count: Count }),
  mempool_stats: v.object({ tx_count: Count }),
});
const FeesSchema = v.record(v.string(), v.number());
const PackageSchema = v.object({
  package_msg: v.string(),
  'tx-results': v.record(v.string(), v.object({ error: v.nullish(v.string()) })),
});

/** Confirmed transactions on a page of a script's history. */
const CHAIN_PAGE = 25;
const MAX_PAGES = 40;
type Listed = v.InferOutput<typeof HistorySchema>;
/** Where the next page begins; undefined when there is none. */
const lastConfirmed = (page: Listed): string | undefined => {
  const confirmed = page.filter((tx) => tx.status.confirmed);
  return confirmed.length < CHAIN_PAGE ? undefined : confirmed.at(-1)?.txid;
};

const ok = (answer: HttpAnswer, what: string): HttpAnswer => {
  if (answer.status !== 200) throw misbehaved(what, { status: answer.status });
  return answer;
};

const status = (s: v.InferOutput<typeof Status>): TxStatus => {
  if (!s.confirmed) return { confirmed: false };
  if (s.block_height == null || s.block_hash == null) throw misbehaved('status');
  return { confirmed: true, height: s.block_height, blockHash: s.block_hash };
};

const height = (answer: HttpAnswer, what: string): number => {
  const found = text(ok(answer, what));
  const result = v.safeParse(Height, /^\d+$/.test(found) ? Number(found) : undefined);
  if (!result.success) throw misbehaved(what);
  return result.output;
};

const hash = (answer: HttpAnswer, what: string): string => {
  const result = v.safeParse(Hash, text(ok(answer, what)));
  if (!result.success) throw misbehaved(what);
  return result.output;
};

const headerBytes = (answer: HttpAnswer, blockHash: string): Uint8Array => {
  const found = text(ok(answer, 'header'));
  const bytes = /^[0-9a-f]{160}$/.test(found) ? fromHex(found) : undefined;
  if (!bytes || parseHeader(bytes).hash !== blockHash) throw misbehaved('header', { hash: blockHash });
  return bytes;
};

/**
 * A chain source over Esplora servers. Elsewhere the second and later URLs are used when those before fail; on mainnet
 * they belong to other operators than the first, and both sides must agree (see agree.ts).
 * @throws (its methods) SkiffError CHAIN_UNREACHABLE, CHAIN_MISBEHAVED, WRONG_NETWORK, HTTP_REFUSED; broadcasts also TX_REJECTED
 */
export function esploraChain(options: EndpointsOptions): ChainSource {
  if (options.network !== 'mainnet') return esplora(options);
  const [first, others] = witnesses(options.urls);
  return agreeing(esplora({ ...options, urls: first }), esplora({ ...options, urls: others }));
}

/** Those of the first host, and all others: a spare must never stand in for the one it is compared with. */
function witnesses(urls: readonly string[]): [first: string[], others: string[]] {
  const host = (url: string | undefined): string | undefined =>
    url === undefined ? undefined : URL.parse(url)?.hostname.replace(/\.$/, '');
  const isFirst = (url: string): boolean => host(url) === host(urls[0]);
  const others = urls.filter((url) => !isFirst(url));
  if (others.length === 0)
    throw new SkiffError({
      code: 'CHAIN_NEEDS_SECOND',
      say: 'With real money Skiff compares two chain servers of different hosts. Add a second Esplora server.',
    });
  return [urls.filter(isFirst), others];
}

function esplora(options: EndpointsOptions): ChainSource {
  const ask = endpoints(options);
  const fallback = options.fallbackRate ?? (options.network === 'mainnet' ? 2 : 1);
  let rates: FeeRates = { fast: fallback, regular: fallback, slow: fallback };

  const fetchTx = (txid: string) =>
    ask(`/tx/${txid}/raw`, (answer) => {
      if (answer.status === 404) return undefined;
      return checkedTx(ok(answer, 'transaction').body, txid);
    });

  const txStatus = (txid: string) =>
    // not /tx/:txid/status, which says "unconfirmed" of transactions that nobody ever saw
    ask(`/tx/${txid}`, (answer) => {
      if (answer.status === 404) return undefined;
      const found = json(ok(answer, 'tx'), TxSchema, 'tx');
      if (found.txid !== txid) throw misbehaved('txid', { txid });
      return status(found.status);
    });
  const blockHash = (at: number) => ask(`/block-height/${at}`, (answer) => hash(answer, 'block hash'));
  const scriptPath = (script: Uint8Array) => `/scripthash/${toHex(sha256(script))}`;

  return {
    tip: async () => {
      const at = await ask('/blocks/tip/height', (answer) => height(answer, 'tip'));
      return { height: at, hash: await blockHash(at) };
    },
    blockHash,
    header: (blockHash) => ask(`/block/${blockHash}/header`, (answer) => headerBytes(answer, blockHash)),
    merkleProof: (txid) =>
      ask(`/tx/${txid}/merkle-proof`, (answer) => {
        // Esplora knows of no proof for what is not confirmed, and says so in more than one way
        if (answer.status === 404 || answer.status === 400) return undefined;
        const { block_height, pos, merkle } = json(ok(answer, 'proof'), ProofSchema, 'proof');
        return { height: block_height, position: pos, branch: merkle.map(parseTxid) };
      }),
    tx: async (txid) => (await fetchTx(txid))?.raw,
    txStatus,
    outspend: (txid, vout) =>
      ask(`/tx/${txid}/outspend/${vout}`, (answer) => {
        if (answer.status === 404) return { spent: false };
        const found = json(ok(answer, 'outspend'), OutspendSchema, 'outspend');
        if (!found.spent) return { spent: false };
        if (found.txid == null) throw misbehaved('outspend', { txid });
        return { spent: true, txid: found.txid, status: found.status ? status(found.status) : undefined };
      }),
    utxos: async (script) => {
      const listed = await ask(`${scriptPath(script)}/utxo`, (answer) =>
        json(ok(answer, 'utxo'), UtxosSchema, 'utxo'),
      );
      const found: Utxo[] = [];
      for (const { txid, vout, status: s } of listed) {
        const output = (await fetchTx(txid))?.tx.outputs[vout];
        if (!output || !equalBytes(output.script, script)) throw misbehaved('utxo', { txid, vout });
        found.push({ txid, vout, value: output.value, status: status(s) });
      }
      return found;
    },
    history: async (script) => {
      const path = `${scriptPath(script)}/txs`;
      const page = (at: string) => ask(at, (answer) => json(ok(answer, 'history'), HistorySchema, 'history'));
      const found = await page(path);
      for (let last = lastConfirmed(found), pages = 1; last && pages < MAX_PAGES; pages++) {
        const more = await page(`${path}/chain/${last}`);
        found.push(...more);
        last = more.length < CHAIN_PAGE ? undefined : lastConfirmed(more);
      }
      return found.map((tx) => ({ txid: tx.txid, status: status(tx.status) }));
    },
    used: (script) =>
      ask(scriptPath(script), (answer) => {
        const found = json(ok(answer, 'script'), StatsSchema, 'script');
        return found.chain_stats.tx_count + found.mempool_stats.tx_count > 0;
      }),
    feeRates: async () => {
      const found = await ask('/fee-estimates', (answer) =>
        json(ok(answer, 'fees'), FeesSchema, 'fees'),
      ).catch(() => undefined); // a node that just started has none: the last known ones, or the fallback
      if (!found) return rates;
      const rate = (target: string): number => rateOf(found[target], fallback);
      rates = { fast: rate('1'), regular: rate('3'), slow: rate('6') };
      return rates;
    },
    broadcast: async (raw) => {
      const txid = txidText(txidOf(parseTx(raw)));
      try {
        return await ask(
          '/tx',
          (answer) => {
            const said = text(answer);
            if (answer.status === 200 || KNOWN.test(said)) return txid;
            throw rejected(said);
          },
          { method: 'POST', body: toHex(raw) },
        );
      } catch (e) {
        // refused, or the answer got lost: what counts is whether the network has it
        if (await txStatus(txid).catch(() => undefined)) return txid;
        throw e;
      }
    },
    broadcastPackage: (raws) =>
      ask(
        '/txs/package',
        (answer) => {
          if (answer.status !== 200) throw rejected(text(answer));
          const found = json(answer, PackageSchema, 'package');
          const failed = Object.values(found['tx-results']).find(({ error }) => error && !KNOWN.test(error));
          if (failed) throw rejected(failed.error ?? found.package_msg);
        },
        { method: 'POST', body: JSON.stringify(raws.map((raw) => toHex(raw))) },
      ),
  };
}
