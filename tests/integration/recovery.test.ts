// Twelve words on a new machine: every coin is found again, nothing that was spent comes back.
import { IDBFactory } from 'fake-indexeddb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { createWallet } from '../../src/wallet/create.ts';
import { sats } from '../../src/units.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

async function wallet(...funds: bigint[]) {
  const instance = await newWallet(devnet);
  opened.push(instance);
  for (const amount of funds) await fund(devnet, instance, amount);
  return instance;
}
/** The same seed, with an empty disk. */
async function restored({ seed }: Profile): Promise<Instance> {
  const again = await openInstance(devnet, { idb: new IDBFactory(), seed });
  await createWallet(again.ports, { network: 'regtest' });
  opened.push(again);
  return again;
}
const pay = async (from: Instance, to: Instance, amount: bigint) => {
  const { address } = await to.wallet.newAddress();
  await from.wallet.pay(await from.wallet.inspect(address), { amount: sats(amount) });
  await from.settle();
  await to.settle();
};

beforeAll(async () => {
  devnet = await startDevnet({ ark: { roundSubmitMs: 1, roundSignMs: 1 } });
  devnet.chain.mine(110);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

/** A past with everything in it: boards, payments both ways, change, a refresh, a spent coin. */
async function eventful() {
  const [w, other] = [await wallet(80_000n, 50_000n), await wallet(70_000n)];
  await pay(w, other, 30_000n);
  await pay(other, w, 12_345n);
  await pay(other, w, 200n);
  const [first] = (await w.wallet.coins()).filter((c) => c.amount > 10_000n);
  await w.wallet.refresh({ coins: [first?.id as string] });
  await w.wallet.resume();
  await devnet.ark.round();
  devnet.chain.mine(1);
  await w.settle();
  return w;
}

describe('a restored seed', () => {
  test('finds the coins of boards, transfers, change and rounds, and only those', async () => {
    const w = await eventful();
    const before = await w.wallet.balance();
    const ids = (await w.wallet.coins()).map((c) => c.id).sort();
    const again = await restored(w.profile);
    const report = await again.wallet.recover();
    expect(report).toMatchObject({ complete: true, failed: [], foreign: [], exited: [] });
    expect(report.recovered.sort()).toEqual(ids);
    expect(report.skipped.length).toBeGreaterThan(0);
    expect((await again.wallet.balance()).spendable).toBe(before.spendable);
    // The mailbox is read from its beginning, too: it brings nothing back.
    await again.settle();
    expect((await again.wallet.balance()).total).toBe(before.total);
    const second = await again.wallet.recover();
    expect([second.complete, second.recovered.sort()]).toEqual([true, ids]);
    expect((await again.wallet.balance()).total).toBe(before.total);
  });

  test('pays with what it found', async () => {
    const w = await wallet(60_000n);
    const again = await restored(w.profile);
    await again.wallet.recover();
    const other = await wallet();
    await pay(again, other, 20_000n);
    expect((await other.wallet.balance()).spendable).toBe(20_000n);
  });

  test('does without the account scan of newer servers', async () => {
    const w = await eventful();
    const before = (await w.wallet.balance()).total;
    const again = await restored(w.profile);
    devnet.ark.faults.fail('RecoverVtxosByXpub', 12, 'not here', 1000);
    devnet.ark.faults.fail('GetVtxosByIds', 12, 'not here', 1000);
    devnet.ark.faults.fail('GetVtxosStatusByIds', 12, 'not here', 1000);
    expect(await again.wallet.recover()).toMatchObject({ complete: true });
    devnet.ark.faults.clear();
    expect((await again.wallet.balance()).total).toBe(before);
  });

  test('says what it could not have while the server is hardly there, and has it later', async () => {
    const w = await wallet(60_000n, 40_000n);
    const before = (await w.wallet.balance()).total;
    const again = await restored(w.profile);
    devnet.ark.faults.fail('RecoverVtxosByXpub', 14, 'away', 1000);
    const report = await again.wallet.recover();
    devnet.ark.faults.clear();
    expect(report.complete).toBe(false);
    expect(await again.wallet.recover()).toMatchObject({ complete: true });
    expect((await again.wallet.balance()).total).toBe(before);
  });

  test('has the coin of a round that nobody fetched, though the server once knew nothing of that round', async () => {
    const w = await wallet(60_000n, 40_000n);
    const { total } = await w.wallet.balance();
    const [coin] = await w.wallet.coins();
    const { actionId } = await w.wallet.refresh({ coins: [coin?.id as string] });
    await w.wallet.resume();
    const { fee } = (await w.wallet.movement(actionId))!;
    await devnet.ark.round();
    devnet.chain.mine(1);
    const again = await restored(w.profile);
    devnet.ark.faults.fail('RoundParticipationStatus', 5, 'never heard of it', 1);
    const report = await again.wallet.recover();
    expect(report).toMatchObject({ complete: false, failed: [{ reason: 'its round is not finished' }] });
    expect(await again.wallet.recover()).toMatchObject({ complete: true, failed: [] });
    await again.settle();
    expect((await again.wallet.balance()).spendable).toBe(total - fee);
  });

  test('takes no coin that is not proven, whatever the server says', async () => {
    const [w, other] = [await wallet(60_000n), await wallet(50_000n)];
    const [foreign] = await other.wallet.coins();
    const bytes = devnet.ark.state.vtxos.get(foreign?.id as string)?.bytes as Uint8Array;
    const again = await restored(w.profile);
    devnet.ark.faults.tamper<{ vtxos: { vtxo: Uint8Array; derivationIndex: number }[] }>(
      'RecoverVtxosByXpub',
      (answer) => {
        answer.vtxos = [
          ...answer.vtxos,
          { ...answer.vtxos[0], vtxo: bytes, derivationIndex: 2 ** 31 - 1 } as never,
        ];
      },
    );
    const report = await again.wallet.recover();
    expect(report.foreign).toEqual([foreign?.id]);
    expect((await again.wallet.balance()).total).toBe((await w.wallet.balance()).total);
  });
});
