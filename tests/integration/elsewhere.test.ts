// Two live copies of one seed: what one spends, the other hears of, and never has again.
import { IDBFactory } from 'fake-indexeddb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { meta } from '../../src/store/meta.ts';
import { sats } from '../../src/units.ts';
import { ELSEWHERE, spentElsewhere } from '../../src/wallet/coins/elsewhere.ts';
import { createWallet } from '../../src/wallet/create.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

async function wallet(...funds: bigint[]) {
  const instance = await newWallet(devnet);
  opened.push(instance);
  for (const amount of funds) await fund(devnet, instance, amount);
  return instance;
}
async function copyOf({ seed }: Profile): Promise<Instance> {
  const copy = await openInstance(devnet, { idb: new IDBFactory(), seed });
  await createWallet(copy.ports, { network: 'regtest' });
  opened.push(copy);
  await copy.wallet.recover();
  return copy;
}
async function pay(from: Instance, to: Instance, amount: bigint): Promise<void> {
  const { address } = await to.wallet.newAddress();
  await from.wallet.pay(await from.wallet.inspect(address), { amount: sats(amount) });
  await from.settle();
}

/** Two copies that believe in the same coins, and one of them has spent some. */
async function parted() {
  const first = await wallet(60_000n, 40_000n);
  const second = await copyOf(first.profile);
  const shop = await wallet();
  await pay(second, shop, 50_000n);
  return { first, second, shop };
}

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  await devnet.stop();
});

describe('a coin that another copy has spent', () => {
  test('is found by maintenance, set aside, told, and never spendable again; both copies report what they restored', async () => {
    const { first, second } = await parted();
    const report = async () => (await second.db.read(['meta'], (tx) => meta(tx, 'recovery')))?.report;
    const before = await first.wallet.balance();
    // The report of the restore that made the second copy.
    expect(await report()).toMatchObject({
      recovered: { count: 2, amount: before.total },
      failed: { count: 0, amount: 0n },
    });
    await first.wallet.maintain();
    const aside = async () => (await first.wallet.coins()).filter((c) => c.holder === ELSEWHERE);
    const gone = (await aside()).map((c) => c.id);
    expect(gone.length).toBeGreaterThan(0);
    expect(await first.wallet.reconcile()).toEqual([]);
    const after = await first.wallet.balance();
    expect(after.disputed).toBeGreaterThan(0n);
    expect(after.total).toBe(before.total - after.disputed);
    expect(spentElsewhere(await first.wallet.coins())).toEqual({
      count: gone.length,
      amount: after.disputed,
    });

    // Whatever the server says from now on.
    devnet.ark.faults.tamper<{ vtxos: { spendState: number }[] }>('GetVtxosStatusByIds', (answer) => {
      for (const one of answer.vtxos) one.spendState = 1;
    });
    await first.wallet.reconcile();
    await first.wallet.maintain();
    devnet.ark.faults.clear();
    expect((await first.wallet.balance()).disputed).toBe(after.disputed);

    await first.wallet.acceptElsewhere();
    expect(await first.wallet.balance()).toMatchObject({ disputed: 0n, total: after.total });
    const states = new Map((await first.wallet.coins(true)).map((c) => [c.id, c.state]));
    expect(gone.map((id) => states.get(id))).toEqual(gone.map(() => 'spent'));
    // What the other copy got back as change is found like after a restore.
    await first.wallet.sync();
    expect((await first.wallet.balance()).total).toBe((await second.wallet.balance()).total);
    expect(await first.wallet.reconcile()).toEqual([]);
    await second.wallet.recover();
    expect(await report()).toMatchObject({ recovered: { amount: (await second.wallet.balance()).total } });
    expect((await report())?.skipped.count).toBeGreaterThan(0);
  });

  test('can leave by the chain when the person does not believe the server', async () => {
    const first = await wallet(50_000n);
    devnet.ark.faults.tamper<{ vtxos: { spendState: number }[] }>('GetVtxosStatusByIds', (answer) => {
      for (const one of answer.vtxos) one.spendState = 2;
    });
    const [lied] = await first.wallet.reconcile();
    devnet.ark.faults.clear();
    expect(lied).toBeDefined();
    expect((await first.wallet.balance()).spendable).toBe(0n);
    await first.wallet.startExit([lied as string]);
    expect(await first.wallet.exits()).toMatchObject([{ id: lied, status: 'running' }]);
  });

  test('a server that says nothing, or no, changes nothing', async () => {
    const first = await wallet(50_000n);
    const before = await first.wallet.balance();
    devnet.ark.faults.fail('GetVtxosStatusByIds', 14, 'away', 1000);
    await expect(first.wallet.reconcile()).rejects.toThrow();
    devnet.ark.faults.clear();
    expect(await first.wallet.reconcile()).toEqual([]);
    expect(await first.wallet.balance()).toEqual(before);
  });
});
