// A swap and the lock: what needs the keys waits and says until when; what does not goes on.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SkiffError } from '../../../src/errors.ts';
import { waitingForUnlock, WAITING_TABLES } from '../../../src/background/waiting.ts';
import { addressToScript } from '../../../src/bitcoin/address.ts';
import { arrivedAt, begin, ELSEWHERE, go, openSwapWorld, type SwapWorld } from '../support/swap-world.ts';

const TO = addressToScript(ELSEWHERE, 'regtest');
const BLOCK_MS = 600_000;

let world: SwapWorld;
let locked: boolean;
beforeEach(async () => {
  locked = false;
  world = await openSwapWorld({
    instance: {
      wrap: (ports) => ({
        ...ports,
        keys: {
          unlocked() {
            if (locked) throw new SkiffError({ code: 'LOCKED', say: 'Locked.', retry: 'later' });
            return ports.keys.unlocked();
          },
        },
      }),
    },
  });
});
afterEach(() => world.stop());

const waiting = () => world.instance.db.read(WAITING_TABLES, waitingForUnlock);
const lockup = (hash: string) => world.devnet.swaps.service.find(hash)?.lockup;

test('bitcoin that could be claimed waits for the unlock, with the last moment at which that is safe', async () => {
  const { devnet, instance } = world;
  const { hash, actionId } = await begin(world, 'loop-http');
  await go(world, hash, { blocks: 0, until: () => lockup(hash) !== undefined });
  locked = true;
  devnet.chain.mine(1);
  const row = await go(world, hash, { blocks: 0, until: (r) => r.refundHeight !== undefined });
  // 40 blocks under the lock-up the service may take it back; the preimage is shown six blocks before at the latest.
  const height = devnet.chain.tx(lockup(hash)!.txid)!.block!.height;
  expect(row).toMatchObject({ status: 'lockup-seen', refundHeight: height + 40 });
  expect(row.claimTxid).toBeUndefined();
  await instance.wallet.seeTip();
  const { ids, deadline } = await waiting();
  expect(ids).toContain(actionId);
  expect(deadline! - devnet.clock.now()).toBeGreaterThan(32 * BLOCK_MS);
  expect(deadline! - devnet.clock.now()).toBeLessThanOrEqual(33 * BLOCK_MS);

  locked = false;
  expect((await go(world, hash)).status).toBe('done');
});

test.each(['loop-http', 'boltz'] as const)(
  '%s: once the claim is signed it is shown, mined and booked without the keys',
  async (backend) => {
    const { devnet, instance } = world;
    const { hash } = await begin(world, backend);
    await go(world, hash, { blocks: 0, until: () => lockup(hash) !== undefined });
    // The lock closes right after the signature.
    const done = instance.db.watch(
      ['swaps'],
      () =>
        void instance.wallet.swap(hash).then((r) => {
          if (r?.status === 'claiming') locked = true;
        }),
    );
    await go(world, hash, { until: () => locked });
    done();
    const row = await go(world, hash, { until: (r) => r.status === 'done' });
    expect(locked).toBe(true);
    expect(arrivedAt(devnet, TO)).toBe(row.received);
    await devnet.swaps.service.idle();
    expect(devnet.lightning.hold(hash)?.state).toBe('settled');
  },
);

test('when the moment has passed nothing waits for the keys to claim, and the payment comes back', async () => {
  const { devnet } = world;
  const before = await world.balance();
  const { hash, actionId } = await begin(world, 'loop-http');
  await go(world, hash, { blocks: 0, until: () => lockup(hash) !== undefined });
  locked = true;
  devnet.chain.mine(1);
  await go(world, hash, { blocks: 0, until: async () => (await waiting()).ids.includes(actionId) });
  devnet.chain.mine(36);
  await go(world, hash, { blocks: 0, until: async () => !(await waiting()).ids.includes(actionId) });
  locked = false;
  const row = await go(world, hash, { most: 200 });
  expect(row.status).toBe('failed');
  expect(row.claimTxid).toBeUndefined();
  expect(await world.balance()).toBe(before);
});
