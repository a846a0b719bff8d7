// Guards the person against a page that asks again and again: three refusals in a row, each within 30 s of the one
// before, silence that top origin for 60 s; and a site may have only a few questions waiting.

const QUICK = 30_000;
const SILENCE = 60_000;
const STRIKES = 3;
export const MAX_WAITING = 5;

export interface SpamGuard {
  refused(topOrigin: string, now: number): void;
  approved(topOrigin: string): void;
  silenced(topOrigin: string, now: number): boolean;
}

/** Keeps its memory in the worker only: a page cannot make the worker die, and a person's restart is a fair reset. */
export function createSpamGuard(): SpamGuard {
  const strikes = new Map<string, { count: number; at: number }>();
  return {
    refused(topOrigin, now) {
      const last = strikes.get(topOrigin);
      const count = last && now - last.at <= QUICK ? last.count + 1 : 1;
      strikes.set(topOrigin, { count, at: now });
    },
    approved: (topOrigin) => void strikes.delete(topOrigin),
    silenced(topOrigin, now) {
      const last = strikes.get(topOrigin);
      return last !== undefined && last.count >= STRIKES && now - last.at < SILENCE;
    },
  };
}
