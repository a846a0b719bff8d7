// Rounds that cross other plans: a payment holds the coin that a round has just taken, the submission was lost, another life
// of the seed asked for it, or the server never makes what it promised. It costs time, no coin.
import { IDBFactory } from 'fake-indexeddb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { createWallet } from '../../src/wallet/create.ts';
import { sats } from '../../src/units.ts';
import { checkInvariants } from './crash/world.ts';
import { devChainSource } from './support/chain-source.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from './support/wallets.ts';

const ALWAYS = 1_000_000;
let devnet: Devnet;
const opened: Instance[] = [];
const options = () => ({ config: { doubleDrive: true }, chain: devChainSource(devnet.chain) });

async function wallet(...funds: bigint[]) {
  const instance = await newWallet(devnet, options());
  opened.push(instance);
  for (const amount of funds) await fund(devnet, instance, amount);
  return instance;
}
const ids = async ({ wallet }: Instance) => (await wallet.coins()).map((c) => c.id);
const waiting = async ({ wallet }: Instance, kind: string) =>
  (await wallet.pending()).find((a) => a.kind === kind);

/** A round at a height that is reached while the browser is closed, and the server makes it. */
async function roundSoon(w: Instance): Promise<void> {
  const scheduledHeight = devnet.chain.height() + 20;
  const [first] = await ids(w);
  const { actionId } = await w.wallet.refresh({ coins: [first!], scheduledHeight });
  await w.wallet.resume();
  expect((await w.wallet.rounds())[0]?.state).toMatchObject({ step: 'submitted', locked: false });
  expect(actionId).toMatch(/^round\./);
}
async function theRound(): Promise<void> {
  devnet.chain.mine(20);
  expect(await devnet.ark.round()).toBeDefined();
  devnet.chain.mine(1);
}
/** Waits until the action has tried once and is to try again. */
const triedOnce = (w: Instance, kind: string) =>
  expect.poll(async () => (await waiting(w, kind))?.retries, { timeout: 20_000 }).toBeGreaterThan(0);

async function end(w: Instance): Promise<void> {
  devnet.ark.faults.clear();
  devnet.clock.advance(600_000);
  await w.settle();
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

describe('a round takes the coin of a payment that the server has not heard of', () => {
  const payments: Record<
    string,
    (w: Instance, friend: Instance) => Promise<{ kind: string; actionId: string }>
  > = {
    transfer: async (w, friend) => {
      devnet.ark.faults.dropRequest('RequestArkoorCosign', ALWAYS);
      const { address } = await friend.wallet.newAddress();
      const { actionId } = await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(100_000n) });
      return { kind: 'arkoor-send', actionId };
    },
    'Lightning payment': async (w) => {
      devnet.ark.faults.dropRequest('RequestLightningPayHtlcCosign', ALWAYS);
      const { bolt11 } = devnet.lightning.createInvoice({
        amountMsat: 100_000_000n,
        expirySeconds: 10_000_000,
      });
      const { actionId } = await w.wallet.pay(await w.wallet.inspect(bolt11));
      return { kind: 'lightning-send', actionId };
    },
    'payment to the chain': async (w, friend) => {
      devnet.ark.faults.dropRequest('RequestArkoorCosign', ALWAYS);
      const { address } = await friend.wallet.boardAddress();
      const { actionId } = await w.wallet.offboard({ address, amount: sats(100_000n) });
      return { kind: 'offboard', actionId };
    },
  };
  for (const [name, start] of Object.entries(payments)) {
    test(`${name}: it gives the coin to the refresh and gets the others back`, async () => {
      const [w, friend] = [await wallet(90_000n, 60_000n), await wallet()];
      // The payment needs both, but only one is in the round.
      await roundSoon(w);
      const before = (await w.wallet.balance()).total;
      const { kind, actionId } = await start(w, friend);
      await triedOnce(w, kind);
      await theRound();
      await end(w);
      expect((await w.wallet.movement(actionId))?.status).toBe('failed');
      const refreshed = (await w.wallet.history()).find((l) => l.subsystem.name === 'bark.round');
      expect(refreshed?.status).toBe('successful');
      expect((await w.wallet.balance()).total).toBe(before - refreshed!.fee);
      const kinds = (await w.wallet.coins()).map((c) => c.kind);
      expect(kinds).toContain('round');
      expect(kinds).toHaveLength(2);
    });
  }

  test('and the refresh was called off already: the mailbox brings it back', async () => {
    const [w, friend] = [await wallet(150_000n), await wallet()];
    await roundSoon(w);
    const before = (await w.wallet.balance()).total;
    const { kind } = await payments['transfer']!(w, friend);
    await triedOnce(w, kind);
    devnet.clock.advance(601_000);
    await w.wallet.resume();
    expect(await waiting(w, 'refresh')).toBeUndefined();
    await theRound();
    await end(w);
    const lines = (await w.wallet.history()).filter((l) => l.subsystem.name === 'bark.round');
    expect(lines.map((l) => l.status)).toEqual(['successful', 'failed']);
    expect((await w.wallet.balance()).total).toBe(before - lines[0]!.fee);
  });
});

describe('a round that the wallet does not know of', () => {
  test('because the submission was given up although it had arrived', async () => {
    const w = await wallet(80_000n);
    const before = (await w.wallet.balance()).total;
    devnet.ark.faults.dropResponse('SubmitRoundParticipation', 2);
    devnet.ark.faults.fail('SubmitRoundParticipation', Code.InvalidArgument, 'no', 2);
    await w.wallet.refresh({ coins: await ids(w) });
    for (let i = 0; i < 3; i++) {
      await w.wallet.resume();
      devnet.clock.advance(10_000);
    }
    expect(await w.wallet.pending()).toEqual([]);
    expect((await w.wallet.balance()).spendable).toBe(before);
    expect(await devnet.ark.round()).toBeDefined();
    devnet.chain.mine(1);
    await end(w);
    const lines = (await w.wallet.history()).filter((l) => l.subsystem.name === 'bark.round');
    expect(lines.map((l) => l.status)).toEqual(['successful', 'failed']);
    expect((await w.wallet.balance()).spendable).toBe(before - lines[0]!.fee);
  });

  /** The same seed, with an empty disk. */
  async function restored({ seed }: Profile): Promise<Instance> {
    const again = await openInstance(devnet, { idb: new IDBFactory(), seed }, options());
    await createWallet(again.ports, { network: 'regtest' });
    opened.push(again);
    return again;
  }

  test('because another life of the seed asked for it: a restore ends it, forfeits and all', async () => {
    const w = await wallet(80_000n, 50_000n);
    const [coin, other] = await ids(w);
    const before = (await w.wallet.balance()).total;
    const { actionId } = await w.wallet.refresh({ coins: [coin!] });
    await w.wallet.resume();
    const { fee } = (await w.wallet.movement(actionId))!;
    expect(await devnet.ark.round()).toBeDefined();
    devnet.chain.mine(1);

    const again = await restored(w.profile);
    const report = await again.wallet.recover();
    expect(report).toMatchObject({ complete: true, failed: [], foreign: [] });
    expect(report.recovered.sort()).toEqual([coin!, other!].sort());
    expect(report.skipped).toHaveLength(1);
    await again.settle();
    expect((await again.wallet.balance()).spendable).toBe(before - fee);
    await checkInvariants({ devnet }, again, { restored: true });
    expect(await again.wallet.recover()).toMatchObject({ complete: true });
    expect((await again.wallet.balance()).total).toBe(before - fee);
  });

  test('and that was ended there, but for the last word: the restore gets it', async () => {
    const w = await wallet(80_000n);
    const before = (await w.wallet.balance()).total;
    const { actionId } = await w.wallet.refresh({ coins: await ids(w) });
    await w.wallet.resume();
    const { fee } = (await w.wallet.movement(actionId))!;
    expect(await devnet.ark.round()).toBeDefined();
    devnet.chain.mine(1);
    devnet.ark.faults.dropResponse('ForfeitVtxos', ALWAYS);
    devnet.clock.advance(31_000);
    await w.wallet.wake();
    expect((await w.wallet.rounds())[0]?.state.step).toBe('forfeiting');
    devnet.ark.faults.clear();

    const again = await restored(w.profile);
    await again.wallet.recover();
    await again.settle();
    expect((await again.wallet.balance()).spendable).toBe(before - fee);
    await checkInvariants({ devnet }, again, { restored: true });
  });

  const lies: Record<string, (answer: { outputVtxos: Uint8Array[]; inputVtxoIds: Uint8Array[] }) => void> = {
    'whose new coin is another one': (answer) => {
      // The amount stands right behind the version.
      const bytes = answer.outputVtxos[0]!.slice();
      bytes[3]! ^= 0x40;
      answer.outputVtxos = [bytes];
    },
    'that takes more coins than it should': (answer) => {
      answer.inputVtxoIds = [...answer.inputVtxoIds, new Uint8Array(36).fill(7)];
    },
    'with no inputs': (answer) => {
      answer.inputVtxoIds = [];
    },
    'with two new coins': (answer) => {
      answer.outputVtxos = [...answer.outputVtxos, ...answer.outputVtxos];
    },
  };
  for (const [name, change] of Object.entries(lies)) {
    test(`${name} is passed over, and nothing is given up for it`, async () => {
      const w = await wallet(80_000n);
      const [coin] = await ids(w);
      const { total } = await w.wallet.balance();
      devnet.ark.faults.dropResponse('SubmitRoundParticipation', 2);
      devnet.ark.faults.fail('SubmitRoundParticipation', Code.InvalidArgument, 'no', 2);
      await w.wallet.refresh({ coins: [coin!] });
      for (let i = 0; i < 3; i++) {
        await w.wallet.resume();
        devnet.clock.advance(10_000);
      }
      expect(await devnet.ark.round()).toBeDefined();
      devnet.chain.mine(1);
      devnet.ark.faults.tamper('RoundParticipationStatus', change as (answer: unknown) => void, ALWAYS);
      const from = devnet.ark.faults.calls.length;
      await w.wallet.sync();
      await w.wallet.sync();
      const methods = devnet.ark.faults.calls.slice(from).map((c) => c.method);
      expect(methods).toContain('RoundParticipationStatus');
      expect(methods).not.toContain('ForfeitVtxos');
      expect((await w.wallet.balance()).total).toBe(total);
      expect((await w.wallet.coins()).map((c) => [c.id, c.state])).toEqual([[coin, 'spendable']]);
    });
  }
});

describe('a server that never makes the round', () => {
  test('loses the coins again after a day: they can pay', async () => {
    const [w, friend] = [await wallet(80_000n), await wallet()];
    const before = (await w.wallet.balance()).total;
    const { actionId } = await w.wallet.refresh({ coins: await ids(w) });
    await w.wallet.resume();
    devnet.chain.mine(140);
    devnet.clock.advance(31_000);
    await w.wallet.wake();
    expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'pending' });
    devnet.chain.mine(5);
    devnet.clock.advance(31_000);
    await w.wallet.wake();
    expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'failed', effective: 0n });
    expect((await w.wallet.balance()).spendable).toBe(before);
    const { address } = await friend.wallet.newAddress();
    await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(20_000n) });
    await w.settle();
    expect((await w.wallet.balance()).total).toBe(before - 20_000n);
  });

  for (const [name, blocks] of [
    ['and is gone for good: the person lets the coins leave', 0],
    ['and is gone for good: the coins leave by themselves in time', 4300],
  ] as const) {
    test(name, async () => {
      const w = await wallet(80_000n);
      devnet.chain.fund(await w.wallet.onchainAddress(), 30_000n);
      devnet.chain.mine(1);
      await w.wallet.sync();
      const [coin] = await w.wallet.coins();
      const { total } = await w.wallet.balance();
      await w.wallet.refresh({ coins: [coin!.id] });
      await w.wallet.resume();
      devnet.ark.faults.fail('*', Code.Unavailable, 'gone', ALWAYS);
      if (blocks === 0) await w.wallet.startExit([coin!.id]);
      else devnet.chain.mine(coin!.expiryHeight - 144 - 12 - coin!.exitDepth - devnet.chain.height());
      for (let i = 0; i < 60 && (await w.wallet.pending()).length > 0; i++) {
        devnet.clock.advance(3_600_000);
        await w.wallet.sync().catch(() => undefined);
        devnet.chain.mine(i < 10 ? 1 : 20);
      }
      expect(await w.wallet.exits(true)).toMatchObject([{ id: coin!.id, status: 'claimed' }]);
      const balance = await w.wallet.balance();
      expect(balance.total).toBe(0n);
      expect(balance.onchain.confirmed).toBeGreaterThan(total + 25_000n);
    });
  }
});
