// One devnet, one wallet that is killed again and again, one that receives: what a crash scenario works with.
import type { Devnet } from '../../../devnet/index.ts';
import type { ChainSource } from '../../../src/chain/source.ts';
import type { MovementRow } from '../../../src/store/rows.ts';
import { devChainSource } from '../support/chain-source.ts';
import { createFence, type Fence } from '../support/fence.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from '../support/wallets.ts';

export interface World {
  devnet: Devnet;
  victim: Profile;
  recipient: Instance;
  chain: ChainSource;
  close(): Promise<void>;
}

export async function openWorld(devnet: Devnet): Promise<World> {
  const chain = devChainSource(devnet.chain);
  const first = await newWallet(devnet, { chain });
  const recipient = await newWallet(devnet, { chain });
  await first.close();
  return {
    devnet,
    victim: first.profile,
    recipient,
    chain,
    close: () => recipient.close(),
  };
}

export interface Scenario<Context> {
  name: string;
  /** Sets the stage; nothing in here is killed. */
  prepare(world: World, victim: Instance): Promise<Context>;
  /** Starts the action, or finds it started; resolves with its id. May be killed and run again. */
  start(victim: Instance, context: Context): Promise<string>;
  /** The action may end before it has a history line (a payment to us that does not come to be). */
  withoutLine?: true;
  /** What must be true in the end. */
  check(world: World, run: Finished<Context>): Promise<void>;
}

export interface Books {
  ark: bigint;
  onchain: bigint;
  movements: number;
}

export interface Finished<Context> {
  context: Context;
  before: Books;
  after: Books;
  victim: Instance;
  actionId: string;
  /** Missing only in a scenario that allows it. */
  line: MovementRow;
}

async function books({ wallet }: Instance): Promise<Books> {
  const { total, onchain } = await wallet.balance();
  return {
    ark: total,
    onchain: onchain.confirmed + onchain.unconfirmed + onchain.reserved,
    movements: (await wallet.history()).length,
  };
}

/** Enough fresh coins for one run: shallow, and far from their end. */
async function refill(world: World, victim: Instance): Promise<void> {
  const { devnet } = world;
  const tip = devnet.chain.height();
  const coins = await victim.wallet.coins();
  const good = coins.filter(
    (c) => c.state === 'spendable' && c.exitDepth < 60 && c.expiryHeight > tip + 1000,
  );
  if (good.reduce((sum, c) => sum + c.amount, 0n) >= 40_000n) return;
  await fund(devnet, victim, 200_000n);
}

/**
 * One run: stage, kill at point `killAt` (none: recording), tip moves on by `blocks`, restart, drive to the end, check.
 * Resolves with the fence, whose `dead` says whether the point was reached.
 */
export async function crashRun<C>(
  world: World,
  scenario: Scenario<C>,
  killAt: number,
  blocks: number,
): Promise<Fence> {
  const { devnet, chain } = world;
  const stage = await openInstance(devnet, world.victim, { chain });
  await refill(world, stage);
  const context = await scenario.prepare(world, stage);
  const before = await books(stage);
  await stage.close();

  const fence = createFence(killAt);
  const doomed = await openInstance(devnet, world.victim, { chain, wrap: fence.wrap });
  const life = (async () => {
    await scenario.start(doomed, context);
    await doomed.settle({ sync: false });
  })();
  await Promise.race([life.catch((e: unknown) => fence.dead || Promise.reject(e)), fence.died]);
  await doomed.close();
  if (!fence.dead && killAt !== Infinity) return fence;

  devnet.chain.mine(blocks);
  const victim = await openInstance(devnet, world.victim, { chain });
  await victim.wallet.resume();
  // Killed before anything was durable: the person, seeing nothing, tries again.
  const actionId = await scenario.start(victim, context);
  await victim.settle();
  await world.recipient.wallet.sync();
  const line = await victim.wallet.movement(actionId);
  if (!line && !scenario.withoutLine) throw new Error(`no history line of ${actionId}`);
  await checkInvariants(world, victim);
  const after = await books(victim);
  await scenario.check(world, { context, before, after, victim, actionId, line: line as MovementRow });
  await victim.close();
  return fence;
}

/** What holds after every run, whatever happened. */
async function checkInvariants({ devnet }: World, victim: Instance): Promise<void> {
  if (devnet.ark.nonces.repeats.length > 0) throw new Error('a public nonce was used twice');
  for (const coin of await victim.wallet.coins()) {
    if (coin.state !== 'spendable')
      throw new Error(`coin ${coin.id} is still ${coin.state} by ${coin.holder}`);
    const there = devnet.ark.state.vtxos.get(coin.id);
    if (!there || there.spentBy) throw new Error(`coin ${coin.id} is spent at the server, spendable here`);
  }
  const held = (await victim.wallet.onchainUtxos()).filter((u) => u.holder);
  if (held.length > 0) throw new Error(`outputs still held: ${held.map((u) => u.id).join(', ')}`);
}
