// A swap under way when the disk is lost: the backup file and the words bring it back, without its service or its hour.
import { IDBFactory } from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { addressToScript } from '../../../src/bitcoin/address.ts';
import { createWallet } from '../../../src/wallet/create.ts';
import { devChainSource } from '../support/chain-source.ts';
import { arrivedAt, begin, ELSEWHERE, go, openSwapWorld, type SwapWorld } from '../support/swap-world.ts';
import { openInstance } from '../support/wallets.ts';

const TO = addressToScript(ELSEWHERE, 'regtest');

test('a swap of a backup is claimed, in its one line of the history; taken in again it changes nothing', async () => {
  const world = await openSwapWorld();
  const { devnet, instance } = world;
  const { swaps } = devnet;
  const { hash } = await begin(world, 'boltz');
  await go(world, hash, { blocks: 0, until: (r) => r.status === 'paying' && r.paymentId !== undefined });
  const { text } = await instance.wallet.exportBackup();
  await go(world, hash, { blocks: 0, until: () => swaps.service.find(hash)?.lockup !== undefined });
  await instance.close();
  await swaps.service.stop();
  await swaps.stop();

  const disk = { idb: new IDBFactory(), seed: instance.profile.seed };
  const open = () => openInstance(devnet, disk, { chain: devChainSource(devnet.chain) });
  let again = await open();
  await createWallet(again.ports, { network: 'regtest' });
  expect(await again.wallet.importBackup(text)).toMatchObject({ swaps: 1 });
  expect(await again.wallet.importBackup(text)).toMatchObject({ swaps: 0 });
  // The worker dies right after.
  await again.close();
  again = await open();
  const row = await go({ devnet, instance: again }, hash);
  expect(row).toMatchObject({ status: 'done' });
  expect(arrivedAt(devnet, TO)).toBe(row.received);
  const lines = (await again.wallet.history()).filter((l) => l.subsystem.name === 'skiff.loop_out');
  expect(lines).toMatchObject([{ status: 'successful', actionId: row.paymentId }]);
  expect(await again.wallet.importBackup(text)).toMatchObject({ swaps: 0, movements: 0 });
  expect(await again.wallet.pending()).toEqual([]);
  await again.close();
  await devnet.stop();
});

/** The words and the file in a new wallet. */
async function restored({ devnet, instance }: SwapWorld, text: string) {
  const disk = { idb: new IDBFactory(), seed: instance.profile.seed };
  const again = await openInstance(devnet, disk, { chain: devChainSource(devnet.chain) });
  await createWallet(again.ports, { network: 'regtest' });
  await again.wallet.importBackup(text);
  return again;
}

test('one that was claimed after the backup was made ends here, too', async () => {
  const world = await openSwapWorld();
  const { devnet, instance } = world;
  const { hash } = await begin(world, 'loop-http');
  await go(world, hash, { blocks: 0, until: (r) => r.agreement !== undefined });
  const { text } = await instance.wallet.exportBackup();
  const { received } = await go(world, hash);
  const again = await restored(world, text);
  expect(await go({ devnet, instance: again }, hash)).toMatchObject({ status: 'done', received });
  await again.close();
  await world.stop();
});

test('one that its service never locked anything for is watched for three days, and given up', async () => {
  const world = await openSwapWorld();
  const { devnet, instance } = world;
  devnet.swaps.service.setLie('no-lockup');
  const { hash } = await begin(world, 'loop-http');
  await go(world, hash, { blocks: 0, until: () => devnet.lightning.hold(hash)?.state === 'held' });
  const again = await restored(world, (await instance.wallet.exportBackup()).text);
  await again.wallet.wake();
  expect(await again.wallet.swap(hash)).toMatchObject({ status: 'paying', open: 1 });
  devnet.clock.advance(3 * 86_400_000 + 1);
  await again.wallet.wake();
  expect(await again.wallet.swap(hash)).toMatchObject({ status: 'failed', failure: { code: 'SWAP_FAILED' } });
  const lines = (await again.wallet.history()).filter((l) => l.subsystem.name === 'skiff.loop_out');
  expect(lines).toMatchObject([{ status: 'canceled' }]);
  await again.close();
  await world.stop();
});
