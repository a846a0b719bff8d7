// A coin whose anchor a reorganisation took off the chain, and whose bitcoin another transaction has spent: set aside while
// that may be taken back, written off once it cannot. The history says what became of the money, and only once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorld, type World, type WorldMaker } from './crash/world.ts';
import { sats } from '../../src/units.ts';
import type { Instance } from './support/wallets.ts';

// These chains are taken back again and again.
process.env['SKIFF_BLOCK_DUMP'] = '';

const DEEP = 100;
const BOARDED = 60_000n;
let maker: WorldMaker;
let begin: () => World;
/** Spends the bitcoin of the board. */
let rival: Uint8Array;

beforeAll(async () => {
  maker = await createWorld();
  const { devnet } = maker;
  const w = await maker.open();
  devnet.chain.fund(await w.wallet.onchainAddress(), 100_000n);
  devnet.chain.mine(1);
  await w.wallet.sync();
  await w.close();
  begin = await maker.snapshot();
  // What another life of the same wallet sends instead.
  const world = begin();
  const other = await world.open();
  const { address } = await (await world.friend()).wallet.boardAddress();
  const { txid } = await other.wallet.sendOnchain(address, sats(90_000n));
  await other.wallet.resume();
  rival = devnet.chain.tx(txid)!.tx.raw;
  await other.close();
  await world.leave();
});
afterAll(() => maker.close());

const look = (w: Instance) => w.wallet.sync().catch(() => undefined);
const aside = async (w: Instance) => (await w.wallet.coins()).filter((c) => c.holder?.startsWith('anchor.'));
const lines = async (w: Instance) =>
  (await w.wallet.history()).filter((line) => line.subsystem.name === 'skiff.coin');

/** A boarded coin whose blocks are taken back. */
async function struck(
  body: (world: World, w: Instance, txid: string, raw: Uint8Array) => Promise<void>,
): Promise<void> {
  const world = begin();
  const { chain } = world.devnet;
  const w = await world.open();
  try {
    const { actionId } = await w.wallet.board(sats(BOARDED));
    await w.wallet.resume();
    const txid = actionId.split('.')[1]!;
    chain.mine(3);
    world.devnet.clock.advance(60_000);
    await w.settle();
    expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'successful' });
    const { raw } = chain.tx(txid)!.tx;
    chain.invalidate(3);
    chain.evict(txid);
    await body(world, w, txid, raw);
  } finally {
    await w.close();
    await world.leave();
  }
}

describe('a coin whose transaction lost its place to another one', () => {
  test('is written off when that is too deep to be taken back, with a line that says so', () =>
    struck(async ({ devnet: { chain, clock } }, w, txid) => {
      chain.mine(1, { include: [rival], empty: true });
      chain.mine(3);
      await look(w);
      const [coin, more] = await aside(w);
      expect(more).toBeUndefined();
      const before = await w.wallet.balance();
      // One block too few.
      chain.mine(DEEP - 5);
      clock.advance(60_000);
      await look(w);
      expect(await aside(w)).toHaveLength(1);
      expect(await lines(w)).toEqual([]);
      chain.mine(1);
      for (let i = 0; i < 3; i++) {
        clock.advance(60_000);
        await look(w);
      }
      expect(await aside(w)).toEqual([]);
      const after = await w.wallet.balance();
      expect(after.total).toBe(before.total - coin!.amount);
      expect(after.spendable).toBe(before.spendable);
      expect(await lines(w)).toMatchObject([
        {
          status: 'failed',
          intended: -coin!.amount,
          effective: -coin!.amount,
          inputs: [coin!.id],
          metadata: { anchor_txid: txid, failure: { code: 'COIN_VOID' } },
        },
      ]);
      const sum = (await w.wallet.history()).reduce((all, line) => all + line.effective, 0n);
      expect(sum).toBe(after.total);
      expect((await w.wallet.coins(true)).find((c) => c.id === coin!.id)).toMatchObject({ state: 'spent' });
    }));

  test('comes back when the other one is taken back in time', () =>
    struck(async ({ devnet: { chain, clock } }, w, _txid, anchor) => {
      chain.mine(1, { include: [rival], empty: true });
      chain.mine(3);
      await look(w);
      expect(await aside(w)).toHaveLength(1);
      chain.invalidate(4);
      chain.mempool().forEach(({ tx }) => chain.evict(tx.txid));
      chain.mine(1, { include: [anchor], empty: true });
      chain.mine(DEEP + 5);
      clock.advance(60_000);
      await look(w);
      expect(await aside(w)).toEqual([]);
      expect(await lines(w)).toEqual([]);
      expect(await w.wallet.balance()).toMatchObject({ pendingOther: 0n });
    }));

  test('is written off as well when nobody looked in between, and found by the next life', () =>
    struck(async (world, w, txid) => {
      const { chain, clock } = world.devnet;
      chain.mine(4, { empty: true });
      await look(w);
      expect(await aside(w)).toHaveLength(1);
      await w.close();
      chain.mine(1, { include: [rival], empty: true });
      chain.mine(DEEP);
      clock.advance(60_000);
      const next = await world.open();
      try {
        await look(next);
        await look(next);
        expect(await lines(next)).toMatchObject([{ metadata: { anchor_txid: txid } }]);
        expect(await aside(next)).toEqual([]);
      } finally {
        await next.close();
      }
    }));
});
