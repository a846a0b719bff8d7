// Medians, and ratios against a peer of the same run. Machines are noisy: a ratio holds, a time does not.

/** Median microseconds of one `run`, over `blocks` blocks of `repeat` runs after one warm-up block. */
export function medianMicros(run: () => unknown, repeat = 20, blocks = 9): number {
  const times: number[] = [];
  for (let block = 0; block <= blocks; block++) {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) run();
    if (block > 0) times.push(((performance.now() - start) * 1000) / repeat);
  }
  return median(times);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export interface Row {
  what: string;
  value: number;
  unit: 'µs' | 'ms' | 'KB';
  peers?: { name: string; value: number }[];
  /** Upper bound of design.md §10, in the row's unit. */
  budget?: number;
}

const number = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

/** One line: the figure, each peer with the ratio ours/theirs, the budget and whether it is met. */
export function line(row: Row): string {
  const peers = (row.peers ?? []).map(
    (p) => `${p.name} ${number(p.value)} ${row.unit} (×${number(row.value / p.value)})`,
  );
  const budget =
    row.budget === undefined
      ? []
      : [
          `budget ${row.budget} ${row.unit}: ${row.value <= row.budget ? 'met' : `MISSED by ×${number(row.value / row.budget)}`}`,
        ];
  return [`${row.what.padEnd(52)} ${number(row.value).padStart(8)} ${row.unit}`, ...peers, ...budget].join(
    ' · ',
  );
}
