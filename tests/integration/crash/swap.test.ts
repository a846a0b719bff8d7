// Swaps, through either kind of service: killed at every effect of the wallet, alone and together with the service; and
// every step driven twice from the same state, with the same rows as the end of both.
import { expect, test } from 'vitest';
import { crashMatrix } from './matrix.ts';
import { setStage } from './run.ts';
import { swapScenarios, togetherScenarios } from './scenarios/swap.ts';

crashMatrix('swaps', [...swapScenarios, ...togetherScenarios]);

test.each(swapScenarios.map((scenario) => [scenario.name, scenario] as const))(
  '%s, driven twice',
  async (_, scenario) => {
    const stage = await setStage(scenario);
    try {
      await stage.run({ doubleDrive: true });
      expect(stage.devnet.ark.nonces.repeats).toEqual([]);
    } finally {
      await stage.close();
    }
  },
);
