// The crash matrix of a scenario: killed at every effect (commit, RPC, chain read, fetch), before and after it, and once
// more while it recovers. The points are recorded from a run. By default the numbers of blocks that pass meanwhile take
// turns and every third recovery is killed, too; CRASH_FULL=1 takes every point with every number of blocks.
import { afterAll, describe, expect, test } from 'vitest';
import type { Point } from '../support/fence.ts';
import { setStage, type Death, type Stage } from './run.ts';
import type { AnyScenario } from './scenario.ts';

// A thousand lives of the same coins on chains that are taken back: Bitcoin Core's code sees what was sent, not these
// chains; the way out of a coin is shown to it by the other tests.
process.env['SKIFF_EXIT_DUMP'] = 'no';
process.env['SKIFF_BLOCK_DUMP'] = '';

const BLOCKS = [0, 1, 2, 300] as const;
const full = process.env['CRASH_FULL'] === '1';
/** Points that are visited of a light scenario by default, spread over all of it. */
const FEW = 6;

export interface Visits {
  points: number;
  runs: number;
  deaths: number;
  nonces: number;
}

const told = (deaths: readonly Death[]) =>
  deaths.map(({ at: { name, nth }, blocks }) => `${name} #${nth}, then ${blocks} blocks`).join('; ');

async function kill(stage: Stage, deaths: Death[], visits: Visits): Promise<Point[]> {
  const where = `${stage.scenario}, killed ${told(deaths)}`;
  const run = await stage.run({ deaths }).catch((cause: unknown) => {
    throw new Error(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  expect(run.deaths, `${where}: came to its deaths`).toBe(deaths.length);
  visits.runs++;
  visits.deaths += run.deaths;
  return run.lives.at(-1)!;
}

async function visitAll(stage: Stage): Promise<Visits> {
  const [points] = (await stage.run()).lives;
  const visits: Visits = { points: points!.length, runs: 0, deaths: 0, nonces: 0 };
  const step = stage.light && !full ? Math.ceil(points!.length / FEW) : 1;
  for (const [i, at] of points!.filter((_, n) => n % step === 0).entries()) {
    for (const blocks of full ? BLOCKS : [BLOCKS[i % BLOCKS.length]!]) {
      const recovery = await kill(stage, [{ at, blocks }], visits);
      // In full, each point has its recovery killed once: the numbers of blocks take turns.
      const turn = full ? BLOCKS[i % BLOCKS.length] === blocks : i % 3 === 0;
      if (!turn || recovery.length === 0) continue;
      // Another place in each recovery; 7 and 5 have no common divisor with most lengths.
      const again = recovery[(7 * i + 5 * blocks) % recovery.length]!;
      const later = BLOCKS[(i + 1) % BLOCKS.length]!;
      await kill(
        stage,
        [
          { at, blocks },
          { at: again, blocks: later },
        ],
        visits,
      );
    }
  }
  visits.nonces = stage.devnet.ark.nonces.count;
  return visits;
}

export function crashMatrix(title: string, scenarios: readonly AnyScenario[]): void {
  const sum: Visits = { points: 0, runs: 0, deaths: 0, nonces: 0 };
  afterAll(() => {
    console.log(
      `crash points: ${sum.points} recorded, ${sum.runs} runs, ${sum.deaths} deaths, ${sum.nonces} public nonces, none twice (${title})`,
    );
  });
  describe(`killed at every effect: ${title}`, () => {
    for (const scenario of scenarios) {
      test(scenario.name, { timeout: full ? 7_200_000 : 1_800_000 }, async () => {
        const stage = await setStage(scenario);
        try {
          const visits = await visitAll(stage);
          expect(visits.points).toBeGreaterThan(10);
          for (const key of Object.keys(sum) as (keyof Visits)[]) sum[key] += visits[key];
          console.log(
            `${scenario.name}: ${visits.points} points, ${visits.runs} runs, ${visits.deaths} deaths`,
          );
        } finally {
          await stage.close();
        }
      });
    }
  });
}
