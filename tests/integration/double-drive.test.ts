// Every step of every action runs twice from the same state, in every scenario: both runs give the same rows, but for
// signatures, nonces and times (src/wallet/actions/double-drive.ts compares them and fails the run). The steps of a round that
// is attended use up nonces in memory: what their second run does is in attended-rounds.test.ts.
import { afterAll, describe, expect, test } from 'vitest';
import { setStage } from './crash/run.ts';
import { allScenarios } from './crash/scenarios/index.ts';

/** Coins that somebody else's action brings. */
const RECEIVING = new Set(['transfer that arrives', 'coins by the mailbox']);
/** Steps by kind and name of the state. */
const steps = new Map<string, number>();

afterAll(() => {
  const runs = [...steps.values()].reduce((sum, n) => sum + n, 0);
  console.log(`driven twice: ${runs} steps of ${steps.size} kinds: ${[...steps.keys()].sort().join(', ')}`);
});

describe('driven twice', () => {
  for (const scenario of allScenarios.filter(({ once }) => !once)) {
    test(scenario.name, { timeout: 600_000 }, async () => {
      const stage = await setStage(scenario);
      let mine = 0;
      try {
        await stage.run({
          doubleDrive: true,
          log: (text, facts = {}) => {
            if (text !== 'step') return;
            const { id, from } = facts as { id: string; from: string };
            const name = `${id.split('.')[0]} ${from}`;
            steps.set(name, (steps.get(name) ?? 0) + 1);
            mine++;
          },
        });
        expect(stage.devnet.ark.nonces.repeats).toEqual([]);
        if (!RECEIVING.has(scenario.name)) expect(mine).toBeGreaterThan(0);
      } finally {
        await stage.close();
      }
    });
  }
});
