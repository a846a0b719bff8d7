// Invoices whose money goes to an Ark address: of somebody else, who may be offline, or of the wallet itself.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { addressText, arkId, encodeAddress } from '../../src/ark/address.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { lightningReceiveFee } from '../../src/ark/fees.ts';
import { sats } from '../../src/units.ts';
import { devChainSource } from './support/chain-source.ts';
import { newWallet, openInstance, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

async function open() {
  const w = await newWallet(devnet, { chain: devChainSource(devnet.chain), config: { doubleDrive: true } });
  opened.push(w);
  return w;
}

beforeAll(async () => {
  devnet = await startDevnet();
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

const AMOUNT = sats(20_000n);
const net = () => AMOUNT - lightningReceiveFee(devnet.ark.config.fees.lightningReceive, AMOUNT);

/** Makes an invoice for `claimTo` and has it paid; resolves when the server holds the money. */
async function paid({ wallet }: Instance, claimTo: string) {
  const { invoice, hash } = await wallet.receiveLightning({ amount: AMOUNT, claimTo });
  const payment = devnet.lightning.payer.pay(invoice);
  await expect.poll(() => devnet.ark.state.receives.get(hash)?.status).not.toBe('created');
  return { hash, payment };
}

test('the recipient, who is offline, finds the coins in the mailbox; nothing of them is in our books', async () => {
  const [shop, owner] = [await open(), await open()];
  const { address } = await owner.wallet.newAddress();
  await owner.close();
  const { hash, payment } = await paid(shop, address);
  await shop.settle();
  await payment.ended;
  expect(payment.state).toBe('paid');
  expect(await shop.wallet.invoice(hash)).toMatchObject({
    state: 'claimed',
    claimTo: address,
    received: net(),
  });
  expect((await shop.wallet.balance()).total).toBe(0n);
  expect(await shop.wallet.coins()).toEqual([]);
  expect(await shop.wallet.history()).toMatchObject([
    {
      status: 'successful',
      intended: AMOUNT,
      effective: 0n,
      outputs: [],
      sentTo: [{ type: 'ark', value: address, amount: net() }],
    },
  ]);
  const later = await openInstance(devnet, owner.profile, { chain: devChainSource(devnet.chain) });
  opened.push(later);
  await later.wallet.sync();
  expect((await later.wallet.balance()).spendable).toBe(net());
});

test('a mailbox that does not take them is tried again until it does, and the claim stands', async () => {
  const [shop, owner] = [await open(), await open()];
  const { address } = await owner.wallet.newAddress();
  const fail = { kind: 'fail', code: Code.Unavailable, message: 'no' } as const;
  devnet.ark.faults.add('PostArkoorMessage', fail, 1_000_000);
  const { hash, payment } = await paid(shop, address);
  await shop.wallet.sync();
  const state = async () => (await shop.wallet.pending())[0]?.state as { step: string } | undefined;
  await expect.poll(async () => (await state())?.step).toBe('delivering');
  await payment.ended;
  expect(payment.state).toBe('paid');
  expect((await shop.wallet.balance()).total).toBe(0n);
  await expect(shop.wallet.cancelInvoice(hash)).rejects.toMatchObject({ code: 'PAYMENT_IN_PROGRESS' });
  devnet.ark.faults.clear();
  await shop.settle();
  expect((await shop.wallet.invoice(hash))?.state).toBe('claimed');
  await owner.wallet.sync();
  expect((await owner.wallet.balance()).spendable).toBe(net());
});

test('an address of our own needs no mailbox: the coins are ours at once', async () => {
  const w = await open();
  const { address, index } = await w.wallet.newAddress();
  const { hash } = await paid(w, address);
  await w.settle();
  const row = await w.wallet.invoice(hash);
  expect(row).toMatchObject({ state: 'claimed', keyIndex: index });
  expect(row?.claimTo).toBeUndefined();
  expect((await w.wallet.balance()).spendable).toBe(net());
});

test('an address of another server, another network or another kind is refused, and nothing is written', async () => {
  const w = await open();
  const policy = { type: 'pubkey', userPubkey: curve.publicKey(new Uint8Array(32).fill(5)) } as const;
  const { serverPubkey } = await (await w.ports.server()).info();
  const delivery = [{ type: 'server-mailbox', blindedId: policy.userPubkey }] as const;
  const other = encodeAddress({ testnet: true, serverPubkey: policy.userPubkey, policy, delivery });
  const mainnet = encodeAddress({ testnet: false, serverPubkey, policy, delivery });
  const mute = addressText({ testnet: true, arkId: arkId(serverPubkey), policy, delivery: [] });
  for (const [claimTo, code] of [
    [mute, 'UNSUPPORTED'],
    [other, 'WRONG_SERVER'],
    [mainnet, 'WRONG_NETWORK'],
    ['tark1nonsense', 'INVALID_CHECKSUM'],
  ] as const)
    await expect(w.wallet.receiveLightning({ amount: AMOUNT, claimTo })).rejects.toMatchObject({ code });
  expect(await w.wallet.invoices()).toEqual([]);
});
