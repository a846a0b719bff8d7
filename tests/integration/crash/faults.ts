// Every RPC of every scenario in trouble: its answer is lost, it never arrives, it fails with each gRPC status. The
// calls are recorded from a run. Whatever comes of it, the books of all sides agree in the end.
import { afterAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import type { Fault } from '../../../devnet/grpc/faults.ts';
import { setStage, type Stage } from './run.ts';
import type { AnyScenario } from './scenario.ts';

// A thousand lives of the same coins on chains that are taken back: Bitcoin Core's code sees what was sent, not these
// chains; the way out of a coin is shown to it by the other tests.
process.env['SKIFF_EXIT_DUMP'] = 'no';
process.env['SKIFF_BLOCK_DUMP'] = '';

export const full = process.env['CRASH_FULL'] === '1';

export interface Trouble {
  readonly name: string;
  readonly fault: Fault;
  readonly times: number;
}

const lost = (kind: 'drop-response' | 'drop-request', name: string): Trouble[] =>
  [1, 2].map((times) => ({ name: `${name}, ${times === 1 ? 'once' : 'twice'}`, fault: { kind }, times }));

export const LOSSES: readonly Trouble[] = [
  ...lost('drop-response', 'the answer is lost'),
  ...lost('drop-request', 'the request is lost'),
];

const CODES = Object.values(Code).filter((code): code is Code => typeof code === 'number');

/** All sixteen statuses, before the server acts. */
export const STATUSES: readonly Trouble[] = CODES.flatMap((code) =>
  [1, 2].map((times): Trouble => ({
    name: `${Code[code]}, ${times === 1 ? 'once' : 'twice'}`,
    fault: { kind: 'fail', code, message: 'injected' },
    times,
  })),
);

async function methodsOf(stage: Stage): Promise<string[]> {
  const { calls } = stage.devnet.ark.faults;
  const from = calls.length;
  await stage.run();
  return [...new Set(calls.slice(from).map(({ method }) => method))];
}

/**
 * @param troubles given the number of the method, those that it is to meet
 * @param tries how often the person gives a command again that failed and left nothing behind
 */
export function inTrouble(
  title: string,
  scenarios: readonly AnyScenario[],
  troubles: (method: number) => readonly Trouble[],
): void {
  let runs = 0;
  let methods = 0;
  afterAll(() => console.log(`${title}: ${runs} runs, ${methods} calls of ${scenarios.length} scenarios`));
  describe(title, () => {
    for (const scenario of scenarios) {
      test(scenario.name, { timeout: full ? 7_200_000 : 1_800_000 }, async () => {
        const stage = await setStage(scenario);
        try {
          const all = await methodsOf(stage);
          expect(all.length).toBeGreaterThan(1);
          for (const [i, method] of all.entries()) {
            // Of a light scenario every sixth call, others for each trouble; all of them in full.
            if (stage.light && !full && i % 6 !== title.length % 6) continue;
            for (const { name, fault, times } of troubles(i)) {
              const arm = () => stage.devnet.ark.faults.add(method, fault, times);
              await stage.run({ arm, tries: 1 + times }).catch((cause: unknown) => {
                const said = cause instanceof Error ? cause.message : String(cause);
                throw new Error(`${scenario.name}, ${method}: ${name}: ${said}`, { cause });
              });
              runs++;
            }
          }
          methods += all.length;
        } finally {
          await stage.close();
        }
      });
    }
  });
}
