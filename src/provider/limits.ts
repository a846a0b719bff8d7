// How much a page may say. The bridge counts for its frame, so that a flood ends there; the background counts again, for
// the frame and for all frames and tabs of a site together, because it cannot see what the bridge did.

/** Characters of a call's parameters as JSON: an offer with its comment fits ten times over. */
const MAX_PARAMS = 64 * 1024;
const MINUTE = 60_000;

/** Calls that may be open at once, and calls in a minute. */
interface Limits {
  open: number;
  calls: number;
}

/** One frame; a shop that polls twice a second stays far below. */
export const FRAME_LIMITS: Limits = { open: 50, calls: 300 };
/** All frames in all tabs under one top origin. */
export const SITE_LIMITS: Limits = { open: 200, calls: 1500 };

/** What JSON cannot hold, or not within the limit, is not passed on. */
export function fits(params: unknown): boolean {
  if (typeof params === 'string') return params.length <= MAX_PARAMS;
  try {
    return (JSON.stringify(params) ?? '').length <= MAX_PARAMS;
  } catch {
    return false;
  }
}

export interface Meter {
  /** Counts one call. False: too many, and there is nothing to {@link done}. */
  admit(now: number): boolean;
  /** A call that was admitted has its answer. */
  done(): void;
  /** Nothing open, and the minute is over: as good as new. */
  idle(now: number): boolean;
}

export function createMeter({ open: maxOpen, calls: maxCalls }: Limits): Meter {
  let open = 0;
  let calls = 0;
  let since = -Infinity;
  return {
    admit(now) {
      if (now - since >= MINUTE) [since, calls] = [now, 0];
      calls++;
      if (open >= maxOpen || calls > maxCalls) return false;
      open++;
      return true;
    },
    done: () => void open--,
    idle: (now) => open === 0 && now - since >= MINUTE,
  };
}
