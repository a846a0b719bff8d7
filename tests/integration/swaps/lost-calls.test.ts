// Every call of a swap service in turn loses its answer, or never arrives: once, and again when it is repeated. The calls
// are recorded from a run. By default two of the four for each call; CRASH_FULL=1 takes all.
import { expect, test } from 'vitest';
import { setStage } from '../crash/run.ts';
import { swapScenarios } from '../crash/scenarios/swap.ts';

process.env['SKIFF_EXIT_DUMP'] = 'no';
process.env['SKIFF_BLOCK_DUMP'] = '';

const LOSSES = [
  { what: 'answer', times: 1 },
  { what: 'request', times: 2 },
  { what: 'answer', times: 2 },
  { what: 'request', times: 1 },
] as const;
const losses = process.env['CRASH_FULL'] === '1' ? LOSSES : LOSSES.slice(0, 2);

/** `METHOD /path` without what differs from run to run. */
const nameOf = (call: string): string => call.replace(/\?.*/, '').replace(/[0-9a-f]{12,}.*/, '');

test.each(swapScenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
  const stage = await setStage(scenario);
  const { swaps } = stage.devnet;
  try {
    const calls = new Set<string>();
    const end = swaps.onCall((call) => calls.add(nameOf(call)));
    await stage.run();
    end();
    // Prices, the order, and with Boltz the share of the claim.
    expect(calls.size).toBe(scenario.name.endsWith('boltz') ? 3 : 2);
    for (const call of calls) {
      for (const { what, times } of losses) {
        const arm = () => {
          for (let i = 0; i < times; i++) swaps.dropNext(call, what);
        };
        await stage.run({ arm, tries: 1 + times }).catch((cause: unknown) => {
          throw new Error(`${scenario.name}, ${call}, ${what} lost ${times} times: ${String(cause)}`, {
            cause,
          });
        });
        swaps.dropNone();
      }
    }
    console.log(
      `${scenario.name}: ${calls.size * losses.length} runs, ${calls.size} calls: ${[...calls].join(', ')}`,
    );
  } finally {
    await stage.close();
  }
});
