// How long to wait before the same thing is tried again.

/** Pause before retry number `n` (1, 2, …): n² seconds, at most five minutes. */
export const retryDelay = (n: number): number => Math.min(n * n, 300) * 1000;

/**
 * Pause before the next look at a payment that is under way: half of the time it has taken so far, between 50 ms and
 * 2 s in the first minute, later up to 30 s (the mailbox tells the end anyway).
 */
export function pollDelay(elapsed: number): number {
  const most = elapsed < 60_000 ? 2_000 : 30_000;
  return Math.max(50, Math.min(Math.floor(elapsed / 2), most));
}
