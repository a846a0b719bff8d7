// The wallet against a devnet, end to end without a browser. Every step of every action runs twice (double drive).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { sats } from '../../src/units.ts';
import { traces } from './support/traces.ts';
import { fund, newWallet, type Instance, type InstanceOptions } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];
const doubleDrive = { config: { doubleDrive: true } };

const wallet = async (funds = 0n, options: InstanceOptions = doubleDrive): Promise<Instance> => {
  const instance = await newWallet(devnet, options);
  opened.push(instance);
  if (funds > 0n) await fund(devnet, instance, funds);
  return instance;
};
const pay = async ({ wallet }: Instance, text: string, amount?: bigint) =>
  wallet.pay(await wallet.inspect(text), amount === undefined ? {} : { amount: sats(amount) });
const invoice = (sat: bigint, more = {}) =>
  devnet.lightning.createInvoice({ amountMsat: sat * 1000n, ...more });

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('board', () => {
  test('what arrives at the bitcoin address becomes spendable by itself', async () => {
    const w = await wallet();
    const { address, minimum, confirmations, estimateFee } = await w.wallet.boardAddress();
    expect([minimum, confirmations]).toEqual([20_000n, 3]);
    devnet.chain.fund(address, 100_000n);
    await w.wallet.sync();
    expect(await w.wallet.balance()).toMatchObject({ total: 0n, onchain: { unconfirmed: 100_000n } });
    devnet.chain.mine(1);
    await w.settle();
    const { spendable, onchain } = await w.wallet.balance();
    expect(spendable).toBe(100_000n - estimateFee(sats(100_000n)));
    expect(onchain).toEqual({ confirmed: 0n, unconfirmed: 0n, reserved: 0n });
    const [line] = await w.wallet.history();
    expect(line).toMatchObject({
      status: 'successful',
      subsystem: { name: 'bark.board', kind: 'board' },
      effective: spendable,
    });
  });

  test('less than the minimum waits on-chain until there is enough', async () => {
    const w = await wallet();
    const { address } = await w.wallet.boardAddress();
    devnet.chain.fund(address, 15_000n);
    devnet.chain.mine(1);
    await w.settle();
    expect(await w.wallet.balance()).toMatchObject({ total: 0n, onchain: { confirmed: 15_000n } });
    devnet.chain.fund(address, 15_000n);
    devnet.chain.mine(1);
    await w.settle();
    expect((await w.wallet.balance()).spendable).toBeGreaterThan(29_000n);
  });

  test('part of the on-chain money can be boarded, the change stays and can be sent', async () => {
    const w = await wallet();
    devnet.chain.fund(await w.wallet.onchainAddress(), 100_000n);
    devnet.chain.mine(1);
    await w.settle();
    await w.wallet.board(sats(40_000n));
    await w.settle();
    const { spendable, onchain } = await w.wallet.balance();
    expect(spendable).toBe(39_670n);
    expect(onchain.confirmed).toBeGreaterThan(59_000n);
    const elsewhere = await (await wallet()).wallet.onchainAddress();
    const { actionId, txid } = await w.wallet.sendOnchain(elsewhere, 'all');
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
    expect(devnet.chain.tx(txid)).toBeDefined();
  });
});

describe('transfer to an Ark address', () => {
  test('arrives once, with its line in both histories', async () => {
    const [a, b] = [await wallet(100_000n), await wallet()];
    const before = (await a.wallet.balance()).spendable;
    const { address } = await b.wallet.newAddress();
    const { actionId } = await pay(a, address, 30_000n);
    expect(await a.wallet.outcome(actionId)).toEqual({ status: 'paid', fee: 0n, delivered: true });
    await b.wallet.sync();
    await b.wallet.sync();
    expect((await b.wallet.balance()).spendable).toBe(30_000n);
    expect((await a.wallet.balance()).spendable).toBe(before - 30_000n);
    expect(await b.wallet.history()).toMatchObject([
      {
        subsystem: { name: 'bark.arkoor', kind: 'receive' },
        effective: 30_000n,
        receivedOn: [{ value: address }],
      },
    ]);
    expect((await a.wallet.history())[0]).toMatchObject({
      effective: -30_000n,
      sentTo: [{ type: 'ark', value: address, amount: 30_000n }],
      status: 'successful',
    });
  });

  test('what was received can be sent on; several coins pay together', async () => {
    const [a, b, c] = [await wallet(100_000n), await wallet(), await wallet()];
    for (let i = 0; i < 3; i++) {
      const { actionId } = await pay(a, (await b.wallet.newAddress()).address, 10_000n);
      await a.wallet.outcome(actionId);
    }
    await b.wallet.sync();
    const { actionId } = await pay(b, (await c.wallet.newAddress()).address, 25_000n);
    await b.wallet.outcome(actionId);
    await c.wallet.sync();
    expect((await c.wallet.balance()).spendable).toBe(25_000n);
    expect(await c.wallet.history()).toHaveLength(1);
    expect((await b.wallet.balance()).spendable).toBe(5_000n);
  });

  test('a single satoshi can be sent', async () => {
    const [a, b] = [await wallet(50_000n), await wallet()];
    const { actionId } = await pay(a, (await b.wallet.newAddress()).address, 1n);
    await a.wallet.outcome(actionId);
    await b.wallet.sync();
    expect((await b.wallet.balance()).spendable).toBe(1n);
  });

  test('the change can be spent while the recipient cannot be told yet', async () => {
    const [a, b] = [await wallet(100_000n), await wallet()];
    devnet.ark.faults.fail('PostArkoorMessage', 14, 'away', 4);
    const { actionId } = await pay(a, (await b.wallet.newAddress()).address, 60_000n);
    expect(await a.wallet.outcome(actionId)).toMatchObject({ status: 'paid', delivered: false });
    const { spendable } = await a.wallet.balance();
    expect(spendable).toBeGreaterThan(39_000n);
    const second = await pay(a, (await b.wallet.newAddress()).address, 1_000n);
    await a.settle();
    expect(await a.wallet.outcome(second.actionId)).toMatchObject({ status: 'paid' });
    await b.wallet.sync();
    expect((await b.wallet.balance()).spendable).toBe(61_000n);
  });
});

describe('Lightning', () => {
  const settled = async (w: Instance, actionId: string) => {
    await w.settle();
    return w.wallet.outcome(actionId);
  };

  test('an invoice is paid once: preimage, fee, history, status', async () => {
    const w = await wallet(100_000n);
    const { bolt11, paymentHash, preimage } = invoice(10_000n);
    const before = (await w.wallet.balance()).spendable;
    const quote = await w.wallet.quote(await w.wallet.inspect(bolt11));
    const { actionId } = await pay(w, bolt11);
    const outcome = await settled(w, actionId);
    expect(outcome).toEqual({
      status: 'paid',
      delivered: true,
      fee: quote.fee,
      preimage: Buffer.from(preimage).toString('hex'),
    });
    expect((await w.wallet.balance()).spendable).toBe(before - quote.total!);
    expect(devnet.lightning.invoice(paymentHash)).toMatchObject({
      state: 'settled',
      receivedMsat: 10_000_000n,
    });
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'paid' });
    expect((await w.wallet.history())[0]).toMatchObject({
      status: 'successful',
      intended: -10_000n,
      effective: -quote.total!,
      metadata: { payment_hash: paymentHash, payment_preimage: Buffer.from(preimage).toString('hex') },
    });
  });

  test('paying it twice is refused and moves no coin', async () => {
    const w = await wallet(50_000n);
    const { bolt11 } = invoice(1_000n);
    const { actionId } = await pay(w, bolt11);
    await expect(pay(w, bolt11)).rejects.toMatchObject({ code: 'PAYMENT_IN_PROGRESS' });
    await settled(w, actionId);
    const before = await traces(w);
    await expect(pay(w, bolt11)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
    expect(await traces(w)).toEqual(before);
    expect(await w.wallet.quote(await w.wallet.inspect(bolt11))).toMatchObject({
      problem: { code: 'ALREADY_PAID' },
    });
  });

  test('a payment that the recipient refuses comes back whole', async () => {
    const w = await wallet(50_000n);
    const before = (await w.wallet.balance()).spendable;
    const { bolt11, paymentHash } = invoice(5_000n, { hold: true });
    const { actionId } = await pay(w, bolt11);
    await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 5000 }).toBe('held');
    devnet.lightning.cancel(paymentHash);
    const outcome = await settled(w, actionId);
    expect(outcome).toMatchObject({ status: 'failed', error: { say: expect.stringContaining('refused') } });
    expect((await w.wallet.balance()).spendable).toBe(before);
  });

  test('a failed payment says why, and may be tried again', async () => {
    const w = await wallet(50_000n, {});
    const before = (await w.wallet.balance()).spendable;
    const { bolt11, paymentHash } = invoice(5_000n);
    devnet.lightning.failNext('NO_ROUTE', 1);
    const first = await pay(w, bolt11);
    const outcome = await settled(w, first.actionId);
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'PAYMENT_FAILED' } });
    expect((await w.wallet.balance()).spendable).toBe(before);
    expect(await w.wallet.paymentStatus(paymentHash)).toEqual({ status: 'unknown' });
    expect((await w.wallet.history())[0]).toMatchObject({
      status: 'failed',
      intended: -5_000n,
      effective: 0n,
      fee: 0n,
    });
    const again = await pay(w, bolt11);
    expect(again.actionId).not.toBe(first.actionId);
    expect(await settled(w, again.actionId)).toMatchObject({ status: 'paid' });
  });

  test('the whole balance can be paid, without change', async () => {
    const w = await wallet(50_000n);
    const { spendable } = await w.wallet.balance();
    const quote = async (amount: bigint) => w.wallet.quote(await w.wallet.inspect(invoice(amount).bolt11));
    let amount: bigint = spendable;
    for (let short; (short = (await quote(amount)).shortBy) !== undefined;) amount -= short;
    while ((await quote(amount + 1n)).problem === undefined) amount++;
    const { actionId } = await pay(w, invoice(amount).bolt11);
    expect(await settled(w, actionId)).toMatchObject({ status: 'paid' });
    expect((await w.wallet.balance()).total).toBe(0n);
    expect((await w.wallet.history())[0]).toMatchObject({ outputs: [] });
  });

  test('a dust amount is paid, msat are rounded up', async () => {
    const w = await wallet(50_000n);
    const small = devnet.lightning.createInvoice({ amountMsat: 1_500n });
    expect(await settled(w, (await pay(w, small.bolt11)).actionId)).toMatchObject({ status: 'paid' });
    expect((await w.wallet.history())[0]).toMatchObject({ intended: -2n });
  });

  test('an invoice without amount is paid with the one entered', async () => {
    const w = await wallet(50_000n);
    const open = devnet.lightning.createInvoice({});
    await expect(pay(w, open.bolt11)).rejects.toMatchObject({ code: 'AMOUNT_REQUIRED' });
    expect(await settled(w, (await pay(w, open.bolt11, 777n)).actionId)).toMatchObject({ status: 'paid' });
    expect(devnet.lightning.invoice(open.paymentHash)?.receivedMsat).toBe(777_000n);
  });

  test('somebody else paid it first: refused before any coin moves', async () => {
    const [a, b] = [await wallet(50_000n), await wallet(50_000n)];
    const { bolt11 } = invoice(2_000n);
    await settled(a, (await pay(a, bolt11)).actionId);
    const before = await traces(b);
    await expect(pay(b, bolt11)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
    expect(await traces(b)).toEqual(before);
  });

  test('a held payment waits, and the notice in the mailbox ends it', async () => {
    const w = await wallet(50_000n);
    const { bolt11, paymentHash } = invoice(2_000n, { hold: true });
    const { actionId } = await pay(w, bolt11);
    await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 5000 }).toBe('held');
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'pending' });
    expect((await w.wallet.balance()).pendingLightningSend).toBeGreaterThan(2_000n);
    devnet.lightning.settle(paymentHash);
    expect(await settled(w, actionId)).toMatchObject({ status: 'paid' });
  });
});
