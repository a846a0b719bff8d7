// Counts of what was checked in one file, by kind, and what failed.
export class Tally {
  readonly counts = new Map<string, number>();
  readonly failures: string[] = [];

  check(kind: string, ok: boolean, label: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (!ok) this.failures.push(`${kind}: ${label}`);
  }

  /** `work` must not throw. */
  attempt(kind: string, label: string, work: () => unknown): void {
    try {
      const verdict = work();
      this.check(kind, verdict !== false, label);
    } catch (e) {
      this.check(
        kind,
        false,
        `${label}: ${e instanceof Error ? e.message : String(e)} ${JSON.stringify((e as { details?: unknown }).details ?? {})}`,
      );
    }
  }

  get total(): number {
    return [...this.counts.values()].reduce((a, b) => a + b, 0);
  }
}
