// Boards that the server does not take: the coin it cosigned in advance brings the bitcoin back by the chain.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { sats } from '../../src/units.ts';
import { newWallet, type Instance } from './support/wallets.ts';

const LIFETIME = 600;
let devnet: Devnet;
const opened: Instance[] = [];

/** A wallet whose board is confirmed and not taken; the rest of its money pays the miners. */
async function refused(): Promise<{ w: Instance; actionId: string; coin: string }> {
  const w = await newWallet(devnet, { config: { doubleDrive: true } });
  opened.push(w);
  devnet.chain.fund(await w.wallet.onchainAddress(), 100_000n);
  devnet.chain.mine(1);
  await w.wallet.sync();
  devnet.ark.faults.fail('RegisterBoardVtxo', Code.InvalidArgument, 'no', 1_000_000);
  const { actionId } = await w.wallet.board(sats(60_000n));
  await w.wallet.resume();
  devnet.chain.mine(3);
  await work(w);
  const [coin] = await w.wallet.coins();
  expect(coin).toMatchObject({ state: 'locked', holder: actionId });
  return { w, actionId, coin: coin!.id };
}
/** Lets the wallet work, the clock moving past every timer. */
async function work(w: Instance): Promise<void> {
  for (let i = 0; i < 2; i++) {
    devnet.clock.advance(600_000);
    await w.wallet.sync();
  }
}
async function toTheEnd(w: Instance): Promise<void> {
  for (let i = 0; i < 300 && (await w.wallet.pending()).length > 0; i++) {
    devnet.chain.mine(20);
    await work(w);
  }
  expect(await w.wallet.pending()).toEqual([]);
}

beforeAll(async () => {
  devnet = await startDevnet({ ark: { vtxoLifetime: LIFETIME } });
  devnet.chain.mine(110);
});
afterEach(() => devnet.ark.faults.clear());
afterAll(async () => {
  for (const instance of opened) await instance.close();
  await devnet.stop();
});

describe('a board that the server does not take', () => {
  test('is tried again and again, and counts as soon as the server comes round', async () => {
    const { w, actionId } = await refused();
    devnet.chain.mine(50);
    await work(w);
    expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'pending' });
    expect((await w.wallet.balance()).pendingBoard).toBe(59_670n);
    devnet.ark.faults.clear();
    await work(w);
    expect((await w.wallet.balance()).spendable).toBe(59_670n);
    expect(await w.wallet.exits()).toEqual([]);
  });

  test('leaves by the chain in time by itself, and is claimed to the bitcoin wallet', async () => {
    const { w, actionId, coin } = await refused();
    const [row] = await w.wallet.coins();
    devnet.chain.mine(row!.expiryHeight - devnet.chain.height() - 200);
    await work(w);
    devnet.chain.mine(190);
    await work(w);
    expect(await w.wallet.movement(actionId)).toMatchObject({
      status: 'failed',
      exited: [coin],
      metadata: {
        failure: { code: 'PAYMENT_EXITING', say: expect.stringContaining('did not take the bitcoin') },
      },
    });
    await toTheEnd(w);
    const [exit] = await w.wallet.exits(true);
    expect(exit).toMatchObject({ id: coin, status: 'claimed' });
    const { total, onchain } = await w.wallet.balance();
    expect(total).toBe(0n);
    expect(onchain.confirmed).toBeGreaterThan(97_000n);
    expect(onchain.reserved).toBe(0n);
  });

  test('leaves at once when the person asks for it', async () => {
    const { w, coin } = await refused();
    await w.wallet.startExit([coin]);
    await work(w);
    await toTheEnd(w);
    expect((await w.wallet.exits(true))[0]).toMatchObject({ status: 'claimed' });
  });

  test('with the server gone for ever it leaves, too', async () => {
    const { w, coin } = await refused();
    devnet.ark.faults.clear();
    devnet.ark.faults.fail('*', Code.Unavailable, 'gone', 1_000_000);
    await w.wallet.startExit([coin]);
    for (let i = 0; i < 200 && (await w.wallet.exits()).length > 0; i++) {
      devnet.chain.mine(20);
      devnet.clock.advance(600_000);
      await w.wallet.sync().catch(() => undefined);
    }
    expect((await w.wallet.exits(true))[0]).toMatchObject({ status: 'claimed' });
  });
});
