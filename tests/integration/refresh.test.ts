// Refreshing coins in delegated rounds, wallet against devnet. Every step of every action runs twice (double drive).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { sats } from '../../src/units.ts';
import { fund, newWallet, openInstance, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];
const doubleDrive = { config: { doubleDrive: true } };

async function wallet(funds = 0n) {
  const instance = await newWallet(devnet, doubleDrive);
  opened.push(instance);
  if (funds > 0n) await fund(devnet, instance, funds);
  return instance;
}
const ids = async ({ wallet }: Instance) => (await wallet.coins()).map((c) => c.id);
/** The participation is handed in, the round is made and buried, the exchange is done. */
async function finishRound(w: Instance): Promise<void> {
  expect(await devnet.ark.round()).toBeDefined();
  devnet.chain.mine(1);
  await w.settle();
}

beforeAll(async () => {
  devnet = await startDevnet({ ark: { roundSubmitMs: 1, roundSignMs: 1 } });
  devnet.chain.mine(110);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('a refresh', () => {
  test('swaps coins for one that lives longer, for the fee that was shown', async () => {
    const w = await wallet(100_000n);
    await fund(devnet, w, 60_000n);
    const coins = await ids(w);
    expect(coins).toHaveLength(2);
    const before = await w.wallet.balance();
    devnet.chain.mine(20);
    const fee = await w.wallet.refreshFee({ coins });
    const { actionId } = await w.wallet.refresh({ coins });
    await w.wallet.resume();
    expect(await w.wallet.balance()).toMatchObject({ spendable: 0n, total: before.total });
    await finishRound(w);

    const [coin, more] = await w.wallet.coins();
    expect(more).toBeUndefined();
    expect(coin).toMatchObject({ state: 'spendable', kind: 'round', amount: before.total - fee });
    expect(coin?.expiryHeight).toBeGreaterThan(devnet.chain.height() + 4000);
    expect(await w.wallet.movement(actionId)).toMatchObject({
      status: 'successful',
      subsystem: { name: 'bark.round', kind: 'refresh' },
      intended: 0n,
      effective: -fee,
      fee,
      inputs: expect.arrayContaining(coins) as unknown,
      outputs: [coin?.id],
      metadata: { funding_txid: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown },
    });
  });

  test('leaves a coin that pays as any other', async () => {
    const [w, other] = [await wallet(80_000n), await wallet()];
    await w.wallet.refresh({ coins: await ids(w) });
    await w.wallet.resume();
    await finishRound(w);
    const { address } = await other.wallet.newAddress();
    await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(30_000n) });
    await w.settle();
    await other.settle();
    expect((await other.wallet.balance()).spendable).toBe(30_000n);
  });

  test('of coins that are too small for its fee is refused and nothing is locked', async () => {
    const w = await wallet(21_000n);
    const other = await wallet();
    const { address } = await other.wallet.newAddress();
    await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(400n) });
    await w.settle();
    await other.settle();
    await expect(other.wallet.refresh({ coins: await ids(other) })).rejects.toMatchObject({ code: 'DUST' });
    expect(await other.wallet.balance()).toMatchObject({ spendable: 400n });
    expect(await other.wallet.pending()).toEqual([]);
  });

  test('that the server refuses gives the coins back', async () => {
    const w = await wallet(50_000n);
    const [coin] = await ids(w);
    devnet.ark.ban(coin as string, devnet.chain.height() + 5);
    const { actionId } = await w.wallet.refresh({ coins: [coin as string] });
    await w.settle();
    expect(await w.wallet.movement(actionId)).toMatchObject({
      status: 'failed',
      effective: 0n,
      metadata: { failure: { code: 'SERVER_REFUSED', details: { identifiers: coin } } },
    });
    expect((await w.wallet.balance()).spendable).toBeGreaterThan(49_000n);
  });
});

describe('an answer is lost', () => {
  for (const method of [
    'SubmitRoundParticipation',
    'RoundParticipationStatus',
    'RequestLeafVtxoCosign',
    'RequestForfeitNonces',
    'ForfeitVtxos',
  ]) {
    test(`of ${method}: the refresh ends all the same, with one new coin`, async () => {
      const w = await wallet(70_000n);
      const coins = await ids(w);
      const fee = await w.wallet.refreshFee({ coins });
      const before = (await w.wallet.balance()).total;
      devnet.ark.faults.dropResponse(method);
      await w.wallet.refresh({ coins });
      await w.wallet.resume();
      devnet.clock.advance(120_000);
      await w.wallet.wake();
      await finishRound(w);
      expect(await w.wallet.balance()).toMatchObject({ spendable: before - fee, total: before - fee });
      expect(await w.wallet.coins()).toHaveLength(1);
      devnet.ark.faults.clear();
    });
  }

  test('of the submission, and the round is made before it can be asked again: the mailbox tells of it', async () => {
    const w = await wallet(70_000n);
    const coins = await ids(w);
    const before = (await w.wallet.balance()).total;
    const fee = await w.wallet.refreshFee({ coins });
    devnet.ark.faults.dropResponse('SubmitRoundParticipation', 1000);
    await w.wallet.refresh({ coins });
    await w.wallet.resume();
    expect((await w.wallet.rounds())[0]?.state.step).toBe('planned');
    devnet.ark.faults.clear();
    await finishRound(w);
    expect(await w.wallet.balance()).toMatchObject({ spendable: before - fee });
  });
});

describe('a participation that waits for its height', () => {
  test('leaves the coins spendable, and the round is made while the wallet is closed', async () => {
    const w = await wallet(90_000n);
    const coins = await ids(w);
    const scheduledHeight = devnet.chain.height() + 30;
    const fee = await w.wallet.refreshFee({ coins, scheduledHeight });
    const before = (await w.wallet.balance()).total;
    await w.wallet.refresh({ coins, scheduledHeight });
    await w.wallet.resume();
    expect(await w.wallet.balance()).toMatchObject({ spendable: before });
    expect(await devnet.ark.round()).toBeUndefined();
    await w.close();
    opened.splice(opened.indexOf(w), 1);

    devnet.chain.mine(30);
    expect(await devnet.ark.round()).toBeDefined();
    devnet.chain.mine(1);
    const again = await openInstance(devnet, w.profile, doubleDrive);
    opened.push(again);
    devnet.clock.advance(600_000);
    await again.settle();
    expect(await again.wallet.balance()).toMatchObject({ spendable: before - fee });
    expect((await again.wallet.coins())[0]?.kind).toBe('round');
  });

  test('goes on with the other coins when one is spent meanwhile', async () => {
    const w = await wallet(90_000n);
    await fund(devnet, w, 40_000n);
    const other = await wallet();
    const coins = await ids(w);
    const scheduledHeight = devnet.chain.height() + 20;
    await w.wallet.refresh({ coins, scheduledHeight });
    await w.wallet.resume();
    const { address } = await other.wallet.newAddress();
    const { actionId } = await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(30_000n) });
    await w.wallet.outcome(actionId);
    devnet.clock.advance(600_000);
    await w.wallet.wake();
    const [round] = await w.wallet.rounds();
    expect(round?.state).toMatchObject({ step: 'submitted', scheduledHeight });
    expect(round?.state.inputs).toHaveLength(1);
    const total = (await w.wallet.balance()).total;
    devnet.chain.mine(20);
    await finishRound(w);
    expect((await w.wallet.balance()).total).toBe(total - (round?.state.fee ?? 0n));
  });
});
