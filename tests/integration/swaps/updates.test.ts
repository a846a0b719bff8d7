// What a service tells of a swap: by WebSocket while one can be had, else asked now and then. It makes the wallet look at
// the chain sooner, and nothing else.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { guardedSocket, type OpenSocket, type SocketEvents } from '../../../src/http/socket.ts';
import type { SwapRow } from '../../../src/store/swap-row.ts';
import type { InstanceOptions } from '../support/wallets.ts';
import { begin, go, openSwapWorld, type SwapWorld } from '../support/swap-world.ts';

const hearing = (socket: OpenSocket): { instance: InstanceOptions } => ({
  instance: { wrap: (ports) => ({ ...ports, socket }) },
});

let world: SwapWorld;
let calls: string[];
const open = async (socket: OpenSocket) => {
  world = await openSwapWorld(hearing(socket));
  calls = [];
  world.devnet.swaps.onCall((call) => calls.push(call));
};
afterEach(() => world.stop());

const row = async (hash: string): Promise<SwapRow> => (await world.instance.wallet.swap(hash))!;
const locked = (hash: string) => world.devnet.swaps.service.find(hash)?.lockup !== undefined;

/** Waits for what happens by itself: nothing is driven, and the clock stands still. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
const asks = () => calls.filter((call) => /^GET \/(v2\/swap|api\/loop\/out)\/[0-9a-f]+$/.test(call)).length;

describe('by WebSocket', () => {
  beforeEach(() => open(guardedSocket(true)));

  test('the lock-up and its block are told, and the wallet goes on before any timer rings', async () => {
    const { devnet } = world;
    expect(devnet.swaps.updates.followers()).toBe(0);
    const { hash } = await begin(world, 'boltz');
    await go(world, hash, { blocks: 0, until: () => locked(hash) });
    await until(async () => (await row(hash)).said === 'locked');
    expect(devnet.swaps.updates.followers()).toBe(1);
    const before = devnet.clock.now();
    devnet.chain.mine(1);
    await until(async () => (await row(hash)).claimTxid !== undefined);
    await until(async () => (await row(hash)).said === 'settled');
    expect(devnet.clock.now() - before).toBeLessThan(60_000);
    expect(asks()).toBe(0);
    expect((await go(world, hash)).status).toBe('done');
    await until(() => devnet.swaps.updates.followers() === 0);
  });

  test('a connection that breaks is made anew after a minute; meanwhile the service is asked', async () => {
    const { devnet, instance } = world;
    const { updates } = devnet.swaps;
    const { hash } = await begin(world, 'boltz');
    await go(world, hash, { blocks: 0, until: () => updates.followers() === 1 });
    updates.cut();
    await until(() => updates.followers() === 0);
    await go(world, hash, { blocks: 0, until: () => asks() > 0 });
    expect(updates.followers()).toBe(0);
    devnet.clock.advance(60_000);
    await instance.wallet.wake();
    await until(() => updates.followers() === 1);
    expect((await go(world, hash)).status).toBe('done');
  });

  test('one that can never be had: the service is asked, and the swap ends as well', async () => {
    world.devnet.swaps.updates.cut('closed');
    const { hash } = await begin(world, 'boltz');
    await go(world, hash, { blocks: 0, until: async () => (await row(hash)).said === 'locked' });
    expect(asks()).toBeGreaterThan(0);
    expect((await go(world, hash)).status).toBe('done');
  });
});

test('a service without a WebSocket is asked', async () => {
  await open(guardedSocket(true));
  const { hash } = await begin(world, 'loop-http');
  await go(world, hash, { blocks: 0, until: async () => (await row(hash)).said === 'locked' });
  expect(world.devnet.swaps.updates.followers()).toBe(0);
  expect((await go(world, hash)).status).toBe('done');
});

test('what it says falsely, or in no known words, moves nothing', async () => {
  const lines: SocketEvents[] = [];
  const sent: string[] = [];
  await open((_, events) => {
    lines.push(events);
    return { send: (text) => void sent.push(text), close: () => undefined };
  });
  world.devnet.swaps.service.setLie('no-lockup');
  const { hash } = await begin(world, 'boltz');
  await go(world, hash, { blocks: 0, until: () => world.devnet.lightning.hold(hash)?.state === 'held' });
  const [line] = lines;
  line!.opened();
  await until(() => sent.length > 0);
  const { id } = (await row(hash)).agreement as { id: string };
  expect(JSON.parse(sent[0]!)).toEqual({ op: 'subscribe', channel: 'swap.update', args: [id] });
  const tell = (status: string, name = id) =>
    line!.heard(JSON.stringify({ event: 'update', channel: 'swap.update', args: [{ id: name, status }] }));
  for (const rubbish of ['', '{', '[]', '{"event":"update"}', '{"event":"pong"}']) line!.heard(rubbish);
  tell('constructor');
  tell('transaction.mempool', 'another');
  tell('transaction.confirmed');
  await until(async () => (await row(hash)).said === 'confirmed');
  const row1 = await go(world, hash, { blocks: 0, most: 3 }).catch(() => row(hash));
  expect(row1).toMatchObject({ status: 'paying', open: 1 });
  tell('invoice.expired');
  await until(async () => (await row(hash)).said === 'over');
  const row2 = await go(world, hash, { blocks: 0, most: 3 }).catch(() => row(hash));
  expect(row2).toMatchObject({ status: 'paying', open: 1 });
  expect(row2.claimTxid).toBeUndefined();
  world.devnet.swaps.service.setLie();
  expect((await go(world, hash)).status).toBe('done');
});
