// A swap service that does what it should not, at every place where it could: the wallet pays nothing, or has its money
// back, or claims what is there; its preimage stays where it is until that is safe.
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseTx } from '../../../src/ark/tx.ts';
import { addressToScript } from '../../../src/bitcoin/address.ts';
import type { BackendName } from '../../../src/swaps/backend.ts';
import type { SwapLie } from '../../../devnet/swaps/types.ts';
import { devChainSource } from '../support/chain-source.ts';
import { createWallet } from '../../../src/wallet/create.ts';
import { openInstance } from '../support/wallets.ts';
import {
  arrivedAt,
  begin,
  ELSEWHERE,
  go,
  openSwapWorld,
  serviceUrl,
  type SwapWorld,
} from '../support/swap-world.ts';

const TO = addressToScript(ELSEWHERE, 'regtest');
/** By default some things are tried with one kind of service only; CRASH_FULL=1 tries them with both. */
const both = (usual: BackendName): BackendName[] =>
  process.env['CRASH_FULL'] === '1' ? ['loop-http', 'boltz'] : [usual];

let world: SwapWorld;
beforeEach(async () => {
  world = await openSwapWorld();
});
afterEach(() => world.stop());

const record = (hash: string) => world.devnet.swaps.service.find(hash);
const lie = (what?: SwapLie) => world.devnet.swaps.service.setLie(what);

/** Plays a swap and says what it changed. */
async function played(run: () => Promise<string>) {
  const [before, arrived] = [await world.balance(), arrivedAt(world.devnet, TO)];
  let hash = '';
  try {
    hash = await run();
  } finally {
    lie();
  }
  const row = (await world.instance.wallet.swap(hash))!;
  return {
    hash,
    row,
    lost: before - (await world.balance()),
    arrived: arrivedAt(world.devnet, TO) - arrived,
  };
}

describe('an answer that is not what was asked for: refused before anything is paid', () => {
  test.each<[BackendName, SwapLie, RegExp]>([
    ['loop-http', 'wrong-hash', /another hash/],
    ['loop-http', 'dear-invoice', /more than it quoted/],
    ['loop-http', 'stale-fees', /more than it quoted/],
    ['loop-http', 'own-refund-address', /our own key/],
    ['boltz', 'wrong-hash', /another hash/],
    ['boltz', 'dear-invoice', /more than it quoted/],
    ['boltz', 'stale-fees', /more than it quoted/],
    ['boltz', 'wrong-address', /another address/],
    ['boltz', 'near-timeout', /too little time/],
  ])('%s: %s', async (backend, what, words) => {
    const { row, lost, arrived } = await played(async () => {
      lie(what);
      const { hash } = await begin(world, backend);
      await go(world, hash, { blocks: 0 });
      return hash;
    });
    expect(row).toMatchObject({ status: 'failed', failure: { code: 'SWAP_MISBEHAVED' } });
    expect(row.failure!.say).toMatch(words);
    expect([lost, arrived, row.paymentId]).toEqual([0n, 0n, undefined]);
    expect(await world.instance.wallet.pending()).toEqual([]);
  });
});

describe('nothing that is worth the preimage on the chain: it stays unknown, and the money comes back', () => {
  test.each<[BackendName, SwapLie]>([
    ['loop-http', 'low-value'],
    ['boltz', 'low-value'],
    ['loop-http', 'wrong-script'],
    ['boltz', 'wrong-script'],
  ])('%s: %s', async (backend, what) => {
    const { hash, row, lost, arrived } = await played(async () => {
      lie(what);
      const { hash } = await begin(world, backend);
      await go(world, hash, { until: () => record(hash)?.lockup !== undefined });
      await go(world, hash, { until: async () => world.devnet.chain.mine(5).length === 0, most: 4 }).catch(
        () => undefined,
      );
      world.devnet.lightning.cancelHold(hash);
      await go(world, hash);
      return hash;
    });
    expect(row).toMatchObject({ status: 'failed', failure: { code: 'SWAP_FAILED' } });
    expect(row.claimTxid).toBeUndefined();
    expect([lost, arrived]).toEqual([0n, 0n]);
    expect(record(hash)?.preimage).toBeUndefined();
  });

  test.each(both('loop-http'))(
    '%s: the lock-up is spent elsewhere before it is in a block',
    async (backend) => {
      const { row, lost, arrived } = await played(async () => {
        const { purse: before } = world.devnet.swaps.service;
        world.devnet.chain.pay(before.script, 5_000_000n);
        world.devnet.chain.mine(1);
        const { hash } = await begin(world, backend);
        await go(world, hash, { blocks: 0, until: () => record(hash)?.lockup !== undefined });
        const { purse } = world.devnet.swaps.service;
        const double = await purse.recall(record(hash)!.lockup!.raw, 60);
        world.devnet.chain.mine(1, { empty: true, include: [double.raw] });
        const seen = await go(world, hash, { until: (r) => r.status === 'paying', most: 6 });
        expect(seen.claimTxid).toBeUndefined();
        world.devnet.lightning.cancelHold(hash);
        await go(world, hash);
        return hash;
      });
      expect([row.status, lost, arrived]).toEqual(['failed', 0n, 0n]);
    },
  );
});

describe('late, odd or unhelpful: the swap ends well all the same', () => {
  const endsWell = async (backend: BackendName, run: (hash: string) => Promise<void>) => {
    const done = await played(async () => {
      const { hash } = await begin(world, backend);
      await run(hash);
      await go(world, hash);
      return hash;
    });
    expect(done.row.status).toBe('done');
    expect(done.arrived).toBe(done.row.received);
    return done;
  };

  test('a lock-up that comes only after an hour', async () => {
    lie('no-lockup');
    await endsWell('loop-http', async (hash) => {
      await go(world, hash, { blocks: 0, until: () => world.devnet.lightning.hold(hash)?.state === 'held' });
      world.devnet.clock.advance(3_600_000);
      await go(world, hash, { blocks: 0, most: 6 }).catch(() => undefined);
      expect(record(hash)?.lockup).toBeUndefined();
      lie();
    });
  });

  test.each(both('boltz'))(
    '%s: two outputs to the script: the one of the agreed value is claimed',
    async (backend) => {
      lie('two-outputs');
      const { hash, row } = await endsWell(backend, async () => undefined);
      const claim = parseTx(world.devnet.chain.tx(row.claimTxid!)!.tx.raw);
      expect(claim.inputs).toHaveLength(1);
      expect(row.locked).toBe(`${record(hash)!.lockup!.txid}:0`);
    },
  );

  test.each<SwapLie>(['refuse-share', 'bad-share'])(
    'boltz, %s: claimed by the leaf, without the service',
    async (what) => {
      lie(what);
      const { row } = await endsWell('boltz', async () => undefined);
      expect(parseTx(world.devnet.chain.tx(row.claimTxid!)!.tx.raw).inputs[0]!.witness).toHaveLength(4);
    },
  );

  test('boltz as it should be: one signature of both', async () => {
    const { row } = await endsWell('boltz', async () => undefined);
    expect(parseTx(world.devnet.chain.tx(row.claimTxid!)!.tx.raw).inputs[0]!.witness).toHaveLength(1);
  });

  test('boltz, gone for ever once it has locked: claimed and settled all the same', async () => {
    const other = await openSwapWorld();
    const { hash } = await begin(other, 'boltz');
    const { swaps } = other.devnet;
    await go(other, hash, { blocks: 0, until: () => swaps.service.find(hash)?.lockup !== undefined });
    await swaps.service.stop();
    await swaps.stop();
    const row = await go(other, hash);
    expect(row.status).toBe('done');
    expect(arrivedAt(other.devnet, TO)).toBe(row.received);
    expect((await other.instance.wallet.paymentStatus(hash)).status).toBe('paid');
    await other.stop();
  });

  test.each(both('boltz'))(
    '%s: lock-up and claim fall out of the chain and are shown again',
    async (backend) => {
      const { row } = await endsWell(backend, async (hash) => {
        await go(world, hash, {
          until: (r) => r.claimTxid !== undefined && r.status === 'claiming',
          empty: false,
        });
        await go(world, hash, {
          blocks: 0,
          until: async (r) => world.devnet.chain.tx(r.claimTxid!) !== undefined,
        });
        const lockup = record(hash)!.lockup!.txid;
        world.devnet.chain.reorg(1, { empty: true });
        world.devnet.chain.evict(lockup);
        expect(world.devnet.chain.tx(lockup)).toBeUndefined();
      });
      expect(world.devnet.chain.tx(row.claimTxid!)?.block).toBeDefined();
    },
  );

  test('a claim that nobody mines is replaced by a dearer one until it is in a block', async () => {
    const { row } = await endsWell('loop-http', async (hash) => {
      await go(world, hash, { until: (r) => r.status === 'claiming' });
      world.devnet.chain.setFees(20);
      world.rates.fast = 25;
      const first = (await world.instance.wallet.swap(hash))!.claimTxid;
      await go(world, hash, { until: (r) => r.claimTxid !== first });
    });
    world.devnet.chain.setFees();
    world.rates.fast = 2;
    const { tx, fee } = world.devnet.chain.tx(row.claimTxid!)!;
    expect(Number(fee) / Math.ceil(tx.weight / 4)).toBeGreaterThan(20);
  });

  test('fees that rose beyond what was agreed to: nothing is shown until they fall', async () => {
    await endsWell('loop-http', async (hash) => {
      world.rates.regular = 40;
      const row = await go(world, hash, { until: (r) => r.status === 'lockup-seen' });
      expect(row.claimTxid).toBeUndefined();
      expect(
        (await go(world, hash, { most: 4 }).catch(() => world.instance.wallet.swap(hash)))?.claimTxid,
      ).toBeUndefined();
      world.rates.regular = 1;
    });
  });
});

test.each(both('loop-http'))(
  '%s: a wallet with nothing but its twelve words finds the swap by when it was made, and claims it',
  async (backend) => {
    const other = await openSwapWorld();
    const { devnet } = other;
    const { hash } = await begin(other, backend);
    await go(other, hash, { blocks: 0, until: () => devnet.swaps.service.find(hash)?.lockup !== undefined });
    const { second } = (await other.instance.wallet.swap(hash))!;
    const lost = { idb: new IDBFactory(), seed: other.instance.profile.seed };
    const again = await openInstance(devnet, lost, { chain: devChainSource(devnet.chain) });
    await createWallet(again.ports, { network: 'regtest' });
    const order = { backend, service: serviceUrl(devnet, backend), address: ELSEWHERE };
    const range = { from: second - 50, to: second + 50 };
    const find = (when: { from: number; to: number }) => again.wallet.rescueSwaps({ ...order, ...when });
    await expect(find({ from: 1, to: 1_000_000 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await find({ from: second + 1, to: second + 900 })).toEqual([]);
    expect(await find(range)).toMatchObject([{ hash, found: 'claiming' }]);
    const row = await go({ devnet, instance: again }, hash);
    expect(row.status).toBe('done');
    expect(arrivedAt(devnet, TO)).toBe(row.received);
    expect(await find(range)).toMatchObject([{ hash, found: 'nothing' }]);
    await again.close();
    // The first wallet finds that its bitcoin is there already.
    expect(await go(other, hash)).toMatchObject({ status: 'done', received: row.received });
    await other.stop();
  },
);
