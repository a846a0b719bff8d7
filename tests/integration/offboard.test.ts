// From Ark coins to bitcoin outputs, wallet against devnet. Every step of every action runs twice (double drive).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { sats } from '../../src/units.ts';
import { fund, newWallet, openInstance, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];
const doubleDrive = { config: { doubleDrive: true } };

async function wallet(...funds: bigint[]) {
  const instance = await newWallet(devnet, doubleDrive);
  opened.push(instance);
  for (const amount of funds) await fund(devnet, instance, amount);
  return instance;
}
/** What lies at an address, confirmed or not. */
const at = (address: string) =>
  devnet.chain.utxos(addressToScript(address, 'regtest')).reduce((sum, { value }) => sum + value, 0n);
/** A bitcoin address of somebody else. */
const elsewhere = async () => (await wallet()).wallet.onchainAddress();

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

describe('an offboard', () => {
  test('of everything pays all of it but the fee, in one transaction', async () => {
    const w = await wallet(60_000n, 40_000n);
    const address = await elsewhere();
    const quote = await w.wallet.offboardQuote({ address, coins: 'all' });
    const before = (await w.wallet.balance()).total;
    expect(quote.total).toBe(before);
    const { actionId } = await w.wallet.offboard({ address, coins: 'all' });
    await w.wallet.resume();
    expect(at(address)).toBe(quote.amount);
    expect(await w.wallet.balance()).toMatchObject({ spendable: 0n, total: before });
    await finish(w);
    expect(await w.wallet.balance()).toMatchObject({ total: 0n });
    expect(await w.wallet.movement(actionId)).toMatchObject({
      status: 'successful',
      subsystem: { name: 'bark.offboard', kind: 'offboard' },
      intended: -before,
      effective: -before,
      fee: quote.fee,
      sentTo: [{ type: 'bitcoin', value: address, amount: quote.amount }],
      metadata: { offboard_txid: expect.any(String) as unknown, offboard_tx: expect.any(String) as unknown },
    });
  });

  test('of an amount pays exactly that and keeps the rest spendable', async () => {
    const w = await wallet(60_000n, 40_000n);
    const address = await elsewhere();
    const amount = sats(70_000n);
    const { fee } = await w.wallet.offboardQuote({ address, amount });
    const before = (await w.wallet.balance()).total;
    const { actionId } = await w.wallet.offboard({ address, amount });
    await finish(w);
    expect(at(address)).toBe(amount);
    expect(await w.wallet.balance()).toMatchObject({ spendable: before - amount - fee });
    expect(await w.wallet.movement(actionId)).toMatchObject({
      status: 'successful',
      subsystem: { name: 'bark.offboard', kind: 'send_onchain' },
      intended: -amount,
      effective: -(amount + fee),
    });
  });

  test('to an address of another network, of dust or of more than there is changes nothing', async () => {
    const w = await wallet(30_000n);
    const address = await elsewhere();
    const mainnet = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';
    await expect(w.wallet.offboard({ address: mainnet, coins: 'all' })).rejects.toMatchObject({
      code: 'WRONG_NETWORK',
    });
    await expect(w.wallet.offboard({ address, amount: sats(100n) })).rejects.toMatchObject({ code: 'DUST' });
    await expect(w.wallet.offboard({ address, amount: sats(30_000n) })).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    expect(await w.wallet.pending()).toEqual([]);
    expect(await w.wallet.history()).toHaveLength(1);
  });

  test('whose fee rate the server no longer takes gives the coins back', async () => {
    const w = await wallet(50_000n);
    const address = await elsewhere();
    const before = (await w.wallet.balance()).spendable;
    devnet.ark.faults.tamper<{ satVkb: bigint }>('GetOffboardFeeRate', (answer) => {
      answer.satVkb = 800n;
    });
    const { actionId } = await w.wallet.offboard({ address, coins: 'all' });
    await w.settle();
    expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'failed', effective: 0n });
    expect(await w.wallet.balance()).toMatchObject({ spendable: before });
  });
});

describe('an answer is lost', () => {
  for (const method of ['RequestArkoorCosign', 'PrepareOffboard', 'FinishOffboard']) {
    test(`of ${method}: the output is paid once`, async () => {
      const w = await wallet(60_000n);
      const address = await elsewhere();
      const amount = sats(20_000n);
      const { fee } = await w.wallet.offboardQuote({ address, amount });
      const before = (await w.wallet.balance()).total;
      devnet.ark.faults.dropResponse(method);
      await w.wallet.offboard({ address, amount });
      await w.wallet.resume();
      devnet.clock.advance(15_000);
      await w.wallet.wake();
      await finish(w);
      expect(at(address)).toBe(amount);
      expect(await w.wallet.balance()).toMatchObject({ total: before - amount - fee });
    });
  }

  test('of FinishOffboard, and the session is over: the transaction is found on the chain', async () => {
    const w = await wallet(60_000n);
    const address = await elsewhere();
    devnet.ark.faults.dropResponse('FinishOffboard', 2);
    await w.wallet.offboard({ address, coins: 'all' });
    await w.wallet.resume();
    const expected = at(address);
    expect(expected).toBeGreaterThan(58_000n);
    devnet.ark.faults.clear();
    devnet.clock.advance(120_000);
    await w.wallet.wake();
    devnet.chain.mine(1);
    await w.settle();
    expect(at(address)).toBe(expected);
    expect(await w.wallet.balance()).toMatchObject({ total: 0n });
  });

  test('of PrepareOffboard, and the session is over: another one is opened', async () => {
    const w = await wallet(60_000n);
    const address = await elsewhere();
    devnet.ark.faults.dropResponse('PrepareOffboard', 1000);
    await w.wallet.offboard({ address, coins: 'all' });
    await w.wallet.resume();
    expect(at(address)).toBe(0n);
    devnet.ark.faults.clear();
    devnet.clock.advance(120_000);
    await finish(w);
    expect(at(address)).toBeGreaterThan(58_000n);
    expect(await w.wallet.balance()).toMatchObject({ total: 0n });
  });
});

describe('the server lies', () => {
  const lies: [string, string, (answer: never) => void][] = [
    [
      'pays another amount',
      'PrepareOffboard',
      (answer: { offboardTx: Uint8Array }) => {
        const tx = answer.offboardTx.slice();
        // The first output's value follows version, inputs and their count: one byte of it is changed.
        const at = 4 + 1 + (tx[4] as number) * 41 + 1;
        tx[at] = (tx[at] as number) ^ 1;
        answer.offboardTx = tx;
      },
    ],
    [
      'gives too few nonces',
      'PrepareOffboard',
      (answer: { forfeitCosignNonces: Uint8Array[] }) => {
        answer.forfeitCosignNonces = [];
      },
    ],
    [
      'sends the transaction back unsigned',
      'FinishOffboard',
      (answer: { signedOffboardTx: Uint8Array }) => {
        answer.signedOffboardTx = new Uint8Array();
      },
    ],
  ];
  for (const [name, method, change] of lies) {
    test(`and ${name}: nothing is given up, and the truth is taken later`, async () => {
      const w = await wallet(60_000n);
      const address = await elsewhere();
      const before = (await w.wallet.balance()).total;
      devnet.ark.faults.tamper(method, change, 2);
      await w.wallet.offboard({ address, coins: 'all' });
      await w.wallet.resume();
      expect((await w.wallet.balance()).total).toBe(before);
      devnet.ark.faults.clear();
      devnet.clock.advance(60_000);
      await finish(w);
      expect(await w.wallet.balance()).toMatchObject({ total: 0n });
      expect(at(address)).toBeGreaterThan(58_000n);
    });
  }
});

test('a wallet that is closed before the transaction confirms finishes it when it is opened again', async () => {
  const w = await wallet(60_000n);
  const address = await elsewhere();
  await w.wallet.offboard({ address, coins: 'all' });
  await w.wallet.resume();
  await w.close();
  opened.splice(opened.indexOf(w), 1);
  devnet.chain.mine(2);
  const again = await openInstance(devnet, w.profile, doubleDrive);
  opened.push(again);
  await again.settle();
  expect(await again.wallet.balance()).toMatchObject({ total: 0n });
});
