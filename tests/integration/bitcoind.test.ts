// A node by RPC as the chain source: it must say what Esplora says of the same chain, and carry a wallet and the cli.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { bitcoindChain } from '../../src/chain/bitcoind.ts';
import { esploraChain } from '../../src/chain/esplora.ts';
import { proveConfirmed } from '../../src/chain/proof.ts';
import { rpcCall } from '../../src/chain/rpc.ts';
import type { ChainSource } from '../../src/chain/source.ts';
import { guardedFetch } from '../../src/http/fetch.ts';
import { sats } from '../../src/units.ts';
import { build, coin, keyLock, outputOf } from '../unit/devnet/chain/hands.ts';
import { fakeNode, type FakeNode } from './support/bitcoind.ts';
import { newWallet } from './support/wallets.ts';

const fetch = guardedFetch({ privateAllowed: true, maxBytes: 1e7 });
let devnet: Devnet;
let node: FakeNode;
let esplora: ChainSource;

const over = (user = 'alice', password = 'secret') =>
  bitcoindChain({
    call: rpcCall({ url: node.url, auth: () => ({ user, password }), fetch, timeoutMs: 5_000 }),
    network: 'regtest',
  });

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  node = await fakeNode(devnet.chain);
  esplora = esploraChain({ urls: [devnet.esploraUrl], network: 'regtest', fetch, now: Date.now });
});
beforeEach(
  () => void Object.assign(node, { user: 'alice', password: 'secret', indexed: true, genesis: undefined }),
);
afterAll(async () => {
  await node.stop();
  await devnet.stop();
});

describe('what a node says', () => {
  test('is what Esplora says: blocks, headers, transactions, spends, outputs, rates', async () => {
    const { chain } = devnet;
    const lock = keyLock(1);
    const first = coin(chain, lock, 40_000n);
    const spend = build({ inputs: [{ coin: first }], outputs: [{ value: 39_000n, script: lock.script }] });
    chain.submit(spend);
    chain.mine(2);
    const second = outputOf(spend, 0, lock);
    const waiting = build({ inputs: [{ coin: second }], outputs: [{ value: 38_000n, script: lock.script }] });
    const waitingId = chain.submit(waiting);
    const mine = over();
    const height = chain.height();
    const same = async (ask: (source: ChainSource) => Promise<unknown>) =>
      expect(await ask(mine)).toEqual(await ask(esplora));
    await same((s) => s.tip());
    await same((s) => s.blockHash(height - 1));
    await same(async (s) => s.header(await s.blockHash(height)));
    for (const txid of [first.txid, second.txid, waitingId, 'ab'.repeat(32)]) {
      await same((s) => s.tx(txid));
      await same((s) => s.txStatus(txid));
      await same((s) => s.merkleProof(txid));
      await same((s) => s.outspend(txid, 0));
    }
    await same((s) => s.outspend(first.txid, first.vout));
    await same((s) => s.outspend(waitingId, 0));
    await same((s) => s.feeRates());
    expect(await mine.utxos(lock.script)).toEqual([
      { txid: waitingId, vout: 0, value: 38_000n, status: { confirmed: false } },
    ]);
    chain.mine(1);
    expect(await mine.utxos(lock.script)).toMatchObject([{ txid: waitingId, status: { confirmed: true } }]);
    expect(await mine.used(keyLock(2).script)).toBe(false);
    expect(await proveConfirmed(mine, 'regtest', waitingId, 100, 1)).toEqual({
      height: height + 1,
      blockHash: chain.blockHash(height + 1),
    });
  });

  test('one scan answers for everything that was asked together', async () => {
    const mine = over();
    await mine.tip();
    node.calls.length = 0;
    await Promise.all([1, 2, 3, 4, 5].map((n) => mine.utxos(keyLock(n).script)));
    expect(node.calls.filter((method) => method === 'scantxoutset')).toHaveLength(1);
  });

  test('a block that was taken back confirms nothing', async () => {
    const { chain } = devnet;
    const { txid } = coin(chain, keyLock(6));
    const mine = over();
    expect(await mine.txStatus(txid)).toMatchObject({ confirmed: true });
    chain.reorg(1, { empty: true });
    expect(await mine.txStatus(txid)).toEqual({ confirmed: false });
    expect(await mine.merkleProof(txid)).toBe(undefined);
    chain.mine(1);
  });

  test('broadcasts: taken, known, refused; packages as a whole', async () => {
    const { chain } = devnet;
    const lock = keyLock(7);
    const [a, b] = [coin(chain, lock), coin(chain, lock)];
    const mine = over();
    const good = build({ inputs: [{ coin: a }], outputs: [{ value: 99_000n, script: lock.script }] });
    const txid = await mine.broadcast(good);
    expect(await mine.broadcast(good)).toBe(txid);
    chain.mine(1);
    expect(await mine.broadcast(good)).toBe(txid);
    const rival = build({ inputs: [{ coin: a }], outputs: [{ value: 98_000n, script: lock.script }] });
    await expect(mine.broadcast(rival)).rejects.toMatchObject({ code: 'TX_REJECTED' });
    const parent = build({
      inputs: [{ coin: b }],
      outputs: [{ value: 100_000n, script: lock.script }],
      version: 3,
    });
    const child = build({
      inputs: [{ coin: outputOf(parent, 0, lock) }],
      outputs: [{ value: 90_000n, script: lock.script }],
      version: 3,
    });
    await expect(mine.broadcast(parent)).rejects.toMatchObject({ code: 'TX_REJECTED' });
    await mine.broadcastPackage([parent, child]);
    await mine.broadcastPackage([parent, child]);
    await expect(mine.broadcastPackage([rival])).rejects.toMatchObject({ code: 'TX_REJECTED' });
  });

  test('no estimates: the fallback', async () => {
    const saved = { ...devnet.chain.feeEstimates };
    for (const key of Object.keys(saved)) delete devnet.chain.feeEstimates[key];
    expect(await over().feeRates()).toEqual({ fast: 1, regular: 1, slow: 1 });
    Object.assign(devnet.chain.feeEstimates, saved);
  });
});

describe('a node is refused', () => {
  test('that does not know us, is on another network, or has no index of transactions', async () => {
    await expect(over('mallory').tip()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    node.genesis = 'ab'.repeat(32);
    await expect(over().tip()).rejects.toMatchObject({ code: 'WRONG_NETWORK' });
    Object.assign(node, { genesis: undefined, indexed: false });
    const chain = over();
    await expect(chain.tip()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    node.indexed = true;
    expect((await chain.tip()).height).toBe(devnet.chain.height());
  });

  test('no password leaks into an error', async () => {
    const error: unknown = await over('alice', 'hunter2')
      .tip()
      .catch((e: unknown) => e);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
  });
});

test('a wallet boards and spends over it', async () => {
  const w = await newWallet(devnet, { chain: over(), config: { doubleDrive: true } });
  devnet.chain.fund(await w.wallet.onchainAddress(), 100_000n);
  await w.wallet.sync();
  expect((await w.wallet.balance()).onchain.unconfirmed).toBe(100_000n);
  devnet.chain.mine(1);
  await w.wallet.sync();
  await w.wallet.board(sats(40_000n));
  await w.settle();
  expect((await w.wallet.balance()).spendable).toBe(39_670n);
  const { actionId } = await w.wallet.sendOnchain('bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080', 'all');
  expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  await w.close();
});

describe('the cli', () => {
  const root = mkdtempSync(join(tmpdir(), 'skiff-node-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const run = (name: string, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> =>
    new Promise((resolve) => {
      const child = spawn(
        join(process.cwd(), 'node_modules/.bin/node'),
        ['cli/main.ts', '-q', '--datadir', join(root, name), ...args],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('close', (code) => resolve({ code, out, err }));
    });

  test('with a cookie file: create, receive, list, empty', async () => {
    const cookie = join(root, '.cookie');
    writeFileSync(cookie, '__cookie__:one');
    Object.assign(node, { user: '__cookie__', password: 'one' });
    const created = await run(
      'a',
      'create',
      '--regtest',
      '--ark',
      devnet.arkUrl,
      '--bitcoind',
      node.url,
      '--bitcoind-cookie',
      cookie,
    );
    expect(created).toEqual({ code: 0, out: '', err: '' });
    const { address } = JSON.parse((await run('a', 'onchain', 'address')).out) as { address: string };
    const txid = devnet.chain.fund(address, 50_000n);
    devnet.chain.mine(1);
    // The node has started anew.
    writeFileSync(cookie, '__cookie__:two');
    node.password = 'two';
    const height = devnet.chain.height();
    expect(JSON.parse((await run('a', 'onchain', 'utxos')).out)).toMatchObject([
      { amount_sat: 50_000, confirmation_height: height },
    ]);
    expect(JSON.parse((await run('a', 'onchain', 'transactions')).out)).toMatchObject([
      { txid, balance_change_sat: 50_000, confirmation: { height }, is_cpfp: false },
    ]);
    const drained = await run('a', 'onchain', 'drain', 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080');
    expect(drained.code).toBe(0);
    const sent = devnet.chain.tx((JSON.parse(drained.out) as { txid: string }).txid)!;
    expect(sent.tx.outputs).toHaveLength(1);
    expect(JSON.parse((await run('a', 'onchain', 'utxos')).out)).toEqual([]);
    const both = JSON.parse((await run('a', 'onchain', 'transactions')).out) as object[];
    expect(both).toMatchObject([
      { balance_change_sat: 50_000 },
      { balance_change_sat: -50_000, confirmation: null },
    ]);
  });

  test('a node without user and password, and no chain source at all, are refused with words', async () => {
    const made = await run('b', 'create', '--regtest', '--ark', devnet.arkUrl, '--bitcoind', node.url);
    expect(made.code).toBe(1);
    expect(made.err).toContain('need bitcoind auth config');
    expect((await run('c', 'create', '--regtest', '--ark', devnet.arkUrl)).code).toBe(1);
  });
});
