// The devnet on a node that it is given: the node mines, sends and decides; everything else is as ever.
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNodeChain } from '../../devnet/chain/index.ts';
import { nodeRpc, type NodeRpc } from '../../devnet/chain/rpc.ts';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { sats } from '../../src/units.ts';
import { build, coin, keyLock, outputOf } from '../unit/devnet/chain/hands.ts';
import { fund, newWallet } from './support/wallets.ts';

const auth = 'alice:secret';
let thread: Worker;
let url: string;
/** Somebody else at the same node. */
let other: NodeRpc;
let devnet: Devnet;

beforeAll(async () => {
  thread = new Worker(new URL('./support/node-thread.ts', import.meta.url));
  url = await new Promise<string>((resolve, reject) => thread.once('message', resolve).once('error', reject));
  other = nodeRpc({ url, auth });
  devnet = await startDevnet({ node: { url, auth }, ark: { requiredBoardConfirmations: 1 } });
});
afterAll(async () => {
  await devnet.stop();
  await other.stop();
  await thread.terminate();
});

test('a wallet boards and pays on it, and the node has every transaction', async () => {
  const { chain } = devnet;
  const [payer, payee] = [await newWallet(devnet), await newWallet(devnet)];
  await fund(devnet, payer, 100_000n);
  expect(other.call('getbestblockhash')).toBe(chain.tip().hash);
  const { address } = await payee.wallet.newAddress();
  const { actionId } = await payer.wallet.pay(await payer.wallet.inspect(address), {
    amount: sats(30_000n),
  });
  expect(await payer.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  await payee.settle();
  expect(await payee.wallet.balance()).toMatchObject({ spendable: 30_000n });
  const [board] = await payer.wallet.coins(true);
  expect(other.call('getrawtransaction', board?.anchorTxid)).toMatch(/^[0-9a-f]+$/);
  await Promise.all([payer, payee].map((w) => w.close()));
});

test('what others do at the node is learned: blocks, transactions, a branch that won', () => {
  const { chain } = devnet;
  const lock = keyLock(1);
  const mine = createNodeChain({ url, auth }); // a second devnet on that node
  const first = coin(mine, lock, 50_000n);
  const spend = build({ inputs: [{ coin: first }], outputs: [{ value: 49_000n, script: lock.script }] });
  const txid = mine.submit(spend);
  (chain as typeof mine).pull();
  expect(chain.tip()).toEqual(mine.tip());
  expect(chain.mempool().map((one) => one.tx.txid)).toEqual([txid]);
  const heard: number[] = [];
  const stop = chain.onBlock(({ connected, disconnected }) =>
    heard.push(connected.length, -disconnected.length),
  );
  const [hash] = other.call<string[]>('generatetoaddress', 1, 'bcrt1q');
  (chain as typeof mine).pull();
  expect(chain.tx(txid)?.block?.hash).toBe(hash);
  const height = chain.height();
  mine.reorg(2, { empty: true });
  (chain as typeof mine).pull();
  stop();
  expect(heard.filter((n) => n < 0)).toEqual([-2]);
  expect(chain.height()).toBe(height + 1);
  expect(chain.block(hash ?? '')?.best).toBe(false);
  expect(chain.mempool().map((one) => one.tx.txid)).toContain(txid);
  chain.mine(1);
  expect(mine.height()).toBe(height + 1);
  mine.pull();
  expect(mine.tip()).toEqual(chain.tip());
  return mine.stop();
});

test('the node’s word counts: refusals, packages, transactions that only a block may have', () => {
  const { chain } = devnet;
  const lock = keyLock(2);
  const [a, b] = [coin(chain, lock), coin(chain, lock)];
  const parent = build({
    inputs: [{ coin: a }],
    outputs: [{ value: 100_000n, script: lock.script }],
    version: 3,
  });
  expect(() => chain.submit(parent)).toThrow(/min relay fee not met/);
  const child = build({
    inputs: [{ coin: outputOf(parent, 0, lock) }],
    outputs: [{ value: 98_000n, script: lock.script }],
    version: 3,
  });
  const { message, results } = chain.submitPackage([parent, child]);
  expect(message).toBe('success');
  expect(results.map(({ fee }) => fee)).toEqual([0n, 2_000n]);
  expect(results[0]?.group).toEqual(results[1]?.group);
  chain.mine(1);
  const free = build({ inputs: [{ coin: b }], outputs: [{ value: 100_000n, script: lock.script }] });
  const [hash] = chain.mine(1, { include: [free] });
  expect(chain.block(hash ?? '')?.txs).toHaveLength(2);
  expect(() => chain.snapshot()).toThrow();
});

test('another network, a wrong password or nobody at all is said at once', () => {
  expect(() => createNodeChain({ url, auth: 'alice:wrong' })).toThrow(/user and password/);
  expect(() => createNodeChain({ url: 'http://127.0.0.1:9', auth })).toThrow(/does not answer/);
});
