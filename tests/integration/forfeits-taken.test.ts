// A server that took the forfeits of a round and keeps the preimage of the new coin back. Whatever it does on the chain
// from there, the old coin or the new one is ours: it has to show the preimage, or its forfeit runs out.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { checkInvariants } from './crash/world.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from './support/wallets.ts';

const ALWAYS = 1_000_000;
const FEE_MONEY = 30_000n;
let devnet: Devnet;
const opened: Instance[] = [];

type Mine = Instance & { profile: Profile };

/** A wallet whose coins the server holds forfeits for, without having given the new coin. */
async function forfeited({ coins = [80_000n], feeMoney = FEE_MONEY } = {}) {
  const w: Mine = await newWallet(devnet, { config: { doubleDrive: true } });
  opened.push(w);
  for (const amount of coins) await fund(devnet, w, amount);
  if (feeMoney > 0n) {
    devnet.chain.fund(await w.wallet.onchainAddress(), feeMoney);
    devnet.chain.mine(1);
    await w.wallet.sync();
  }
  const given = await w.wallet.coins();
  const ids = given.map((c) => c.id);
  const worth = given.reduce((sum, c) => sum + c.amount, 0n);
  await w.wallet.refresh({ coins: ids });
  await w.wallet.resume();
  const { amount } = (await w.wallet.rounds())[0]!.state;
  expect(await devnet.ark.round()).toBeDefined();
  devnet.chain.mine(1);
  devnet.ark.faults.dropResponse('ForfeitVtxos', ALWAYS);
  devnet.clock.advance(31_000);
  await w.wallet.wake();
  expect((await w.wallet.rounds())[0]?.state.step).toBe('forfeiting');
  return { w, ids, worth, amount };
}

/** The clock past every timer, and a block, a few times. */
async function work(w: Instance, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    devnet.clock.advance(3_600_000);
    await w.wallet.sync().catch(() => undefined);
    devnet.chain.mine(1);
  }
}
async function toTheEnd(w: Instance): Promise<void> {
  for (let i = 0; i < 60 && (await w.wallet.pending()).length > 0; i++) {
    await work(w, 1);
    devnet.chain.mine(9);
  }
  expect((await w.wallet.pending()).map(({ id, lastError }) => ({ id, lastError }))).toEqual([]);
}
/** Brings the coins out and has their forfeits published, in blocks. */
async function published(w: Instance, ids: readonly string[]): Promise<string[]> {
  await w.wallet.startExit(ids);
  await work(w, 4);
  for (const exit of await w.wallet.exits())
    expect(exit).toMatchObject({ status: 'running', confirmedHeight: expect.any(Number) });
  const forfeits = devnet.ark.takeForfeited('keep');
  expect(forfeits).toHaveLength(ids.length);
  devnet.chain.mine(1);
  return forfeits;
}
const exitLines = async (w: Instance) =>
  (await w.wallet.history()).filter((line) => line.subsystem.name === 'bark.exit');

async function end(w: Instance): Promise<void> {
  devnet.ark.faults.clear();
  await checkInvariants({ devnet }, w);
}

beforeAll(async () => {
  devnet = await startDevnet({ ark: { roundSubmitMs: 1, roundSignMs: 1 } });
});
afterEach(() => devnet.ark.faults.clear());
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('a forfeit that the server publishes', () => {
  test('and takes: the preimage that it shows opens the new coin', async () => {
    const { w, ids, amount } = await forfeited();
    const [forfeit] = await published(w, ids);
    await work(w, 2);
    // It took the coin, and has not shown anything yet: the coin is not given up for lost.
    expect(await w.wallet.exits()).toMatchObject([{ status: 'running' }]);
    expect(devnet.ark.takeForfeited('take')).toHaveLength(1);
    await work(w, 1);
    expect(await w.wallet.exits(true)).toMatchObject([{ status: 'spent', txid: forfeit }]);
    expect(await w.wallet.coins()).toMatchObject([{ kind: 'round', amount, state: 'spendable' }]);
    const effects = (await w.wallet.history()).reduce((sum, line) => sum + line.effective, 0n);
    expect((await w.wallet.balance()).total).toBe(effects);
    await end(w);
  });

  test('and leaves there, without the preimage: it is claimed when its delay is over', async () => {
    const { w, ids, worth } = await forfeited();
    const [forfeit] = await published(w, ids);
    await work(w, 1);
    const { height } = devnet.chain.tx(forfeit!)!.block!;
    const { vtxoExitDelta } = devnet.ark.config;
    const [exit] = await w.wallet.exits();
    expect(exit).toMatchObject({ status: 'running', claimableHeight: height + vtxoExitDelta - 1 });
    expect(await w.wallet.exitProgress(ids[0]!)).toMatchObject({ state: 'awaiting-delta', forfeit });
    await toTheEnd(w);
    const [claimed] = await w.wallet.exits(true);
    expect(claimed).toMatchObject({ status: 'claimed' });
    const claim = devnet.chain.tx(claimed!.txid!)!;
    expect(claim.tx.inputs).toMatchObject([{ txid: forfeit, vout: 0 }]);
    expect(claim.block!.height).toBeGreaterThanOrEqual(height + vtxoExitDelta);
    expect(await exitLines(w)).toMatchObject([
      {
        status: 'successful',
        effective: -worth,
        metadata: { forfeit_txid: forfeit, claim_txid: claimed!.txid },
      },
    ]);
    const balance = await w.wallet.balance();
    expect(balance.total).toBe(0n);
    expect(balance.onchain.confirmed).toBeGreaterThan(100_000n);
  });

  test('and takes in the last moment, before our claim is in a block: the new coin is opened all the same', async () => {
    const { w, ids, amount } = await forfeited();
    await published(w, ids);
    await work(w, 1);
    const { claimableHeight } = (await w.wallet.exits())[0]!;
    devnet.chain.mine(claimableHeight! - devnet.chain.height());
    expect(devnet.ark.takeForfeited('take')).toHaveLength(1);
    await work(w, 3);
    expect(await w.wallet.exits(true)).toMatchObject([{ status: 'spent' }]);
    expect(await w.wallet.coins()).toMatchObject([{ kind: 'round', amount, state: 'spendable' }]);
    await end(w);
  });

  test.each([1, 6])(
    'whose block is taken back, %i deep, and which comes later: the delay is counted anew',
    async (depth) => {
      const { w, ids } = await forfeited();
      const [forfeit] = await published(w, ids);
      devnet.chain.mine(depth - 1);
      await w.wallet.sync();
      devnet.chain.invalidate(depth);
      devnet.chain.mine(depth + 1, { empty: true });
      await work(w, 2);
      const { height } = devnet.chain.tx(forfeit!)!.block!;
      expect((await w.wallet.exits())[0]!.claimableHeight).toBe(height + devnet.ark.config.vtxoExitDelta - 1);
      await toTheEnd(w);
      const [exit] = await w.wallet.exits(true);
      expect(exit).toMatchObject({ status: 'claimed' });
      expect(devnet.chain.tx(exit!.txid!)!.tx.inputs).toMatchObject([{ txid: forfeit }]);
    },
  );

  test('and which is taken back and never comes again: the coin itself is claimed', async () => {
    const { w, ids } = await forfeited();
    const [forfeit] = await published(w, ids);
    await work(w, 1);
    devnet.chain.invalidate(2);
    devnet.chain.evict(forfeit!);
    devnet.chain.mine(3);
    await toTheEnd(w);
    const [exit] = await w.wallet.exits(true);
    expect(exit).toMatchObject({ status: 'claimed' });
    expect(devnet.chain.tx(exit!.txid!)!.tx.inputs).toMatchObject([{ txid: ids[0]!.split(':')[0] }]);
  });

  test('which takes the place of our claim when its block is taken back: it is claimed in its turn', async () => {
    const { w, ids } = await forfeited();
    const [forfeit] = await published(w, ids);
    // Seen by nobody so far: the wallet claims the coin itself.
    devnet.chain.invalidate(1);
    const package_ = devnet.chain.mempool().map(({ tx }) => tx.raw);
    devnet.chain.evict(forfeit!);
    devnet.chain.mine(2, { empty: true });
    const { claimableHeight } = await w.wallet.exitProgress(ids[0]!);
    devnet.chain.mine(claimableHeight! - devnet.chain.height());
    await work(w, 2);
    const first = (await w.wallet.pending())[0]!.state as { step: string; txid: string };
    expect(first.step).toBe('claiming');
    expect(devnet.chain.tx(first.txid)?.block).toBeDefined();
    devnet.chain.invalidate(2);
    devnet.chain.evict(first.txid);
    devnet.chain.submitPackage(package_);
    devnet.chain.mine(3);
    await toTheEnd(w);
    const [exit] = await w.wallet.exits(true);
    expect(exit).toMatchObject({ status: 'claimed' });
    expect(devnet.chain.tx(exit!.txid!)!.tx.inputs).toMatchObject([{ txid: forfeit }]);
  });

  test('of several coins: those that it leaves are claimed, to any address', async () => {
    const { w, ids } = await forfeited({ coins: [60_000n, 70_000n] });
    const forfeits = await published(w, ids);
    await work(w, 1);
    const due = Math.max(...(await w.wallet.exits()).map((exit) => exit.claimableHeight!));
    devnet.chain.mine(due - devnet.chain.height());
    const { txid } = await w.wallet.claimExits('all', await w.wallet.onchainAddress());
    await work(w, 8);
    await toTheEnd(w);
    const claim = devnet.chain.tx(txid)!;
    expect(claim.tx.inputs.map((input) => input.txid).sort()).toEqual([...forfeits].sort());
    expect((await w.wallet.exits(true)).map(({ status, txid }) => ({ status, txid }))).toEqual([
      { status: 'claimed', txid },
      { status: 'claimed', txid },
    ]);
  });
});

describe('a server that brings the forfeited coin out itself', () => {
  test('is noticed without anybody asking and without money for miners, and what it leaves is claimed', async () => {
    const { w, ids } = await forfeited({ feeMoney: 0n });
    devnet.ark.bringOut(ids[0]!);
    const [forfeit] = devnet.ark.takeForfeited('keep');
    devnet.chain.mine(1);
    // The server is gone for ever; the chain is enough.
    await devnet.ark.crash();
    await toTheEnd(w);
    await devnet.ark.restart();
    const [exit] = await w.wallet.exits(true);
    expect(exit).toMatchObject({ id: ids[0], status: 'claimed' });
    expect(devnet.chain.tx(exit!.txid!)!.tx.inputs).toMatchObject([{ txid: forfeit }]);
    const lines = await w.wallet.history();
    expect(lines.find((line) => line.subsystem.name === 'bark.round')).toMatchObject({ status: 'failed' });
  });

  test('and is found by a wallet that was opened anew in between', async () => {
    const { w, ids } = await forfeited({ feeMoney: 0n });
    await w.close();
    devnet.ark.bringOut(ids[0]!);
    devnet.ark.takeForfeited('keep');
    devnet.chain.mine(40);
    const again = await openInstance(devnet, w.profile, { config: { doubleDrive: true } });
    opened.push(again);
    await toTheEnd(again);
    expect(await again.wallet.exits(true)).toMatchObject([{ id: ids[0], status: 'claimed' }]);
  });
});
