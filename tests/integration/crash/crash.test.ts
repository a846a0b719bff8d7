// The wallet is killed before and after every effect of every flow (commit, RPC, chain read), the tip moves on while it
// is dead, and it must come to the right end all the same. The points are recorded from a run. CRASH_FULL=1 visits every
// point with every number of blocks; by default the four numbers take turns.
import { afterAll, describe, expect, test } from 'vitest';
import { startDevnet } from '../../../devnet/index.ts';
import { arkoorSend, board, lightningFailed, lightningPaid, lightningReceive } from './scenarios.ts';
import { crashRun, openWorld, type Scenario, type World } from './world.ts';

const BLOCKS = [0, 1, 2, 300] as const;
const full = process.env['CRASH_FULL'] === '1';

let visited = 0;
let deaths = 0;
let nonces = 0;

afterAll(() => {
  console.log(`crash points: ${visited} runs, ${deaths} deaths, ${nonces} public nonces, none twice`);
});

/** A world of its own for each scenario: hundreds of runs leave a long chain behind. */
async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  const devnet = await startDevnet();
  const world = await openWorld(devnet);
  try {
    await body(world);
    nonces += devnet.ark.nonces.count;
  } finally {
    await world.close();
    await devnet.stop();
  }
}

const scenarios: Scenario<never>[] = [
  board,
  arkoorSend,
  lightningPaid,
  lightningFailed,
  lightningReceive,
] as never[];

describe('killed at every effect', () => {
  for (const scenario of scenarios) {
    test(scenario.name, { timeout: 1_800_000 }, () =>
      inWorld(async (world) => {
        const { points } = await crashRun(world, scenario, Infinity, 0);
        expect(points.length).toBeGreaterThan(10);
        let died = 0;
        for (let point = 0; point < points.length; point++) {
          for (const blocks of full ? BLOCKS : [BLOCKS[point % BLOCKS.length]!]) {
            const where = `${scenario.name}, killed ${points[point]} (point ${point}), ${blocks} blocks later`;
            const fence = await crashRun(world, scenario, point, blocks).catch((cause: unknown) => {
              throw new Error(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, {
                cause,
              });
            });
            visited++;
            if (fence.dead) died++;
          }
        }
        deaths += died;
        console.log(`${scenario.name}: ${points.length} points recorded, ${died} deaths`);
      }),
    );
  }
});
