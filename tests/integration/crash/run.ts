// One run of a scenario: the wallet dies at each of the given points in turn, the tip moves on while it is dead, it is
// opened again, and must come to the right end all the same.
import assert from 'node:assert/strict';
import type { Devnet } from '../../../devnet/index.ts';
import { createFence, type Point } from '../support/fence.ts';
import { watchLeftInputs, type LeftInputs } from '../support/left-inputs.ts';
import type { Instance } from '../support/wallets.ts';
import type { Books, Scenario } from './scenario.ts';
import { books, checkInvariants, createWorld, type World } from './world.ts';

export interface Death {
  at: Point;
  /** Blocks mined while the wallet is dead. */
  blocks: number;
}

export interface RunOptions {
  deaths?: readonly Death[];
  doubleDrive?: boolean;
  /** Told of what the wallet's executor says. */
  log?: (text: string, facts?: Record<string, unknown>) => void;
  /** Sets faults before the wallet acts. */
  arm?: () => void;
  /** How often the person gives a command that fails and leaves nothing behind. */
  tries?: number;
}

export interface Run {
  /** Points that each life came to; the last one is the life that ended well. */
  lives: Point[][];
  /** How many of the deaths came about: a life may go another way than the recorded one. */
  deaths: number;
}

export interface Stage {
  readonly scenario: string;
  readonly light: boolean;
  /** Plays the scenario once and checks everything that must hold in the end. */
  run(options?: RunOptions): Promise<Run>;
  readonly devnet: Devnet;
  close(): Promise<void>;
}

/** Sets the stage of a scenario, which is then played any number of times from the same start. */
export async function setStage<C>(scenario: Scenario<C>): Promise<Stage> {
  const maker = await createWorld(scenario.ark);
  const victim = await maker.open();
  const prepared = await scenario.prepare(maker, victim);
  const before = await books(victim);
  await victim.close();
  const begin = await maker.snapshot();
  return {
    scenario: scenario.name,
    light: scenario.light ?? false,
    run: (options = {}) => play(begin(), scenario, structuredClone(prepared), before, options),
    devnet: maker.devnet,
    close: () => maker.close(),
  };
}

async function play<C>(
  world: World,
  scenario: Scenario<C>,
  context: C,
  before: Books,
  options: RunOptions,
): Promise<Run> {
  const { devnet } = world;
  devnet.ark.faults.clear();
  scenario.arm?.(world);
  options.arm?.();

  const left = watchLeftInputs();
  const run: Run = { lives: [], deaths: 0 };
  for (const { at, blocks } of options.deaths ?? []) {
    const survivor = await live(world, scenario, context, { run, left, options }, at);
    await survivor?.close();
    if (survivor) break;
    run.deaths++;
    devnet.chain.mine(blocks);
  }
  const victim = (await live(world, scenario, context, { run, left, options }))!;
  devnet.ark.faults.clear();
  try {
    const actionId = await scenario.start(world, victim, context);
    await scenario.finish?.(world, victim, context);
    await victim.settle();
    assert.deepEqual(left.unlocked, [], 'inputs unlocked after their cosign request had left');
    await checkInvariants(world, victim, scenario);
    const line = actionId === undefined ? undefined : await victim.wallet.movement(actionId);
    await scenario.check(world, { context, before, after: await books(victim), victim, line });
  } finally {
    await victim.close();
    await world.leave();
  }
  return run;
}

/** One life of the wallet, up to `killAt` or to the end of its work. Resolves with the survivor. */
async function live<C>(
  world: World,
  scenario: Scenario<C>,
  context: C,
  { run, left, options }: { run: Run; left: LeftInputs; options: RunOptions },
  killAt?: Point,
): Promise<Instance | undefined> {
  const { doubleDrive = false, log, tries = 1 } = options;
  const fence = createFence(killAt);
  const instance = await world.open({
    config: { doubleDrive },
    wrap: (ports) => {
      const told = log ? { ...ports, log: { ...ports.log, info: log } } : ports;
      // Inside of the fence: a request that the fence holds back has not left.
      return fence.wrap(left.wrap(scenario.wrap?.(world, told, context) ?? told));
    },
  });
  const first = run.lives.length === 0;
  const life = (async () => {
    if (!first) await instance.wallet.resume();
    await insist(instance, tries, () => scenario.start(world, instance, context));
    if (!scenario.finish) await instance.settle({ sync: !first });
  })();
  await Promise.race([life.catch((e: unknown) => fence.dead || Promise.reject(e)), fence.died]);
  run.lives.push([...fence.points]);
  if (!fence.dead) return instance;
  await instance.close();
  return undefined;
}

/** A command that fails at the start has left nothing behind, and may be given again. */
async function insist<T>(instance: Instance, tries: number, command: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left--) {
    const before = await instance.wallet.pending();
    try {
      return await command();
    } catch (e) {
      if (left <= 1 || (await instance.wallet.pending()).length > before.length) throw e;
    }
  }
}
