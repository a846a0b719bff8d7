// Leaving by the chain when fees move, and the exits of the cli, from start to one claim for all.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { onchainTx } from '../../src/store/onchain-txs.ts';
import { sats } from '../../src/units.ts';
import { newWallet, type Instance } from './support/wallets.ts';

const DESTINATION = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
let devnet: Devnet;
const opened: Instance[] = [];

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  devnet.chain.mine(110);
});
afterEach(() => devnet.chain.setFees());
afterAll(async () => {
  for (const instance of opened) await instance.close();
  await devnet.stop();
});

/** A wallet with one coin and so much confirmed bitcoin beside it. */
async function open(...money: bigint[]): Promise<{ w: Instance; coin: string }> {
  const w = await newWallet(devnet, { config: { doubleDrive: true } });
  opened.push(w);
  devnet.chain.fund(await w.wallet.onchainAddress(), 41_000n);
  devnet.chain.mine(1);
  await w.wallet.sync();
  await w.wallet.board('all');
  await w.settle();
  for (const value of money) devnet.chain.fund(await w.wallet.onchainAddress(), value);
  devnet.chain.mine(1);
  await w.wallet.sync();
  const [coin] = await w.wallet.coins();
  return { w, coin: coin!.id };
}
async function work(w: Instance): Promise<void> {
  for (let i = 0; i < 2; i++) {
    devnet.clock.advance(120_000);
    await w.wallet.sync();
  }
}
const childOf = async (w: Instance, coin: string) =>
  (await w.wallet.exitProgress(coin)).steps.find((s) => s.status === 'in-mempool')?.child?.txid;

describe('fees rise while an exit waits', () => {
  test('its child is replaced by a dearer one, which is mined; the books agree to the satoshi', async () => {
    const { w, coin } = await open(30_000n);
    await w.wallet.startExit([coin]);
    await work(w);
    const cheap = (await childOf(w, coin))!;
    devnet.chain.setFees(20);
    devnet.chain.mine(3);
    expect(devnet.chain.tx(cheap)?.block).toBe(undefined);
    await work(w);
    const dear = (await childOf(w, coin))!;
    expect(dear).not.toBe(cheap);
    expect(devnet.chain.tx(cheap)).toBe(undefined);
    expect(await w.db.read(['onchainTxs'], (tx) => onchainTx(tx, cheap))).toMatchObject({ replacedBy: dear });
    devnet.chain.mine(1);
    await work(w);
    const [step] = (await w.wallet.exitProgress(coin)).steps;
    expect(step).toMatchObject({ status: 'confirmed', child: { txid: dear, ours: true } });
    const { fee } = devnet.chain.tx(dear)!;
    const anchor = devnet.chain.tx(step!.txid)!.tx.outputs.at(-1)!.value;
    expect((await w.wallet.balance()).onchain).toEqual({
      confirmed: 30_000n + anchor - fee,
      unconfirmed: 0n,
      reserved: 0n,
    });
    expect(await w.db.read(['onchainTxs'], (tx) => onchainTx(tx, dear))).toMatchObject({ fee });
  });

  test('a little more is not worth a replacement, and money that is not there is waited for', async () => {
    const { w, coin } = await open(2_000n);
    await w.wallet.startExit([coin]);
    await work(w);
    const child = (await childOf(w, coin))!;
    devnet.chain.setFees(3.5);
    await work(w);
    expect(await childOf(w, coin)).toBe(child);
    devnet.chain.setFees(60);
    await work(w);
    expect(await childOf(w, coin)).toBe(child);
    const rich = devnet.chain.fund(await w.wallet.onchainAddress(), 80_000n);
    devnet.chain.mine(1, { empty: true, include: [devnet.chain.tx(rich)!.tx.raw] });
    await work(w);
    expect(await childOf(w, coin)).not.toBe(child);
    devnet.chain.mine(1);
    await work(w);
    expect((await w.wallet.exitProgress(coin)).state).toBe('awaiting-delta');
  });

  test('what comes back from a child is spent by nothing else before it is confirmed', async () => {
    const { w, coin } = await open(30_000n);
    await w.wallet.startExit([coin]);
    await work(w);
    const child = (await childOf(w, coin))!;
    expect((await w.wallet.balance()).onchain.unconfirmed).toBeGreaterThan(29_000n);
    await expect(w.wallet.bumpOnchain(child, 9)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(w.wallet.sendOnchain(DESTINATION, sats(9_000n))).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    devnet.chain.mine(1);
    await work(w);
    const { actionId } = await w.wallet.sendOnchain(DESTINATION, sats(9_000n));
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  });
});

describe('the cli', () => {
  const root = mkdtempSync(join(tmpdir(), 'skiff-exit-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const run = (...args: string[]): Promise<{ code: number | null; out: string; err: string }> =>
    new Promise((resolve) => {
      const child = spawn(
        join(process.cwd(), 'node_modules/.bin/node'),
        ['cli/main.ts', '-q', '--datadir', join(root, 'w'), ...args],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'compiled') },
        },
      );
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('close', (code) => resolve({ code, out, err }));
    });
  const text = async (...args: string[]) => {
    const done = await run(...args);
    expect({ args, ...done }).toMatchObject({ code: 0, err: '' });
    return done.out;
  };
  const json = async <T>(...args: string[]) => JSON.parse(await text(...args)) as T;
  interface Exit {
    vtxo_id: string;
    state: { type: string; claimable_height?: number; transactions?: { status: { type: string } }[] };
    transactions?: { child: { info: object } | null }[];
  }
  interface Progress {
    exits: Exit[];
    done: boolean;
    claimable_height: number | null;
  }

  test('bark’s commands: estimate, start, progress, list, cancel too late, claim together', async () => {
    await text('create', '--regtest', '--ark', devnet.arkUrl, '--esplora', devnet.esploraUrl);
    for (let i = 0; i < 2; i++) {
      const { address } = await json<{ address: string }>('onchain', 'address');
      devnet.chain.fund(address, 150_000n);
      devnet.chain.mine(1);
    }
    for (const amount of ['50000 sats', '40000 sats']) {
      await text('board', amount);
      devnet.chain.mine(2);
      await text('maintain');
    }
    const estimate = await json<Record<string, number | boolean>>('exit', 'estimate-fee', '--all');
    expect(estimate).toMatchObject({ txs_to_broadcast: 2, fee_rate_sat_per_vb: 3, fundable: true });
    expect(estimate.total_fee_sat).toBe(
      (estimate.exit_broadcast_fee_sat as number) + (estimate.claim_fee_sat as number),
    );
    expect((await run('exit', 'start')).err).toContain('Use either the --vtxo or --all flag');
    expect(await text('exit', 'start', '--all')).toBe('');
    const begun = await json<Progress>('exit', 'progress', '--fee-rate', '5000');
    expect(begun).toMatchObject({ done: false, claimable_height: null });
    expect(begun.exits.map((e) => e.state.transactions?.map((t) => t.status.type))).toEqual([
      ['awaiting-confirmation'],
      ['awaiting-confirmation'],
    ]);
    devnet.chain.mine(1);
    const waits = await json<Progress>('exit', 'progress');
    expect(waits.exits.map((e) => e.state.type)).toEqual(['awaiting-delta', 'awaiting-delta']);
    expect(waits.claimable_height).toBe(waits.exits[0]!.state.claimable_height);
    const ids = waits.exits.map((e) => e.vtxo_id);
    expect((await run('exit', 'cancel', ids[0]!)).code).toBe(1);
    const early = await run('exit', 'claim', DESTINATION, '--vtxo', ids[0]!);
    expect(early).toMatchObject({
      code: 1,
      err: expect.stringContaining(`Unspendable VTXO provided: ${ids[0]}`),
    });
    devnet.chain.mine(waits.claimable_height! - devnet.chain.height());
    expect(await json<Progress>('exit', 'progress')).toMatchObject({ done: true });
    const listed = await json<Exit[]>('exit', 'list', '--transactions', '--history');
    expect(listed.map((e) => [e.state.type, e.transactions?.length])).toEqual([
      ['claimable', 1],
      ['claimable', 1],
    ]);
    expect(await text('exit', 'claim', DESTINATION, '--all')).toBe('');
    const script = Buffer.from(addressToScript(DESTINATION, 'regtest')).toString('hex');
    const [claim] = devnet.chain
      .mempool()
      .filter(({ tx }) => tx.outputs.some((o) => Buffer.from(o.script).toString('hex') === script));
    expect(claim!.tx.inputs).toHaveLength(2);
    devnet.chain.mine(1);
    expect(await json<Progress>('exit', 'progress')).toMatchObject({ exits: [], done: true });
    const ended = await json<Exit[]>('exit', 'list', '--include-finished');
    expect(ended.map((e) => e.state)).toMatchObject([
      { type: 'claimed', txid: claim!.tx.txid },
      { type: 'claimed', txid: claim!.tx.txid },
    ]);
    expect((await json<{ state: Exit['state'] }>('exit', 'status', ids[1]!)).state.type).toBe('claimed');
  });
});

test('exited coins of a wallet that claims by itself come home without a command', async () => {
  const { w, coin } = await open(20_000n);
  await w.wallet.startExit([coin]);
  for (let i = 0; i < 20 && (await w.wallet.exits()).length > 0; i++) {
    devnet.chain.mine(20);
    await work(w);
  }
  expect(await w.wallet.exits(true)).toMatchObject([{ status: 'claimed' }]);
  await expect(w.wallet.claimExits('all', DESTINATION)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect((await w.wallet.balance()).onchain.confirmed).toBeGreaterThan(sats(58_000n));
});
