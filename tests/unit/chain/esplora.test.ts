import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { serializeTx, txid as txidOf, type Tx } from '../../../src/ark/tx.ts';
import { txidText } from '../../../src/ark/vtxo-id.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { esploraChain } from '../../../src/chain/esplora.ts';
import { guardedFetch } from '../../../src/http/fetch.ts';
import { sats } from '../../../src/units.ts';

const GENESIS = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
const HASH = 'ab'.repeat(32);
const script = new Uint8Array([0x51, 0x20, ...new Uint8Array(32).fill(5)]);
const tx: Tx = {
  version: 2,
  inputs: [
    { prevout: { txid: new Uint8Array(32).fill(1), vout: 0 }, sequence: 0, witness: [new Uint8Array(64)] },
  ],
  outputs: [
    { value: sats(700), script: new Uint8Array([0x6a]) },
    { value: sats(12_345), script },
  ],
  lockTime: 0,
};
const raw = serializeTx(tx);
const txid = txidText(txidOf(tx));
const unconfirmed = { confirmed: false };

type Reply = string | Uint8Array | object | number;
type Routes = Record<string, Reply | ((body: string) => Reply)>;
const servers: Server[] = [];
/** An Esplora that answers these paths; a number is an HTTP status. `asked` lists what was asked. */
async function esplora(routes: Routes): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const all: Routes = { '/block-height/0': GENESIS, ...routes };
  const server = createServer((q, r) => {
    const chunks: Buffer[] = [];
    q.on('data', (c: Buffer) => chunks.push(c));
    q.on('end', () => {
      asked.push(q.url!);
      const route = all[q.url!] ?? 404;
      const reply = typeof route === 'function' ? route(Buffer.concat(chunks).toString()) : route;
      if (typeof reply === 'number') r.writeHead(reply).end('no');
      else if (typeof reply === 'string' || reply instanceof Uint8Array) r.end(reply);
      else if ('http' in reply) r.writeHead(Number(reply.http)).end((reply as { text?: string }).text);
      else r.end(JSON.stringify(reply));
    });
  });
  servers.push(server);
  await new Promise<void>((r) => server.listen(0, '127.0.0.1', r));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const waits: number[] = [];
const chainOf = (...urls: string[]) =>
  esploraChain({
    urls,
    network: 'regtest',
    fetch: guardedFetch({ privateAllowed: true, maxBytes: 1e6 }),
    now: () => 1000,
    sleep: async (ms) => void waits.push(ms),
    timeoutMs: 2000,
  });
const only = async (routes: Routes) => chainOf((await esplora(routes)).url);

describe('reading the chain', () => {
  test('tip', async () => {
    const chain = await only({ '/blocks/tip/height': '120\n', '/block-height/120': HASH });
    expect(await chain.tip()).toEqual({ height: 120, hash: HASH });
  });

  test('a raw transaction is believed only if it hashes to its txid', async () => {
    expect(await (await only({ [`/tx/${txid}/raw`]: raw })).tx(txid)).toEqual(raw);
    expect(await (await only({})).tx(txid)).toBe(undefined);
    for (const bad of [raw.map((b, i) => (i === 50 ? b ^ 1 : b)), raw.slice(1), new Uint8Array()])
      await expect((await only({ [`/tx/${txid}/raw`]: bad })).tx(txid)).rejects.toMatchObject({
        code: 'CHAIN_MISBEHAVED',
      });
  });

  test('status of a transaction: unknown, waiting, confirmed', async () => {
    expect(await (await only({})).txStatus(txid)).toBe(undefined);
    const waiting = await only({ [`/tx/${txid}`]: { txid, status: unconfirmed } });
    expect(await waiting.txStatus(txid)).toEqual(unconfirmed);
    const block = { confirmed: true, block_height: 7, block_hash: HASH };
    const done = await only({ [`/tx/${txid}`]: { txid, status: block } });
    expect(await done.txStatus(txid)).toEqual({ confirmed: true, height: 7, blockHash: HASH });
    const other = await only({ [`/tx/${txid}`]: { txid: HASH, status: block } });
    await expect(other.txStatus(txid)).rejects.toMatchObject({ code: 'CHAIN_MISBEHAVED' });
    const nowhere = await only({ [`/tx/${txid}`]: { txid, status: { confirmed: true } } });
    await expect(nowhere.txStatus(txid)).rejects.toMatchObject({ code: 'CHAIN_MISBEHAVED' });
  });

  test('amounts of outputs come from the transaction itself', async () => {
    const path = `/scripthash/${toHex(sha256(script))}`;
    const listed = (vout: number) => [{ txid, vout, value: 21_000_000, status: unconfirmed }];
    const routes = { [`/tx/${txid}/raw`]: raw, [path]: stats(0, 1) };
    const chain = await only({ ...routes, [`${path}/utxo`]: listed(1) });
    expect(await chain.utxos(script)).toEqual([{ txid, vout: 1, value: 12_345n, status: unconfirmed }]);
    expect(await chain.used(script)).toBe(true);
    const wrong = await only({ ...routes, [`${path}/utxo`]: listed(0), [path]: stats(0, 0) });
    await expect(wrong.utxos(script)).rejects.toMatchObject({ code: 'CHAIN_MISBEHAVED' });
    expect(await wrong.used(script)).toBe(false);
  });

  const stats = (chain: number, mempool: number) => ({
    chain_stats: { tx_count: chain },
    mempool_stats: { tx_count: mempool },
  });

  test('who spent an output', async () => {
    const path = `/tx/${txid}/outspend/1`;
    expect(await (await only({ [path]: { spent: false } })).outspend(txid, 1)).toEqual({ spent: false });
    const spent = await only({ [path]: { spent: true, txid: HASH, vin: 0, status: unconfirmed } });
    expect(await spent.outspend(txid, 1)).toEqual({ spent: true, txid: HASH, status: unconfirmed });
  });

  test('fee rates: the estimates, never absurd, else the last known', async () => {
    const routes: Routes = { '/fee-estimates': { 1: 12.5, 3: 5, 6: 99_999 } };
    const { url } = await esplora(routes);
    const chain = chainOf(url);
    expect(await chain.feeRates()).toEqual({ fast: 12.5, regular: 5, slow: 1000 });
    servers[0]!.close();
    servers[0]!.closeAllConnections();
    expect(await chain.feeRates()).toEqual({ fast: 12.5, regular: 5, slow: 1000 });
    expect(await (await only({ '/fee-estimates': {} })).feeRates()).toEqual({ fast: 1, regular: 1, slow: 1 });
  });
});

describe('broadcasting', () => {
  test('accepted, or known already: the txid', async () => {
    let sent = '';
    const chain = await only({ '/tx': (body) => ((sent = body), txid) });
    expect(await chain.broadcast(raw)).toBe(txid);
    expect(sent).toBe(toHex(raw));
    const again = await only({ '/tx': { http: 400, text: 'RPC error: txn-already-in-mempool' } });
    expect(await again.broadcast(raw)).toBe(txid);
  });

  test('refused: the reason; but not when the network has it anyway', async () => {
    const no = { http: 400, text: 'RPC error: bad-txns-inputs-missingorspent' };
    await expect((await only({ '/tx': no })).broadcast(raw)).rejects.toMatchObject({
      code: 'TX_REJECTED',
      details: { reason: no.text },
    });
    const has = await only({ '/tx': no, [`/tx/${txid}`]: { txid, status: unconfirmed } });
    expect(await has.broadcast(raw)).toBe(txid);
  });

  test('a package', async () => {
    const result = (error?: string) => ({ package_msg: 'x', 'tx-results': { [HASH]: { txid, error } } });
    await (await only({ '/txs/package': result() })).broadcastPackage([raw, raw]);
    await (await only({ '/txs/package': result('txn-already-in-mempool') })).broadcastPackage([raw]);
    await expect(
      (await only({ '/txs/package': result('min relay fee not met') })).broadcastPackage([raw]),
    ).rejects.toMatchObject({ code: 'TX_REJECTED' });
  });
});

describe('several endpoints', () => {
  test('the next one answers when the first fails, and goes first from then on', async () => {
    const broken = await esplora({ '/blocks/tip/height': 503 });
    const good = await esplora({ '/blocks/tip/height': '5', '/block-height/5': HASH });
    const chain = chainOf(broken.url, good.url);
    expect((await chain.tip()).height).toBe(5);
    const before = broken.asked.length;
    expect((await chain.tip()).height).toBe(5);
    expect(broken.asked.length).toBe(before);
  });

  test('a liar is passed over, too', async () => {
    const liar = await esplora({ [`/tx/${txid}/raw`]: new Uint8Array([1, 2, 3]) });
    const good = await esplora({ [`/tx/${txid}/raw`]: raw });
    expect(await chainOf(liar.url, good.url).tx(txid)).toEqual(raw);
  });

  test('all fail: three rounds with growing waits, then a typed error', async () => {
    waits.length = 0;
    const { url, asked } = await esplora({ '/blocks/tip/height': 500 });
    await expect(chainOf(url).tip()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE', retry: 'later' });
    expect(waits).toEqual([300, 1200]);
    expect(asked.filter((path) => path === '/blocks/tip/height')).toHaveLength(3);
  });

  test('an endpoint of another network is never used', async () => {
    const other = await esplora({ '/block-height/0': HASH, '/blocks/tip/height': '9' });
    await expect(chainOf(other.url).tip()).rejects.toMatchObject({ code: 'WRONG_NETWORK' });
    expect(other.asked).not.toContain('/blocks/tip/height');
    const good = await esplora({ '/blocks/tip/height': '5', '/block-height/5': HASH });
    expect((await chainOf(other.url, good.url).tip()).height).toBe(5);
  });

  test('nobody there, or none set', async () => {
    const { url } = await esplora({});
    servers[0]!.close();
    await expect(chainOf(url).tip()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await expect(chainOf().tip()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });

  test.each(['-1', 'abc', '', '1e3', '500000000', '<html>'])('a tip of %j is not believed', async (tip) => {
    await expect((await only({ '/blocks/tip/height': tip })).tip()).rejects.toMatchObject({
      code: 'CHAIN_MISBEHAVED',
    });
  });

  test('on mainnet the later ones are witnesses, not spares', async () => {
    const genesis = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';
    const at = (height: number) => ({
      '/block-height/0': genesis,
      '/blocks/tip/height': `${height}`,
      [`/block-height/${height}`]: HASH,
    });
    const ahead = await esplora({ ...at(500), '/block-height/100': HASH });
    const honest = await esplora(at(100));
    const chain = (...urls: string[]) =>
      esploraChain({
        urls,
        network: 'mainnet',
        fetch: guardedFetch({ privateAllowed: true, maxBytes: 1e6 }),
        now: () => 1000,
        sleep: async () => undefined,
      });
    const elsewhere = honest.url.replace('127.0.0.1', 'localhost');
    await expect(chain(ahead.url, elsewhere).tip()).rejects.toMatchObject({ code: 'CHAIN_DISAGREES' });
    expect((await chain(honest.url, elsewhere).tip()).height).toBe(100);
    const dead = 'http://localhost:1';
    await expect(chain(honest.url, dead, honest.url).tip()).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
  });

  test('on mainnet one host alone is refused, whatever its port and path', () => {
    const chain = (network: 'mainnet' | 'signet', ...urls: string[]) =>
      esploraChain({ urls, network, fetch, now: () => 1000 });
    const [one, other] = ['https://one.example/api', 'https://other.example/api'];
    const alone = expect.objectContaining({ code: 'CHAIN_NEEDS_SECOND' });
    for (const urls of [[], [one], [one, one], [one, 'https://ONE.example.:8443/']])
      expect(() => chain('mainnet', ...urls), urls.join()).toThrow(alone);
    expect(() => chain('mainnet', one, other)).not.toThrow();
    expect(() => chain('signet', one)).not.toThrow();
  });
});
