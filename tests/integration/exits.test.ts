// Coins that the server does not give back in time leave by the chain, and are claimed to the bitcoin wallet.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { serializeTx } from '../../src/ark/tx.ts';
import { parseVtxoId } from '../../src/ark/vtxo-id.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import { allExits } from '../../src/store/exits.ts';
import { changeSettings } from '../../src/store/settings.ts';
import { sats } from '../../src/units.ts';
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
  const { bolt11, paymentHash } = devnet.lightning.createInvoice({
    amountMsat: amount * 1000n,
    expirySeconds: 100_000_000,
    hold: true,
  });
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

  test('of a transfer to an Ark address: nothing was delivered, so all of it comes back by the chain', async () => {
    const [w, to] = [await open(60_000n), await open(30_000n)];
    await feeMoney(w, 30_000n);
    const { address } = await to.wallet.newAddress();
    const before = (await to.wallet.balance()).total;
    devnet.ark.faults.fail('RequestArkoorCosign', Code.Internal, 'no', 1_000_000);
    const { actionId } = await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(5_000n) });
    const retries = async () => (await w.wallet.pending()).find((a) => a.id === actionId)?.retries;
    await expect.poll(retries, { timeout: 20_000 }).toBeGreaterThan(0);
    const [input] = await heldBy(w, actionId);
    await mineTo(input!.expiryHeight - 144 - 12 - input!.exitDepth);
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({
      status: 'failed',
      error: { code: 'PAYMENT_EXITING' },
    });
    await toTheEnd(w, 20);
    await to.wallet.sync();
    expect((await to.wallet.balance()).total).toBe(before);
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
    const { bolt11, paymentHash } = devnet.lightning.createInvoice({
      amountMsat: 5_000_000n,
      expirySeconds: 10_000_000,
      hold: true,
    });
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

describe('an exit that the person asks for', () => {
  test('the coin stays usable until there is money for the fees; it can be called off and begun again', async () => {
    const w = await open(60_000n);
    const [coin] = await w.wallet.coins();
    const { spendable } = await w.wallet.balance();
    const { needed, available } = await w.wallet.exitCost([coin!.id]);
    expect([needed > 0n, available]).toEqual([true, 0n]);

    await w.wallet.startExit([coin!.id]);
    await w.wallet.startExit([coin!.id]);
    await work(w);
    expect(await w.wallet.exits()).toMatchObject([{ id: coin!.id, status: 'running', feeMissing: needed }]);
    expect((await w.wallet.balance()).spendable).toBe(spendable);

    await w.wallet.cancelExit(coin!.id);
    expect(await w.wallet.exits()).toEqual([]);
    expect(await w.wallet.pending()).toEqual([]);
    expect((await w.wallet.history())[0]).toMatchObject({ status: 'canceled', effective: 0n });
    await expect(w.wallet.cancelExit(coin!.id)).rejects.toMatchObject({ code: 'COIN_UNKNOWN' });

    await feeMoney(w, 30_000n);
    await w.wallet.startExit([coin!.id]);
    await work(w, 2);
    expect(await w.wallet.balance()).toMatchObject({ spendable: 0n, pendingExit: spendable });
    await expect(w.wallet.cancelExit(coin!.id)).rejects.toMatchObject({ code: 'COIN_LOCKED' });
    await toTheEnd(w, 20);
    expect(await w.wallet.exits(true)).toMatchObject([{ id: coin!.id, status: 'claimed' }]);
    const { total, onchain } = await w.wallet.balance();
    expect(total).toBe(0n);
    expect(onchain.confirmed).toBeGreaterThan(spendable + 28_000n);
    expect((await w.wallet.history()).map((l) => [l.subsystem.name, l.status]).slice(0, 2)).toEqual([
      ['bark.exit', 'successful'],
      ['bark.exit', 'canceled'],
    ]);
  });

  test('a coin that is spent meanwhile ends it; a coin in a healthy payment is refused', async () => {
    const w = await open(60_000n);
    const [coin] = await w.wallet.coins();
    await w.wallet.startExit([coin!.id]);
    const { bolt11 } = devnet.lightning.createInvoice({
      amountMsat: 5_000_000n,
      expirySeconds: 10_000_000,
      hold: true,
    });
    await w.wallet.pay(await w.wallet.inspect(bolt11));
    await expect
      .poll(async () => (await w.wallet.coins())[0]?.policyType, { timeout: 20_000 })
      .not.toBe('pubkey');
    await work(w, 1);
    expect(await w.wallet.exits(true)).toMatchObject([{ id: coin!.id, status: 'canceled' }]);
    const htlc = (await w.wallet.coins()).find((c) => c.policyType !== 'pubkey');
    await expect(w.wallet.startExit([htlc!.id])).rejects.toMatchObject({ code: 'COIN_LOCKED' });
    await expect(w.wallet.startExit(['ff'.repeat(32) + ':0'])).rejects.toMatchObject({
      code: 'COIN_UNKNOWN',
    });
  });

  test('asked for, a stuck HTLC leaves long before its last safe height', async () => {
    const w = await open(60_000n);
    await feeMoney(w, 30_000n);
    const { actionId } = await stuckPayment(w);
    const [htlc] = await heldBy(w, actionId);
    await w.wallet.startExit([htlc!.id]);
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ error: { code: 'PAYMENT_EXITING' } });
    expect(await w.wallet.exits()).toMatchObject([{ id: htlc!.id, status: 'running' }]);
  });

  test('a reorganisation takes the exit back to where the chain is', async () => {
    const w = await open(60_000n);
    await feeMoney(w, 30_000n);
    const [coin] = await w.wallet.coins();
    await w.wallet.startExit([coin!.id]);
    await work(w);
    devnet.chain.mine(1);
    await work(w);
    const step = async () => ((await w.wallet.pending())[0]?.state as { step: string }).step;
    expect(await step()).toBe('waiting');
    devnet.chain.reorg(1);
    await work(w, 1);
    await toTheEnd(w, 20);
    expect(await w.wallet.exits(true)).toMatchObject([{ status: 'claimed' }]);
  });
});

describe('an HTLC on the chain that the server takes with the preimage', () => {
  test('is a payment that was made: receipt, history and status say so', async () => {
    const shown: { preimage?: Uint8Array } = {};
    const taker = '77'.repeat(32);
    /** Once told the preimage, the chain shows the coin's output spent by the server. */
    const wrap = (ports: WalletPorts): WalletPorts => ({
      ...ports,
      chain: {
        ...ports.chain,
        outspend: async (txid, vout) => {
          const id = `${txid}:${vout}`;
          return shown.preimage && id === htlcId
            ? { spent: true, txid: taker }
            : ports.chain.outspend(txid, vout);
        },
        tx: async (txid) => {
          const { preimage } = shown;
          if (txid !== taker || !preimage) return ports.chain.tx(txid);
          const prevout = parseVtxoId(htlcId);
          const witness = [new Uint8Array(64), preimage, Uint8Array.of(0x51)];
          const outputs = [{ value: sats(1n), script: new Uint8Array(34) }];
          return serializeTx({
            version: 2,
            lockTime: 0,
            inputs: [{ prevout, sequence: 0, witness }],
            outputs,
          });
        },
      },
    });
    let htlcId = '';
    const w = await open(60_000n, { wrap });
    await feeMoney(w, 30_000n);
    const { actionId, paymentHash } = await stuckPayment(w);
    htlcId = (await heldBy(w, actionId))[0]!.id;
    await w.wallet.startExit([htlcId]);
    await work(w);
    for (let i = 0; i < 8; i++) {
      devnet.chain.mine(1);
      await work(w, 1);
    }
    expect(await w.wallet.exits()).toMatchObject([
      { status: 'running', confirmedHeight: expect.any(Number) },
    ]);
    shown.preimage = devnet.lightning.invoice(paymentHash)!.preimage;
    await work(w, 1);
    expect(await w.wallet.exits(true)).toMatchObject([{ status: 'spent', txid: taker }]);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'paid' });
    const line = (await w.wallet.history()).find((l) => l.actionId === actionId)!;
    expect(line).toMatchObject({
      status: 'successful',
      effective: -10_000n - line.fee,
      metadata: { failure: null },
    });
    expect(line.fee).toBeGreaterThan(0n);
  });
});
