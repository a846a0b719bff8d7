// Lightning payments to a wallet: an invoice is made, somebody pays it, and the money is there, in full and once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { lightningReceiveFee } from '../../src/ark/fees.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { keyRing } from '../../src/wallet/key-ring.ts';
import { sats } from '../../src/units.ts';
import { devChainSource } from './support/chain-source.ts';
import { fund, newWallet, openInstance, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

async function open(funds = 0n) {
  const chain = devChainSource(devnet.chain);
  const instance = await newWallet(devnet, { chain, config: { doubleDrive: true } });
  opened.push(instance);
  if (funds > 0n) await fund(devnet, instance, funds);
  return instance;
}

beforeAll(async () => {
  devnet = await startDevnet();
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

const feeOf = (amount: bigint) => lightningReceiveFee(devnet.ark.config.fees.lightningReceive, sats(amount));

/** Makes an invoice and lets the first look for its payer pass. */
async function ask({ wallet }: Instance, order: Parameters<typeof wallet.receiveLightning>[0]) {
  const made = await wallet.receiveLightning(order);
  const action = async () => (await wallet.pending()).find((a) => a.id.endsWith(made.hash));
  await expect.poll(async () => (await action())?.version).toBe(2);
  return made;
}

/** Pays and waits until the server holds the money. */
async function arrive(invoice: string, options = {}) {
  const payment = devnet.lightning.payer.pay(invoice, options);
  await expect.poll(() => devnet.ark.state.receives.get(payment.paymentHash)?.status).toBe('accepted');
  return payment;
}

describe('a payment from outside', () => {
  test('becomes coins, a line of the history and a claimed invoice', async () => {
    const w = await open(50_000n);
    const before = await w.wallet.balance();
    const made = await ask(w, { amount: sats(30_000n), memo: 'tea' });
    expect(made).toMatchObject({ amount: 30_000n, fee: feeOf(30_000n) });
    expect(await w.wallet.history()).toHaveLength(1);
    const payment = await arrive(made.invoice);
    expect((await w.wallet.balance()).total).toBe(before.total);
    await w.settle();
    await payment.ended;
    expect(payment).toMatchObject({ state: 'paid' });
    expect(toHex(sha256(fromHex(payment.preimage!)))).toBe(made.hash);
    const net = 30_000n - feeOf(30_000n);
    expect((await w.wallet.balance()).spendable).toBe(before.spendable + net);
    const row = await w.wallet.invoice(made.hash);
    expect(row).toMatchObject({ state: 'claimed', received: net, bolt11: made.invoice, memo: 'tea' });
    const coins = (await w.wallet.coins()).filter((c) => row?.outputs?.includes(c.id));
    expect(coins.length).toBeGreaterThan(1);
    expect(coins.every((c) => c.kind === 'lightning' && c.unregistered === undefined)).toBe(true);
    const [line] = await w.wallet.history();
    expect(line).toMatchObject({
      status: 'successful',
      subsystem: { name: 'bark.lightning_receive', kind: 'receive' },
      intended: 30_000n,
      effective: net,
      fee: feeOf(30_000n),
      inputs: [],
      outputs: row?.outputs,
      receivedOn: [{ type: 'invoice', value: made.invoice, amount: 30_000n }],
      metadata: { payment_hash: made.hash, payment_preimage: payment.preimage },
    });
    expect(line?.metadata['htlc_vtxos']).toHaveLength(coins.length);
    expect(await w.wallet.invoiceOver(made.hash)).toEqual(row);
    // The money is good: it can be sent on.
    const friend = await open();
    const { address } = await friend.wallet.newAddress();
    const all = (await w.wallet.balance()).spendable;
    await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(all) });
    await w.settle();
    await friend.wallet.sync();
    expect((await friend.wallet.balance()).spendable).toBe(all);
  });

  test('finds a wallet that has no coin and was closed meanwhile', async () => {
    const w = await open();
    const { invoice, hash } = await ask(w, { amount: sats(1_234n) });
    await w.close();
    const payment = await arrive(invoice);
    const later = await openInstance(devnet, w.profile, { chain: devChainSource(devnet.chain) });
    opened.push(later);
    await later.wallet.sync();
    await later.settle();
    await payment.ended;
    expect(payment.state).toBe('paid');
    expect((await later.wallet.balance()).spendable).toBe(1_234n - feeOf(1_234n));
    expect((await later.wallet.invoice(hash))?.state).toBe('claimed');
  });

  test('is found by the timer alone, when no message comes', async () => {
    const w = await open();
    const { invoice } = await ask(w, { amount: sats(5_000n) });
    const payment = await arrive(invoice);
    await w.settle({ sync: false });
    await payment.ended;
    expect(payment.state).toBe('paid');
  });
});

test('the preimage is on disk before the server sees its hash, and follows from seed, time and salt', async () => {
  const w = await open();
  devnet.ark.faults.fail('StartLightningReceive', 3);
  await expect(w.wallet.receiveLightning({ amount: sats(2_000n) })).rejects.toMatchObject({
    code: 'SERVER_REFUSED',
  });
  const [row] = await w.wallet.invoices();
  expect(row).toMatchObject({ state: 'cancelled', failure: { code: 'SERVER_REFUSED' } });
  const again = keyRing(w.profile.seed, 'regtest').receivePreimage(row!.createdAt, fromHex(row!.salt));
  expect(toHex(again)).toBe(row!.preimage);
  expect(toHex(sha256(again))).toBe(row!.hash);
});

describe('a payment between wallets of one server', () => {
  test('reaches the payee, and the payer gets the preimage', async () => {
    const [payer, payee] = [await open(60_000n), await open()];
    const { total } = await payer.wallet.balance();
    const { invoice, hash } = await ask(payee, { amount: sats(11_000n), memo: 'inside' });
    const { actionId } = await payer.wallet.pay(await payer.wallet.inspect(invoice));
    await expect.poll(() => devnet.ark.state.receives.get(hash)?.status).toBe('accepted');
    await payee.wallet.sync();
    await payee.settle();
    await payer.settle();
    const outcome = await payer.wallet.outcome(actionId);
    expect(outcome).toMatchObject({ status: 'paid', preimage: (await payee.wallet.invoice(hash))?.preimage });
    const fee = outcome.status === 'paid' ? outcome.fee : 0n;
    expect((await payer.wallet.balance()).spendable).toBe(total - 11_000n - fee);
    expect((await payee.wallet.balance()).spendable).toBe(11_000n - feeOf(11_000n));
    expect(devnet.lightning.payer.payments.some((p) => p.paymentHash === hash)).toBe(false);
  });

  test('goes back to the payer when the payee does not answer within three minutes', async () => {
    const [payer, payee] = [await open(60_000n), await open()];
    const { total } = await payer.wallet.balance();
    const { invoice, hash } = await ask(payee, { amount: sats(9_000n) });
    await payee.wallet.stop();
    const { actionId } = await payer.wallet.pay(await payer.wallet.inspect(invoice));
    await expect.poll(() => devnet.ark.state.receives.get(hash)?.status).toBe('accepted');
    const step = async () => (await payer.wallet.pending())[0]?.state as { step: string } | undefined;
    await expect.poll(async () => (await step())?.step).toBe('initiated');
    devnet.clock.advance(181_000);
    await payer.settle();
    expect(await payer.wallet.outcome(actionId)).toMatchObject({ status: 'failed' });
    expect((await payer.wallet.balance()).spendable).toBe(total);
  });
});

test('a payer of the same server gets the money back when the payee has called the invoice off', async () => {
  const [payer, payee] = [await open(60_000n), await open()];
  const { total } = await payer.wallet.balance();
  const { invoice, hash } = await ask(payee, { amount: sats(9_000n) });
  await payee.wallet.cancelInvoice(hash);
  const { actionId } = await payer.wallet.pay(await payer.wallet.inspect(invoice));
  await payer.settle();
  expect(await payer.wallet.outcome(actionId)).toMatchObject({ status: 'failed' });
  expect((await payer.wallet.balance()).spendable).toBe(total);
});

test('a wallet does not pay its own invoice, neither in a quote nor in a payment', async () => {
  const w = await open(60_000n);
  const before = [await w.wallet.coins(), await w.wallet.history()];
  const { invoice } = await ask(w, { amount: sats(3_000n) });
  const instruction = await w.wallet.inspect(invoice);
  expect((await w.wallet.quote(instruction)).problem).toMatchObject({ code: 'OWN_INVOICE' });
  await expect(w.wallet.pay(instruction)).rejects.toMatchObject({ code: 'OWN_INVOICE' });
  expect([await w.wallet.coins(), await w.wallet.history()]).toEqual(before);
});

test('several invoices are paid at once, in any order', async () => {
  const w = await open();
  const amounts = [1_000n, 2_500n, 7_777n, 40_000n, 300_000n];
  const made = [];
  for (const amount of amounts) made.push(await ask(w, { amount: sats(amount) }));
  expect(new Set(made.map((m) => m.hash)).size).toBe(amounts.length);
  const payments = await Promise.all([...made].reverse().map((m) => arrive(m.invoice)));
  await w.wallet.sync();
  await w.settle();
  await Promise.all(payments.map((p) => p.ended));
  expect(payments.every((p) => p.state === 'paid')).toBe(true);
  const net = amounts.reduce((sum, amount) => sum + amount - feeOf(amount), 0n);
  expect((await w.wallet.balance()).spendable).toBe(net);
  expect(await w.wallet.invoices('open')).toEqual([]);
  expect(await w.wallet.history()).toHaveLength(amounts.length);
});

describe('an invoice ends without money', () => {
  test('when the person calls it off: nobody can pay it any more', async () => {
    const w = await open();
    const { invoice, hash } = await ask(w, { amount: sats(4_000n) });
    await w.wallet.cancelInvoice(hash);
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'cancelled' });
    expect(await w.wallet.pending()).toEqual([]);
    await w.wallet.cancelInvoice(hash);
    const payment = devnet.lightning.payer.pay(invoice);
    await payment.ended;
    expect(payment).toMatchObject({ state: 'failed' });
    await expect(w.wallet.cancelInvoice('00'.repeat(32))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('when it is called off while the payer’s money waits: the payer gets it back', async () => {
    const w = await open();
    const { invoice, hash } = await ask(w, { amount: sats(4_000n) });
    const payment = await arrive(invoice);
    await w.wallet.cancelInvoice(hash);
    await payment.ended;
    expect(payment.state).toBe('failed');
    await w.settle();
    expect((await w.wallet.balance()).total).toBe(0n);
    expect(await w.wallet.history()).toEqual([]);
  });

  test('but not once it is claimed', async () => {
    const w = await open();
    const { invoice, hash } = await ask(w, { amount: sats(4_000n) });
    await arrive(invoice);
    await w.settle();
    await expect(w.wallet.cancelInvoice(hash)).rejects.toMatchObject({ code: 'PAYMENT_IN_PROGRESS' });
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'claimed' });
  });

  test('when nobody pays in time', async () => {
    const w = await open();
    const { hash, expiresAt } = await ask(w, { amount: sats(4_000n) });
    expect(expiresAt - devnet.clock.now()).toBeGreaterThan(47 * 3600_000);
    devnet.clock.advance(49 * 3600_000);
    await w.settle();
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'expired' });
  });

  test('when the time is up that the person gave it: it is called off at the server, too', async () => {
    const w = await open();
    const { invoice, hash, expiresAt } = await ask(w, {
      amount: sats(4_000n),
      expiry: 300,
    });
    expect(expiresAt - devnet.clock.now()).toBeLessThanOrEqual(300_000);
    devnet.clock.advance(400_000);
    await w.settle();
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'expired' });
    const payment = devnet.lightning.payer.pay(invoice);
    await payment.ended;
    expect(payment.state).toBe('failed');
  });

  test('when the payment comes while the wallet sleeps for more than three minutes', async () => {
    const w = await open();
    const { invoice, hash } = await ask(w, { amount: sats(4_000n) });
    const payment = await arrive(invoice);
    devnet.clock.advance(181_000);
    await w.settle();
    await payment.ended;
    expect(payment.state).toBe('failed');
    expect(await w.wallet.invoice(hash)).toMatchObject({
      state: 'cancelled',
      failure: { code: 'PAYMENT_FAILED' },
    });
    expect((await w.wallet.balance()).total).toBe(0n);
  });

  test('when the payer’s HTLC leaves too little time to claim it', async () => {
    const w = await open();
    const { invoice, hash } = await ask(w, { amount: sats(4_000n) });
    const payment = await arrive(invoice);
    devnet.chain.mine(10);
    await w.settle();
    await payment.ended;
    expect(payment.state).toBe('failed');
    expect(await w.wallet.invoice(hash)).toMatchObject({
      state: 'cancelled',
      failure: { code: 'SERVER_REFUSED' },
    });
  });
});

describe('proof for a server that wants one', () => {
  test('is a coin of the wallet, or a token, and without either the payer gets the money back', async () => {
    devnet.ark.config.lnReceiveAntiDosRequired = true;
    try {
      const rich = await open(50_000n);
      const first = await ask(rich, { amount: sats(2_000n) });
      await arrive(first.invoice);
      await rich.settle();
      expect(await rich.wallet.invoice(first.hash)).toMatchObject({ state: 'claimed' });

      const poor = await open();
      const second = await ask(poor, { amount: sats(2_000n) });
      const payment = await arrive(second.invoice);
      await poor.settle();
      await payment.ended;
      expect(payment.state).toBe('failed');
      expect(await poor.wallet.invoice(second.hash)).toMatchObject({
        state: 'cancelled',
        failure: { code: 'SERVER_REFUSED', say: expect.stringContaining('token') as string },
      });

      devnet.ark.state.tokens.set('sesame', { used: false });
      const third = await ask(poor, { amount: sats(2_000n), token: 'sesame' });
      await arrive(third.invoice);
      await poor.settle();
      expect(await poor.wallet.invoice(third.hash)).toMatchObject({ state: 'claimed' });
      expect(devnet.ark.state.tokens.get('sesame')?.used).toBe(true);
    } finally {
      devnet.ark.config.lnReceiveAntiDosRequired = false;
    }
  });

  test('with a coin that the server does not like is not the end: it goes without', async () => {
    const w = await open(50_000n);
    for (const coin of await w.wallet.coins()) devnet.ark.ban(coin.id, 1_000_000);
    const { invoice, hash } = await ask(w, { amount: sats(2_000n) });
    await arrive(invoice);
    await w.settle();
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'claimed' });
  });
});

describe('what cannot be asked for', () => {
  test('leaves no trace', async () => {
    const w = await open();
    await expect(w.wallet.receiveLightning({ amount: sats(0n) })).rejects.toMatchObject({
      code: 'AMOUNT_OUT_OF_RANGE',
    });
    await expect(w.wallet.receiveLightning({ amount: sats(100n) })).rejects.toMatchObject({
      code: 'AMOUNT_OUT_OF_RANGE',
    });
    await expect(
      w.wallet.receiveLightning({ amount: sats(5_000n), memo: 'ü'.repeat(320) }),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(w.wallet.receiveLightning({ amount: sats(5_000n), expiry: 0 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await w.wallet.invoices()).toEqual([]);
    expect(await w.wallet.quoteReceive(sats(5_000n))).toEqual({
      fee: feeOf(5_000n),
      net: 5_000n - feeOf(5_000n),
    });
  });

  test('because the server takes no such amount is told in its words', async () => {
    const w = await open();
    devnet.ark.config.maxLnReceiveAmount = sats(10_000n);
    try {
      await expect(w.wallet.receiveLightning({ amount: sats(10_001n) })).rejects.toMatchObject({
        code: 'AMOUNT_OUT_OF_RANGE',
        say: expect.stringContaining('10000') as string,
      });
    } finally {
      delete devnet.ark.config.maxLnReceiveAmount;
    }
    expect(await w.wallet.invoices('open')).toEqual([]);
  });
});

test('a message that comes twice and looks in between make no second coin', async () => {
  const w = await open();
  const { invoice, hash } = await ask(w, { amount: sats(6_000n) });
  await arrive(invoice);
  devnet.ark.mischief.repeat(true);
  try {
    await Promise.all([w.wallet.sync(), w.wallet.resume(), w.wallet.readMail(), w.wallet.resume()]);
    await w.settle();
    await w.wallet.sync();
  } finally {
    devnet.ark.mischief.repeat(false);
  }
  const net = 6_000n - feeOf(6_000n);
  expect((await w.wallet.balance()).total).toBe(net);
  expect(await w.wallet.history()).toHaveLength(1);

  expect(devnet.ark.state.receives.get(hash)?.status).toBe('settled');
  expect(devnet.lightning.payer.payments.filter((p) => p.paymentHash === hash)).toHaveLength(1);
});
