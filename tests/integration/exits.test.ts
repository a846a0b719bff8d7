// Coins that the server does not give back in time leave by the chain, and are claimed to the bitcoin wallet.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import { allExits } from '../../src/store/exits.ts';
import { changeSettings } from '../../src/store/settings.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';
import { fund, newWallet, type Instance, type InstanceOptions } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

async function open(funds: bigint, options: InstanceOptions = {}): Promise<Instance> {
  const instance = await newWallet(devnet, { config: { doubleDrive: true }, ...options });
  opened.push(instance);
  await fund(devnet, instance, funds);
  return instance;
}
/** Confirmed money on the chain, for fees. */
async function feeMoney(w: Instance, amount: bigint): Promise<void> {
  devnet.chain.fund(await w.wallet.onchainAddress(), amount);
  devnet.chain.mine(1);
  await w.wallet.sync();
}
const exits = (w: Instance) => w.db.read(['exits'], allExits);
/** Lets the wallet work a few times, the clock moving past every timer. */
async function work(w: Instance, times = 3): Promise<void> {
  for (let i = 0; i < times; i++) {
    devnet.clock.advance(3_600_000);
    await w.wallet.sync();
  }
}
async function mineTo(height: number): Promise<void> {
  const blocks = height - devnet.chain.height();
  if (blocks > 0) devnet.chain.mine(blocks);
}
/** Blocks and timers until nothing of the wallet is open. */
async function toTheEnd(w: Instance, step = 1): Promise<void> {
  for (let i = 0; i < 400 && (await w.wallet.pending()).length > 0; i++) {
    devnet.chain.mine(step);
    await work(w, 1);
  }
  expect(await w.wallet.pending()).toEqual([]);
}

beforeAll(async () => {
  devnet = await startDevnet({ ark: { vtxoLifetime: 1000 } });
  devnet.chain.mine(110);
});
afterEach(() => devnet.ark.faults.clear());
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

/** A payment that failed, and whose money the server will not give back. */
async function stuckPayment(w: Instance, amount = 10_000n) {
  const { bolt11, paymentHash } = devnet.lightning.createInvoice({ amountMsat: amount * 1000n, hold: true });
  const { actionId } = await w.wallet.pay(await w.wallet.inspect(bolt11));
  await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 20_000 }).toBe('held');
  devnet.ark.faults.fail('RequestLightningPayHtlcRevocation', Code.InvalidArgument, 'no', 1_000_000);
  devnet.lightning.cancel(paymentHash);
  await work(w);
  const [action] = await w.wallet.pending();
  expect((action?.state as { step: string }).step).toBe('stuck');
  return { actionId, paymentHash, bolt11 };
}
const heldBy = async (w: Instance, actionId: string) =>
  (await w.wallet.coins()).filter((c) => c.holder === actionId);

describe('an HTLC that the server refuses to revoke', () => {
  test('waits until the last safe height, asks for fee money two days before, then leaves and is claimed', async () => {
    const w = await open(60_000n);
    const { actionId, paymentHash, bolt11 } = await stuckPayment(w);
    const [htlc] = await heldBy(w, actionId);
    const safe = htlc!.expiryHeight - 144 - htlc!.exitDepth - 12;

    expect(await exits(w)).toEqual([]);
    await mineTo(safe - 288);
    await work(w);
    expect(await exits(w)).toMatchObject([
      { id: htlc!.id, status: 'foreseen', dueHeight: safe, paymentHash, actionId },
    ]);
    expect((await exits(w))[0]?.feeMissing).toBeGreaterThan(0n);

    await mineTo(safe);
    await work(w);
    // Without money for the miners nothing can leave: the server goes on being asked.
    expect((await exits(w))[0]).toMatchObject({ status: 'foreseen' });
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'pending' });

    await feeMoney(w, 30_000n);
    await work(w);
    expect((await exits(w))[0]).toMatchObject({ status: 'running', paymentHash });
    expect(await w.wallet.outcome(actionId)).toMatchObject({
      status: 'failed',
      error: { code: 'PAYMENT_EXITING' },
    });
    expect((await w.wallet.coins(true)).find((c) => c.id === htlc!.id)?.state).toBe('exited');
    await expect(w.wallet.pay(await w.wallet.inspect(bolt11))).rejects.toMatchObject({
      code: expect.stringMatching('PAYMENT_IN_PROGRESS|INVOICE_EXPIRED'),
    });

    const before = (await w.wallet.balance()).onchain;
    expect(before.confirmed + before.unconfirmed + before.reserved).toBeGreaterThan(20_000n);
    await toTheEnd(w, 20);
    expect((await exits(w))[0]).toMatchObject({ status: 'claimed' });
    const lines = await w.wallet.history();
    expect(lines.find((l) => l.actionId === actionId)).toMatchObject({
      status: 'failed',
      effective: 0n,
      exited: [htlc!.id],
      metadata: { failure: { code: 'PAYMENT_EXITING' } },
    });
    expect(lines.find((l) => l.subsystem.name === 'bark.exit')).toMatchObject({
      status: 'successful',
      intended: -htlc!.amount,
      effective: -htlc!.amount,
      inputs: [htlc!.id],
    });
    devnet.chain.mine(1);
    await work(w, 1);
    const after = (await w.wallet.balance()).onchain;
    expect(after.reserved).toBe(0n);
    expect(after.confirmed).toBeGreaterThan(30_000n + htlc!.amount - 6_000n);
    devnet.ark.faults.clear();
  });

  test('a revocation that is granted in time takes the warning back', async () => {
    const w = await open(60_000n);
    const { actionId } = await stuckPayment(w);
    const [htlc] = await heldBy(w, actionId);
    await mineTo(htlc!.expiryHeight - 144 - 12 - htlc!.exitDepth - 100);
    await work(w);
    expect(await exits(w)).toHaveLength(1);
    devnet.ark.faults.clear();
    await work(w);
    expect(await exits(w)).toEqual([]);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'failed' });
    expect((await w.wallet.balance()).spendable).toBeGreaterThan(59_000n);
  });

  test('switched off, the coins stay and the person is told', async () => {
    const w = await open(60_000n);
    await w.db.write(['settings'], (tx) => changeSettings(tx, { exitByItself: false }));
    const { actionId } = await stuckPayment(w);
    await feeMoney(w, 30_000n);
    const [htlc] = await heldBy(w, actionId);
    await mineTo(htlc!.expiryHeight - 100);
    await work(w);
    const [row] = await exits(w);
    expect(row).toMatchObject({ status: 'foreseen', feeMissing: 0n });
    expect(row?.dueHeight).toBeUndefined();
    devnet.ark.faults.clear();
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'failed' });
  });
});

describe('inputs that hang between the request and the answer', () => {
  test('leave by the chain at the last safe height, change and all', async () => {
    const w = await open(60_000n);
    await feeMoney(w, 30_000n);
    devnet.ark.faults.fail('RequestLightningPayHtlcCosign', Code.Unavailable, 'gone', 1_000_000);
    devnet.ark.faults.fail('RequestArkoorCosign', Code.Unavailable, 'gone', 1_000_000);
    const { bolt11 } = devnet.lightning.createInvoice({ amountMsat: 5_000_000n });
    const { actionId } = await w.wallet.pay(await w.wallet.inspect(bolt11));
    await expect
      .poll(async () => (await w.wallet.pending())[0]?.retries, { timeout: 20_000 })
      .toBeGreaterThan(0);
    await work(w);
    const [input] = await heldBy(w, actionId);
    await mineTo(input!.expiryHeight - 144 - 12 - input!.exitDepth);
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'failed' });
    await toTheEnd(w, 20);
    devnet.ark.faults.clear();
    expect((await exits(w))[0]).toMatchObject({ id: input!.id, status: 'claimed' });
    expect((await w.wallet.balance()).total).toBe(0n);
    expect((await w.wallet.balance()).onchain.confirmed).toBeGreaterThan(30_000n + 50_000n);
  });
});

describe('a recipient who is paid after all', () => {
  test('a settlement that comes while the revocation is stuck wins', async () => {
    let lie: Partial<ArkServer> = {};
    const wrap = (ports: WalletPorts): WalletPorts => ({
      ...ports,
      server: async () => ({ ...(await ports.server()), ...lie }),
    });
    const w = await open(60_000n, { wrap });
    const { bolt11, paymentHash } = devnet.lightning.createInvoice({ amountMsat: 5_000_000n, hold: true });
    const { actionId } = await w.wallet.pay(await w.wallet.inspect(bolt11));
    await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 20_000 }).toBe('held');
    const server = await w.ports.server();
    lie = {
      checkLightningPayment: async (request, options) => ({
        ...(await server.checkLightningPayment(request, options)),
        paymentStatus: { case: 'failed', value: { reason: 3 } } as never,
      }),
    };
    await work(w);
    // The server said "failed" of a payment that is under way; it does not revoke it, so nothing is lost.
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'pending' });
    lie = {};
    devnet.lightning.settle(paymentHash);
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  });
});
