// The wallet is killed before and after every effect of every flow (commit, RPC, chain read), the tip moves on while it
// is dead, and it must come to the right end all the same. The points are recorded from a run. CRASH_FULL=1 visits every
// point with every number of blocks; by default the four numbers take turns.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../../devnet/index.ts';
import { arkoorSend, board, lightningFailed, lightningPaid } from './scenarios.ts';
import { crashRun, openWorld, type Scenario, type World } from './world.ts';

const BLOCKS = [0, 1, 2, 300] as const;
const full = process.env['CRASH_FULL'] === '1';

let devnet: Devnet;
let world: World;
let visited = 0;
let reached = 0;

beforeAll(async () => {
  devnet = await startDevnet();
  world = await openWorld(devnet);
});
afterAll(async () => {
  console.log(
    `crash points: ${visited} runs, ${reached} deaths, ${world.devnet.ark.nonces.count} nonces, none twice`,
  );
  await world.close();
  await devnet.stop();
});

const scenarios: Scenario<never>[] = [board, arkoorSend, lightningPaid, lightningFailed] as never[];

describe('killed at every effect', () => {
  for (const scenario of scenarios) {
    test(scenario.name, { timeout: 1_800_000 }, async () => {
      const { points } = await crashRun(world, scenario, Infinity, 0);
      expect(points.length).toBeGreaterThan(10);
      let deaths = 0;
      for (let point = 0; point < points.length; point++) {
        for (const blocks of full ? BLOCKS : [BLOCKS[point % BLOCKS.length]!]) {
          const where = `${scenario.name}, killed ${points[point]} (point ${point}), ${blocks} blocks later`;
          const fence = await crashRun(world, scenario, point, blocks).catch((cause: unknown) => {
            throw new Error(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
          });
          visited++;
          if (fence.dead) deaths++;
        }
      }
      reached += deaths;
      console.log(`${scenario.name}: ${points.length} points recorded, ${deaths} deaths`);
    });
  }
});
