// Esplora's API over HTTP, asked raw and through the wallet's own chain client.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { esplora, type DevChain } from '../../../../devnet/chain/index.ts';
import { readTx } from '../../../../devnet/chain/tx.ts';
import { scriptToAddress } from '../../../../src/bitcoin/address.ts';
import { esploraChain } from '../../../../src/chain/esplora.ts';
import { fromHex, toHex } from '../../../../src/crypto/bytes.ts';
import { sha256, sha256d } from '../../../../src/crypto/hash.ts';
import { ANCHOR, ANYONE, build, coin, keyLock, outputOf, still } from './hands.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(chain: DevChain = still()) {
  const server = createServer(esplora(chain));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = (path: string) => fetch(url + path);
  const text = async (path: string) => (await get(path)).text();
  const json = async <T = Record<string, unknown>>(path: string) => (await (await get(path)).json()) as T;
  const post = (path: string, body: string) => fetch(url + path, { method: 'POST', body });
  const wallet = esploraChain({ urls: [url], network: 'regtest', fetch, now: Date.now });
  return { chain, url, get, text, json, post, wallet };
}

const lock = keyLock(1);
const to = keyLock(200).script;

describe('blocks', () => {
  it('are found by height and hash, in every form', async () => {
    const { chain, text, json, get } = await serve();
    chain.pay(to, 50_000n);
    chain.mine();
    expect(await text('/blocks/tip/height')).toBe('121');
    const hash = await text('/blocks/tip/hash');
    expect(await text('/block-height/121')).toBe(hash);
    expect(await text('/api/block-height/0')).toBe(
      '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206',
    );
    expect((await get('/block-height/122')).status).toBe(404);
    const header = fromHex(await text(`/block/${hash}/header`));
    expect(header).toHaveLength(80);
    expect(toHex(sha256d(header).reverse())).toBe(hash);
    expect(await json(`/block/${hash}`)).toMatchObject({
      id: hash,
      height: 121,
      tx_count: 2,
      nonce: expect.any(Number),
    });
    expect(await json(`/block/${hash}/status`)).toEqual({
      in_best_chain: true,
      height: 121,
      next_best: null,
    });
    const txids = await json<string[]>(`/block/${hash}/txids`);
    expect(await text(`/block/${hash}/txid/1`)).toBe(txids[1]);
    expect(await json<unknown[]>(`/block/${hash}/txs`)).toHaveLength(2);
    const raw = new Uint8Array(await (await get(`/block/${hash}/raw`)).arrayBuffer());
    expect(toHex(raw)).toBe(toHex(chain.rawBlocks().at(-1) as Uint8Array));
  });
  it('are listed ten at a time from the tip down', async () => {
    const { json } = await serve();
    const heights = async (path: string) =>
      (await json<{ height: number }[]>(path)).map(({ height }) => height);
    expect(await heights('/blocks')).toEqual([120, 119, 118, 117, 116, 115, 114, 113, 112, 111]);
    expect(await heights('/blocks/3')).toEqual([3, 2, 1, 0]);
  });
  it('that a reorg took off say so', async () => {
    const { chain, json } = await serve();
    const [gone] = chain.mine();
    chain.reorg(1);
    expect(await json(`/block/${gone}/status`)).toEqual({ in_best_chain: false });
  });
});

describe('transactions', () => {
  it('come with prevouts, fee and status, raw and as hex', async () => {
    const { chain, json, text, get } = await serve();
    const own = coin(chain, lock);
    const raw = build({ inputs: [{ coin: own }], outputs: [{ value: own.value - 700n, script: to }] });
    const txid = chain.submit(raw);
    expect(await json(`/tx/${txid}`)).toMatchObject({
      txid,
      version: 2,
      fee: 700,
      weight: readTx(raw).weight,
      size: raw.length,
      status: { confirmed: false },
      vin: [
        {
          txid: own.txid,
          vout: own.vout,
          is_coinbase: false,
          scriptsig: '',
          prevout: { value: 100_000, scriptpubkey: toHex(lock.script), scriptpubkey_type: 'v1_p2tr' },
        },
      ],
      vout: [{ value: 99_300, scriptpubkey_address: scriptToAddress(to, 'regtest') }],
    });
    expect(await text(`/tx/${txid}/hex`)).toBe(toHex(raw));
    expect(new Uint8Array(await (await get(`/tx/${txid}/raw`)).arrayBuffer())).toEqual(raw);
    const [hash] = chain.mine();
    expect(await json(`/tx/${txid}/status`)).toMatchObject({
      confirmed: true,
      block_height: 122,
      block_hash: hash,
    });
    expect((await get(`/tx/${'11'.repeat(32)}`)).status).toBe(404);
    expect(await json(`/tx/${'11'.repeat(32)}/status`)).toEqual({ confirmed: false });
  });
  it('of a coinbase have no prevout', async () => {
    const { chain, json } = await serve();
    const [txid] = await json<string[]>(`/block/${chain.tip().hash}/txids`);
    expect(await json(`/tx/${txid}`)).toMatchObject({ fee: 0, vin: [{ is_coinbase: true, prevout: null }] });
  });
  it('are proven to be in their block', async () => {
    const { chain, json, text } = await serve();
    for (let n = 10; n < 15; n++) chain.pay(keyLock(n).script, 50_000n);
    const [hash] = chain.mine();
    const root = (await json<{ merkle_root: string }>(`/block/${hash}`)).merkle_root;
    for (const txid of await json<string[]>(`/block/${hash}/txids`)) {
      const proof = await json<{ merkle: string[]; pos: number; block_height: number }>(
        `/tx/${txid}/merkle-proof`,
      );
      const found = proof.merkle.reduce((node, other, depth) => {
        const sibling = fromHex(other).reverse();
        return (proof.pos >> depth) & 1 ? sha256d(sibling, node) : sha256d(node, sibling);
      }, fromHex(txid).reverse());
      expect(toHex(found.reverse())).toBe(root);
      const block = await text(`/tx/${txid}/merkleblock-proof`);
      expect(block.slice(0, 160)).toBe(await text(`/block/${hash}/header`));
      expect(block).toContain(toHex(fromHex(txid).reverse()));
    }
  });
  it('tell who spends their outputs', async () => {
    const { chain, json } = await serve();
    const own = coin(chain, lock);
    const path = `/tx/${own.txid}/outspend/${own.vout}`;
    expect(await json(path)).toEqual({ spent: false });
    const txid = chain.submit(build({ inputs: [{ coin: own }], outputs: [{ value: 99_000n, script: to }] }));
    expect(await json(path)).toEqual({ spent: true, txid, vin: 0, status: { confirmed: false } });
    chain.mine();
    expect(await json(path)).toMatchObject({ spent: true, status: { confirmed: true, block_height: 122 } });
    expect(((await json(`/tx/${own.txid}/outspends`)) as unknown as unknown[])[own.vout]).toMatchObject({
      txid,
    });
    expect(await json(`/tx/${'11'.repeat(32)}/outspend/0`)).toEqual({ spent: false });
  });
});

describe('scripts and addresses', () => {
  it('have totals, history and unspent outputs', async () => {
    const { chain, json } = await serve();
    const own = coin(chain, lock);
    const waiting = chain.pay(lock.script, 30_000n);
    const hash = toHex(sha256(lock.script));
    const address = scriptToAddress(lock.script, 'regtest') as string;
    for (const base of [`/scripthash/${hash}`, `/address/${address}`]) {
      expect(await json(base)).toMatchObject({
        chain_stats: { funded_txo_count: 1, funded_txo_sum: 100_000, spent_txo_count: 0, tx_count: 1 },
        mempool_stats: { funded_txo_count: 1, funded_txo_sum: 30_000, tx_count: 1 },
      });
      const ids = async (path: string) =>
        (await json<{ txid: string }[]>(base + path)).map(({ txid }) => txid);
      expect(await ids('/txs')).toEqual([waiting, own.txid]);
      expect(await ids('/txs/mempool')).toEqual([waiting]);
      expect(await ids('/txs/chain')).toEqual([own.txid]);
      expect(await ids(`/txs/chain/${own.txid}`)).toEqual([]);
      expect(await ids('/utxo')).toEqual([waiting, own.txid]);
    }
  });
  it('page through a long history', async () => {
    const { chain, json } = await serve();
    const txids: string[] = [];
    for (let i = 0; i < 30; i++) {
      txids.unshift(chain.pay(lock.script, 1000n + BigInt(i)));
      chain.mine();
    }
    const base = `/scripthash/${toHex(sha256(lock.script))}/txs`;
    const page = async (path: string) =>
      (await json<{ txid: string }[]>(base + path)).map(({ txid }) => txid);
    expect(await page('')).toEqual(txids.slice(0, 25));
    expect(await page(`/chain/${txids[24]}`)).toEqual(txids.slice(25));
  });
  it('refuse an address of another network', async () => {
    const { get } = await serve();
    expect((await get('/address/bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq')).status).toBe(400);
  });
});

describe('sending', () => {
  it('takes a transaction and says why it refuses one, in the node’s words', async () => {
    const { chain, post } = await serve();
    const own = coin(chain, lock);
    const spend = (fee: bigint) =>
      toHex(build({ inputs: [{ coin: own }], outputs: [{ value: own.value - fee, script: to }] }));
    const refused = await post('/tx', spend(1n));
    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(
      /^sendrawtransaction RPC error: {"code":-26,"message":"min relay fee not met, 1 < /,
    );
    const taken = await post('/tx', spend(500n));
    expect([taken.status, await taken.text()]).toEqual([200, readTx(spend(500n)).txid]);
    expect((await post('/tx', 'zz')).status).toBe(400);
  });
  it('takes a package and answers as submitpackage does', async () => {
    const { chain, post } = await serve();
    const parent = build({
      version: 3,
      inputs: [{ coin: coin(chain, lock), sequence: 0 }],
      outputs: [
        { value: 100_000n, script: to },
        { value: 0n, script: ANCHOR },
      ],
    });
    const own = coin(chain, keyLock(2));
    const child = build({
      version: 3,
      inputs: [{ coin: outputOf(parent, 1, ANYONE) }, { coin: own }],
      outputs: [{ value: own.value - 1000n, script: to }],
    });
    const answer = await post('/txs/package', JSON.stringify([parent, child].map(toHex)));
    expect(await answer.json()).toEqual({
      package_msg: 'success',
      'tx-results': {
        [readTx(parent).wtxid]: expect.objectContaining({
          txid: readTx(parent).txid,
          vsize: readTx(parent).vsize,
          fees: expect.objectContaining({
            base: 0,
            'effective-includes': [readTx(parent).wtxid, readTx(child).wtxid],
          }),
        }),
        [readTx(child).wtxid]: expect.objectContaining({ fees: expect.objectContaining({ base: 0.00001 }) }),
      },
      'replaced-transactions': [],
    });
    expect((await post('/txs/package', '{}')).status).toBe(400);
  });
  it('answers browsers of every origin', async () => {
    const { url } = await serve();
    const preflight = await fetch(`${url}/tx`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  });
});

it('tells fee estimates and what the mempool holds', async () => {
  const { chain, json } = await serve();
  expect(await json('/fee-estimates')).toMatchObject({ 1: 3, 3: 2, 6: 1, 1008: 1 });
  chain.feeEstimates['1'] = 42.5;
  expect(await json('/fee-estimates')).toMatchObject({ 1: 42.5 });
  const txid = chain.pay(to, 50_000n);
  expect(await json('/mempool')).toMatchObject({
    count: 1,
    fee_histogram: [[expect.any(Number), expect.any(Number)]],
  });
  expect(await json('/mempool/txids')).toEqual([txid]);
  expect(await json('/mempool/recent')).toMatchObject([{ txid }]);
});

it('is a chain that the wallet’s own client understands', async () => {
  const { chain, wallet } = await serve();
  const own = coin(chain, lock);
  expect(await wallet.tip()).toEqual(chain.tip());
  expect(await wallet.utxos(lock.script)).toEqual([
    expect.objectContaining({ txid: own.txid, vout: own.vout, value: own.value }),
  ]);
  expect(await wallet.used(to)).toBe(false);
  const raw = build({ inputs: [{ coin: own }], outputs: [{ value: own.value - 500n, script: to }] });
  const txid = await wallet.broadcast(raw);
  expect(await wallet.broadcast(raw)).toBe(txid);
  expect(await wallet.tx(txid)).toEqual(raw);
  expect(await wallet.txStatus(txid)).toEqual({ confirmed: false });
  expect(await wallet.outspend(own.txid, own.vout)).toEqual({
    spent: true,
    txid,
    status: { confirmed: false },
  });
  chain.mine();
  expect(await wallet.broadcast(raw)).toBe(txid);
  expect(await wallet.txStatus(txid)).toMatchObject({ confirmed: true, height: 122 });
  expect(await wallet.feeRates()).toEqual({ fast: 3, regular: 2, slow: 1 });
  await expect(
    wallet.broadcast(build({ inputs: [{ coin: own }], outputs: [{ value: 1000n, script: to }] })),
  ).rejects.toMatchObject({ code: 'TX_REJECTED' });
});
