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
  const instance = await newWallet(devnet, { chain: devChainSource(devnet.chain) });
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
    const made = await w.wallet.receiveLightning({ amount: sats(30_000n), memo: 'tea' });
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
    const { invoice, hash } = await w.wallet.receiveLightning({ amount: sats(1_234n) });
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
    const { invoice } = await w.wallet.receiveLightning({ amount: sats(5_000n) });
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
