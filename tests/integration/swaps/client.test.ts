// Swaps out of Ark through the whole wallet: both services, one line in the history, the money where it was to go; and
// what becomes of it when the service does something else than it should.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressToScript } from '../../../src/bitcoin/address.ts';
import { parseTx } from '../../../src/ark/tx.ts';
import { sats } from '../../../src/units.ts';
import { arrivedAt, begin, ELSEWHERE, go, openSwapWorld, type SwapWorld } from '../support/swap-world.ts';

const TO = addressToScript(ELSEWHERE, 'regtest');
const BACKENDS = ['loop-http', 'boltz'] as const;
/** By default what both kinds share is tried with one of them, in turn; CRASH_FULL=1 tries all of it with both. */
const full = process.env['CRASH_FULL'] === '1';

let world: SwapWorld;
beforeEach(async () => {
  world = await openSwapWorld();
});
afterEach(() => world.stop());

/** Nothing is missing and nothing is held. */
async function expectUntouched(before: bigint): Promise<void> {
  expect(await world.balance()).toBe(before);
  expect(await world.instance.wallet.pending()).toEqual([]);
  expect(arrivedAt(world.devnet, TO)).toBe(0n);
}

describe.each(BACKENDS)('through %s', (backend) => {
  const by = (usual: (typeof BACKENDS)[number]) => test.runIf(full || backend === usual);

  test('Ark balance becomes bitcoin at the address, at the price that was quoted, in one line of the history', async () => {
    const { devnet, instance } = world;
    const before = await world.balance();
    const { hash, quote } = await begin(world, backend);
    const row = await go(world, hash);
    expect(row).toMatchObject({ status: 'done', backend, amount: 50_000n });
    expect(arrivedAt(devnet, TO)).toBe(row.received);
    expect(row.received).toBeGreaterThanOrEqual(50_000n);
    expect(before - (await world.balance())).toBe(quote.total);
    expect(quote.total).toBe(quote.amount + quote.claimFee + quote.serviceFee + quote.lightningFee);
    const lines = (await instance.wallet.history()).filter(
      ({ subsystem }) => subsystem.name !== 'bark.board',
    );
    expect(lines).toHaveLength(1);
    const [line] = lines;
    expect(line).toMatchObject({
      status: 'successful',
      subsystem: { name: 'skiff.loop_out', kind: 'swap' },
      effective: -quote.total,
      sentTo: [{ type: 'bitcoin', value: ELSEWHERE, amount: row.received }],
    });
    const miner = BigInt(line!.metadata['onchain_fee_sat'] as number);
    expect(line!.fee + miner + row.received!).toBe(quote.total);
    expect(devnet.swaps.service.find(hash)?.state).toBe('Complete');
    expect(devnet.lightning.hold(hash)?.state).toBe('settled');
    expect(parseTx(devnet.chain.tx(row.claimTxid!)!.tx.raw).inputs[0]!.sequence).toBe(0xffff_fffd);
  });

  by('boltz')('without an address it goes to a new one of the own bitcoin wallet', async () => {
    const { wallet } = world.instance;
    const address = await wallet.onchainAddress();
    const service = backend === 'boltz' ? `${world.devnet.swaps.url}/v2` : world.devnet.swaps.url;
    const { hash } = await wallet.startSwap({ backend, service, address, amount: sats(50_000n) });
    const row = await go(world, hash);
    await wallet.sync();
    expect((await wallet.balance()).onchain.confirmed).toBe(row.received);
  });

  by('loop-http')('a service that is away when it is asked costs nothing', async () => {
    const before = await world.balance();
    const { service } = world.devnet.swaps;
    const quoted = await begin(world, backend).catch((e: unknown) => e);
    expect(quoted).toHaveProperty('hash');
    const { hash } = quoted as { hash: string };
    await service.stop();
    await world.devnet.swaps.stop();
    const row = await go(world, hash, { blocks: 0, until: (r) => r.open === undefined });
    expect(['failed', 'done']).toContain(row.status);
    if (row.status === 'failed') await expectUntouched(before);
  });

  test('a lost answer to the order: asked again, one swap', async () => {
    world.devnet.swaps.dropNext('POST');
    const { hash } = await begin(world, backend);
    expect((await go(world, hash)).status).toBe('done');
    expect(world.devnet.swaps.service.records()).toHaveLength(1);
  });

  by('boltz')('more than was agreed to is refused before anything is stored', async () => {
    const { wallet } = world.instance;
    const service = backend === 'boltz' ? `${world.devnet.swaps.url}/v2` : world.devnet.swaps.url;
    const wish = { backend, service, address: ELSEWHERE, amount: sats(50_000n), maxTotal: sats(50_100n) };
    await expect(wallet.startSwap(wish)).rejects.toMatchObject({ code: 'AMOUNT_OUT_OF_RANGE' });
    expect(await wallet.swaps()).toEqual([]);
    expect(await wallet.pending()).toEqual([]);
    expect(world.devnet.swaps.service.records()).toEqual([]);
  });

  by('loop-http')(
    'a wallet that slept until the deadline was near shows nothing, and has its money back after the refund',
    async () => {
      const before = await world.balance();
      const { hash } = await begin(world, backend);
      await go(world, hash, {
        blocks: 0,
        until: () => world.devnet.swaps.service.find(hash)?.lockup !== undefined,
      });
      const delay = backend === 'boltz' ? 100 : 40;
      world.devnet.chain.mine(delay - 4);
      await world.devnet.swaps.service.tick();
      const row = await go(world, hash, { most: 200 });
      expect(row.status).toBe('failed');
      expect(row.claimTxid).toBeUndefined();
      expect(world.devnet.swaps.service.find(hash)).toMatchObject({ state: 'Refunded' });
      await expectUntouched(before);
      expect((await world.instance.wallet.history())[0]).toMatchObject({ status: 'failed', effective: 0n });
    },
  );

  by('boltz')('nothing is claimed from the mempool, and a large swap waits for three blocks', async () => {
    await world.stop();
    world = await openSwapWorld({ sats: 2_000_000n });
    const { devnet } = world;
    const { hash } = await begin(world, backend, 1_200_000n);
    const lockedUp = () => devnet.swaps.service.find(hash)?.lockup;
    await go(world, hash, { blocks: 0, until: () => lockedUp() !== undefined });
    for (const confirmations of [0, 1, 2]) {
      const row = await go(world, hash, { blocks: 0, until: (r) => r.status === 'lockup-seen' });
      expect(row.claimTxid).toBeUndefined();
      expect(devnet.chain.outspend(lockedUp()!.txid, 0)).toBeUndefined();
      devnet.chain.mine(1);
      expect(devnet.chain.tx(lockedUp()!.txid)!.block!.height).toBe(devnet.chain.height() - confirmations);
    }
    expect((await go(world, hash)).status).toBe('done');
  });
});
