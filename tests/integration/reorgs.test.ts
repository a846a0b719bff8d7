// Reorganisations of one to six blocks at every step of a board, an offboard and an exit: the transaction that counts comes
// back in other blocks, falls out of everybody's sight, or is spent by another one. By default every eighth case of the
// list; CRASH_FULL=1 takes all.
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DevChain } from '../../devnet/chain/types.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import type { OnchainRow } from '../../src/store/rows.ts';
import { sats } from '../../src/units.ts';
import { createWorld, type World, type WorldMaker } from './crash/world.ts';
import type { Instance } from './support/wallets.ts';

// Many lives of the same coins on chains that are taken back: Bitcoin Core's code sees what was sent, not these
// chains; the way out of a coin is shown to it by the other tests.
process.env['SKIFF_EXIT_DUMP'] = 'no';
process.env['SKIFF_BLOCK_DUMP'] = '';

const full = process.env['CRASH_FULL'] === '1';
const DEPTHS = [1, 2, 3, 4, 5, 6] as const;
type Fate = 'comes back' | 'falls out of sight' | 'is double-spent';

interface Case {
  /** Blocks on top of the transaction, its own included, when the reorganisation comes. */
  confirmations: number;
  depth: number;
  fate: Fate;
}

const casesOf = (confirmations: readonly number[], fates: readonly Fate[]): Case[] =>
  confirmations.flatMap((k) =>
    DEPTHS.filter((n) => (k === 0 ? n === 1 : n >= k)).flatMap((depth) =>
      fates.map((fate) => ({ confirmations: k, depth, fate })),
    ),
  );
const some = (cases: readonly Case[], offset: number): Case[] =>
  full ? [...cases] : cases.filter((_, i) => i % 8 === offset);
const nameOf = ({ confirmations, depth, fate }: Case) =>
  `${depth} blocks taken back at ${confirmations} confirmations: the transaction ${fate}`;

/** The reorganisation. The new chain is longer by one block. */
function strike(
  chain: DevChain,
  { confirmations, depth, fate }: Case,
  txid: string,
  rival?: Uint8Array,
): void {
  chain.invalidate(depth);
  if (fate !== 'comes back') chain.evict(txid);
  if (fate !== 'is double-spent') {
    chain.mine(depth + 1, { empty: fate === 'falls out of sight' });
    return;
  }
  // At the height where the other one stood: a rival of its age is final no earlier.
  chain.mine(depth - confirmations, { empty: true });
  chain.mine(1, { include: [rival!], empty: true });
  chain.mine(confirmations);
}

async function look(w: Instance): Promise<void> {
  await w.wallet.sync().catch(() => undefined);
}
/** Blocks and timers until nothing is open. */
async function toTheEnd({ devnet }: World, w: Instance): Promise<void> {
  for (let i = 0; i < 60; i++) {
    devnet.clock.advance(3_600_000);
    await look(w);
    devnet.chain.mine(i < 12 ? 1 : 20);
    if ((await w.wallet.pending()).length === 0 && i > 8) break;
  }
  devnet.clock.advance(3_600_000);
  await w.wallet.sync();
  assert.deepEqual(await w.wallet.pending(), []);
}
/** The wallet and the chain say the same about the bitcoin of the wallet. */
async function onchainAgrees({ devnet }: World, w: Instance): Promise<void> {
  const rows = await w.db.read(['onchain'], (tx) => tx.query<OnchainRow>('onchain'));
  const there = rows.flatMap(({ script }) => devnet.chain.utxos(fromHex(script)));
  const { onchain } = await w.wallet.balance();
  expect(onchain.confirmed + onchain.unconfirmed + onchain.reserved).toBe(
    there.reduce((sum, { value }) => sum + value, 0n),
  );
}

let maker: WorldMaker;
/** Back to the common start. */
let begin: () => World;
let runs = 0;

/** Plays one case from the common start. */
async function play(
  one: Case,
  config: { offboardDepth?: number },
  body: (world: World, w: Instance) => Promise<{ txid: string; rival?: Uint8Array }>,
  check: (world: World, w: Instance) => Promise<void>,
): Promise<void> {
  const world = begin();
  const w = await world.open({ config });
  try {
    const { txid, rival } = await body(world, w);
    for (let i = 0; i < one.confirmations; i++) {
      world.devnet.chain.mine(1);
      world.devnet.clock.advance(60_000);
      await look(w);
    }
    assert.equal(world.devnet.chain.tx(txid)?.block === undefined, one.confirmations === 0);
    strike(world.devnet.chain, one, txid, rival);
    await check(world, w);
    runs++;
  } finally {
    await w.close();
    await world.leave();
  }
}

beforeAll(async () => {
  maker = await createWorld();
  const { devnet } = maker;
  const w = await maker.open();
  devnet.chain.fund(await w.wallet.onchainAddress(), 100_000n);
  devnet.chain.mine(1);
  await w.wallet.sync();
  // The server's purse has change that is old by the time it counts.
  const friend = await maker.friend();
  await friend.wallet.offboard({ address: await w.wallet.onchainAddress(), amount: sats(20_000n) });
  await friend.wallet.resume();
  devnet.chain.mine(1);
  await friend.settle();
  devnet.chain.mine(12);
  await w.wallet.sync();
  await w.close();
  begin = await maker.snapshot();
});
afterAll(async () => {
  console.log(`reorganisations: ${runs} cases`);
  assert.deepEqual(maker.devnet.ark.nonces.repeats, []);
  await maker.close();
});

/** What another life of the same wallets sends instead. */
async function rivalOf(send: (world: World, w: Instance) => Promise<string>): Promise<Uint8Array> {
  const world = begin();
  const w = await world.open();
  const txid = await send(world, w);
  await w.wallet.resume();
  const raw = world.devnet.chain.tx(txid)!.tx.raw;
  await w.close();
  await world.leave();
  return raw;
}

describe('a board', () => {
  const all = casesOf([0, 1, 2, 3], ['comes back', 'falls out of sight', 'is double-spent']);
  test.each(some(all, 0).map((one) => [nameOf(one), one] as const))(
    '%s',
    { timeout: 60_000 },
    async (_, one) => {
      const rival = await rivalOf(async ({ friend }, { wallet }) => {
        const { address } = await (await friend()).wallet.boardAddress();
        return (await wallet.sendOnchain(address, sats(90_000n))).txid;
      });
      let before = 0n;
      let actionId = '';
      await play(
        one,
        {},
        async ({ devnet }, w) => {
          before = (await w.wallet.balance()).total;
          ({ actionId } = await w.wallet.board(sats(60_000n)));
          await w.wallet.resume();
          const txid = actionId.split('.')[1]!;
          expect(devnet.chain.tx(txid)).toBeDefined();
          return { txid, rival };
        },
        async (world, w) => {
          const done = (await w.wallet.movement(actionId))?.status === 'successful';
          // One that bears a later height than the new chain cannot come back at once.
          const stands = world.devnet.chain.tx(actionId.split('.')[1]!)?.block !== undefined;
          await look(w);
          if (done) {
            // What nothing stands behind cannot be paid with.
            const aside = (await w.wallet.coins()).filter((c) => c.holder?.startsWith('anchor.'));
            expect(aside).toHaveLength(stands ? 0 : 1);
            expect((await w.wallet.balance()).total - (await w.wallet.balance()).spendable).toBe(
              aside.reduce((sum, c) => sum + c.amount, 0n),
            );
          }
          await toTheEnd(world, w);
          const line = await w.wallet.movement(actionId);
          const { total, spendable } = await w.wallet.balance();
          if (one.fate === 'is double-spent') {
            expect(spendable).toBe(before);
            if (!done) expect([line?.status, total]).toEqual(['failed', before]);
          } else {
            expect(line?.status).toBe('successful');
            expect(spendable).toBe(before + 60_000n - line!.fee);
          }
          await onchainAgrees(world, w);
        },
      );
    },
  );
});

describe('an offboard', () => {
  const all = casesOf([0, 1, 3, 6], ['comes back', 'falls out of sight', 'is double-spent']);
  test.each(some(all, 1).map((one) => [nameOf(one), one] as const))(
    '%s',
    { timeout: 60_000 },
    async (_, one) => {
      const rival = await rivalOf(async ({ friend }, { wallet }) => {
        const other = await friend();
        const { address } = await wallet.boardAddress();
        const { actionId } = await other.wallet.offboard({ address, amount: sats(30_000n) });
        await other.wallet.resume();
        return (await other.wallet.movement(actionId))?.metadata['offboard_txid'] as string;
      });
      let before = 0n;
      let actionId = '';
      let address = '';
      const paid = ({ devnet }: World) =>
        devnet.chain.utxos(addressToScript(address, 'regtest')).reduce((sum, { value }) => sum + value, 0n);
      await play(
        one,
        { offboardDepth: 7 },
        async (world, w) => {
          before = (await w.wallet.balance()).total;
          address = (await (await world.friend()).wallet.boardAddress()).address;
          ({ actionId } = await w.wallet.offboard({ address, amount: sats(50_000n) }));
          await w.wallet.resume();
          const line = await w.wallet.movement(actionId);
          return { txid: line?.metadata['offboard_txid'] as string, rival };
        },
        async (world, w) => {
          const { fee } = (await w.wallet.movement(actionId))!;
          if (one.fate === 'is double-spent') {
            world.devnet.clock.advance(31_000);
            await look(w);
            const action = (await w.wallet.pending()).find((a) => a.id === actionId);
            expect(action?.lastError?.say).toContain('replaced by another transaction');
            const held = (await w.wallet.coins()).filter((c) => c.holder === actionId);
            expect(held).toHaveLength(1);
            await w.wallet.startExit(held.map((c) => c.id));
            await toTheEnd(world, w);
            expect(paid(world)).toBe(0n);
            expect(await w.wallet.movement(actionId)).toMatchObject({
              status: 'failed',
              exited: [held[0]!.id],
            });
            expect(await w.wallet.exits(true)).toMatchObject([{ id: held[0]!.id, status: 'claimed' }]);
            expect((await w.wallet.balance()).total).toBe(before - 50_000n - fee);
          } else {
            await toTheEnd(world, w);
            expect(paid(world)).toBe(50_000n);
            expect((await w.wallet.movement(actionId))?.status).toBe('successful');
            expect((await w.wallet.balance()).spendable).toBe(before - 50_000n - fee);
          }
          await onchainAgrees(world, w);
        },
      );
    },
  );
});

describe('an exit', () => {
  const cases = casesOf([0, 1, 2, 3, 5], ['comes back', 'falls out of sight']);
  for (const [name, offset, claimed] of [
    ['whose own transaction is struck', 2, false],
    ['whose claim is struck', 3, true],
  ] as const) {
    const chosen = some(cases, offset).map((one) => [nameOf(one), one] as const);
    test.each(chosen)(`${name}, %s`, { timeout: 60_000 }, async (_, one) => {
      let coin = '';
      let before = 0n;
      await play(
        one,
        {},
        async ({ devnet }, w) => {
          const [first] = await w.wallet.coins();
          coin = first!.id;
          const { total, onchain } = await w.wallet.balance();
          before = total + onchain.confirmed;
          await w.wallet.startExit([coin]);
          await look(w);
          await look(w);
          if (!claimed) return { txid: coin.split(':')[0]! };
          const claim = async () => (await w.wallet.exits(true))[0]?.txid;
          for (let i = 0; i < 40 && (await claim()) === undefined; i++) {
            devnet.chain.mine(i < 3 ? 1 : 24);
            devnet.clock.advance(3_600_000);
            await look(w);
          }
          await look(w);
          return { txid: (await claim())! };
        },
        async (world, w) => {
          await toTheEnd(world, w);
          expect(await w.wallet.exits(true)).toMatchObject([{ id: coin, status: 'claimed' }]);
          const { total, onchain } = await w.wallet.balance();
          expect(total + onchain.confirmed).toBeGreaterThan(before - 5_000n);
          expect(total + onchain.confirmed).toBeLessThan(before);
          await onchainAgrees(world, w);
        },
      );
    });
  }
});
