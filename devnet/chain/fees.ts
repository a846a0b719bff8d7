// Fee estimates as Esplora gives them. A regtest chain has no market, so they are a table that tests may change.

/** sat/vB by confirmation target in blocks. */
export type FeeEstimates = Record<string, number>;

/** Minimum that the mempool takes, sat/vB. */
export const MIN_FEE_RATE = 1n;

/** All targets that Esplora lists. */
export function standardEstimates(): FeeEstimates {
  const rate = (target: number) => (target <= 2 ? 3 : target <= 5 ? 2 : 1);
  const targets = [...Array.from({ length: 25 }, (_, i) => i + 1), 144, 504, 1008];
  return Object.fromEntries(targets.map((target) => [String(target), rate(target)]));
}
