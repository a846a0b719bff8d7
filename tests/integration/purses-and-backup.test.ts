// Which purse pays a bitcoin address; renewing and moving for no more than was agreed to; and what a backup file brings to a
// disk on which the words alone were restored.
import { IDBFactory } from 'fake-indexeddb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { changeSettings } from '../../src/store/settings.ts';
import { sats } from '../../src/units.ts';
import { createWallet } from '../../src/wallet/create.ts';
import { fund, newWallet, openInstance, type Instance } from './support/wallets.ts';

const STRANGER = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
let devnet: Devnet;
const opened: Instance[] = [];

async function wallet(funds = 0n) {
  const instance = await newWallet(devnet);
  opened.push(instance);
  if (funds > 0n) await fund(devnet, instance, funds);
  return instance;
}
/** Bitcoin that stays on-chain. */
async function onchain(w: Instance, amount: bigint): Promise<void> {
  devnet.chain.fund(await w.wallet.onchainAddress(), amount);
  devnet.chain.mine(1);
  await w.wallet.sync();
}
const arrived = () =>
  devnet.chain.utxos(addressToScript(STRANGER, 'regtest')).reduce((sum, { value }) => sum + value, 0n);
async function finish(w: Instance): Promise<void> {
  await w.wallet.resume();
  devnet.chain.mine(1);
  await w.settle();
}

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('a bitcoin address', () => {
  test('is paid from the balance, for the total that was shown', async () => {
    const w = await wallet(60_000n);
    await onchain(w, 80_000n);
    const instruction = await w.wallet.inspect(`bitcoin:${STRANGER}`);
    const quote = await w.wallet.quote(instruction, sats(20_000n));
    expect(quote).toMatchObject({ travels: 'bitcoin', from: 'ark', amount: 20_000n });
    const before = [arrived(), await w.wallet.balance()] as const;
    const { actionId } = await w.wallet.pay(instruction, {
      amount: sats(20_000n),
      from: 'ark',
      ...(quote.total && { maxTotal: quote.total }),
    });
    await finish(w);
    expect(arrived() - before[0]).toBe(20_000n);
    const after = await w.wallet.balance();
    expect(before[1].total - after.total).toBe(quote.total);
    expect(after.onchain).toEqual(before[1].onchain);
    expect(await w.wallet.movement(actionId)).toMatchObject({
      status: 'successful',
      subsystem: { name: 'bark.offboard', kind: 'send_onchain' },
      fee: quote.fee,
      sentTo: [{ type: 'bitcoin', value: STRANGER, amount: 20_000n }],
    });
  });

  test('is paid with bitcoin on-chain when the balance does not suffice, or when the person says so', async () => {
    const w = await wallet(30_000n);
    await onchain(w, 80_000n);
    const instruction = await w.wallet.inspect(STRANGER);
    expect(await w.wallet.quote(instruction, sats(50_000n))).toMatchObject({ from: 'onchain' });
    expect(await w.wallet.quote(instruction, sats(5_000n), { from: 'onchain' })).toMatchObject({
      from: 'onchain',
    });
    const before = await w.wallet.balance();
    await w.wallet.pay(instruction, { amount: sats(50_000n) });
    await finish(w);
    expect((await w.wallet.balance()).total).toBe(before.total);
  });

  test('that neither purse can pay says how much of the balance is missing', async () => {
    const w = await wallet(30_000n);
    const instruction = await w.wallet.inspect(STRANGER);
    const quote = await w.wallet.quote(instruction, sats(50_000n));
    expect(quote).toMatchObject({ from: 'ark', problem: { code: 'INSUFFICIENT_FUNDS' } });
    expect(quote.shortBy).toBeGreaterThan(20_000n);
    await expect(w.wallet.pay(instruction, { amount: sats(50_000n) })).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    expect(await w.wallet.pending()).toEqual([]);
  });

  test('gets everything, less the fee that was shown and no more', async () => {
    const w = await wallet(40_000n);
    const instruction = await w.wallet.inspect(STRANGER);
    const quote = await w.wallet.quote(instruction, 'all');
    expect(quote.total).toBe((await w.wallet.balance()).total);
    const order = { amount: 'all', from: 'ark', maxTotal: quote.total as never } as const;
    const less = sats((quote.fee as bigint) - 1n);
    await expect(w.wallet.pay(instruction, { ...order, maxFee: less })).rejects.toMatchObject({
      code: 'AMOUNT_OUT_OF_RANGE',
    });
    const before = arrived();
    await w.wallet.pay(instruction, { ...order, maxFee: quote.fee as never });
    await finish(w);
    expect(arrived() - before).toBe(quote.amount);
    expect((await w.wallet.balance()).total).toBe(0n);
  });
});

test('a renewal that has become dearer than what was shown does not begin', async () => {
  const w = await wallet(40_000n);
  const coins = (await w.wallet.coins()).map((c) => c.id);
  const fee = await w.wallet.refreshFee({ coins });
  await expect(w.wallet.refresh({ coins, maxFee: sats(fee - 1n) })).rejects.toMatchObject({
    code: 'AMOUNT_OUT_OF_RANGE',
  });
  expect(await w.wallet.pending()).toEqual([]);
  expect((await w.wallet.balance()).spendable).toBeGreaterThan(0n);
});

test('a person who wants coins renewed earlier has them handed in earlier, for the height they chose', async () => {
  const w = await wallet(40_000n);
  await w.wallet.maintain();
  expect(await w.wallet.rounds()).toEqual([]);
  await w.db.write(['settings'], (tx) => changeSettings(tx, { renewBlocks: 2016 }));
  await w.wallet.maintain();
  const [coin] = await w.wallet.coins();
  expect((await w.wallet.rounds()).map(({ state }) => state)).toMatchObject([
    { inputs: [coin?.id], scheduledHeight: (coin?.expiryHeight ?? 0) - 2016 },
  ]);
});

test('an invoice that was open when the browser was lost is paid to the restored wallet, from the backup file', async () => {
  const w = await wallet(60_000n);
  const made = await w.wallet.receiveLightning({ amount: sats(25_000n), memo: 'before the loss' });
  await w.wallet.resume();
  const { text } = await w.wallet.exportBackup();
  const total = (await w.wallet.balance()).total;
  await w.close();
  opened.splice(opened.indexOf(w), 1);

  const again = await openInstance(devnet, { idb: new IDBFactory(), seed: w.profile.seed });
  await createWallet(again.ports, { network: 'regtest' });
  opened.push(again);
  await again.wallet.recover();
  expect(await again.wallet.importBackup(text)).toMatchObject({ movements: 1, invoices: 1 });
  expect((await again.wallet.balance()).total).toBe(total);
  expect((await again.wallet.history()).map((line) => line.subsystem.kind)).toEqual(['board']);

  const payment = devnet.lightning.payer.pay(made.invoice);
  await expect.poll(() => devnet.ark.state.receives.get(payment.paymentHash)?.status).toBe('accepted');
  await again.settle();
  await payment.ended;
  expect(payment).toMatchObject({ state: 'paid' });
  expect(await again.wallet.invoice(made.hash)).toMatchObject({ state: 'claimed', memo: 'before the loss' });
  expect((await again.wallet.balance()).total).toBe(total + 25_000n - made.fee);
  // Taken in once more, it changes nothing.
  expect(await again.wallet.importBackup(text)).toMatchObject({ movements: 0, invoices: 0 });
  expect(await again.wallet.invoice(made.hash)).toMatchObject({ state: 'claimed' });
});
