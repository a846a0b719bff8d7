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

/** Nothing that a method takes is nested deeper than a list in an object. */
const MAX_DEPTH = 8;
/** Of any number. */
const NUMBER = 24;

/**
 * What is left of `budget` characters after `value`, about as JSON writes it; negative when it is too large, too deep, or
 * nothing that JSON has. Never builds the text, and reads no further than the budget goes.
 */
function weigh(value: unknown, budget: number, depth = 0): number {
  if (value === null || value === undefined || typeof value === 'boolean') return budget - 5;
  if (typeof value === 'number') return budget - NUMBER;
  if (typeof value === 'string') return budget - value.length;
  if (typeof value !== 'object' || depth > MAX_DEPTH) return -1;
  let left = budget - 2;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && left >= 0; i++) left = weigh(value[i], left - 1, depth + 1);
    return left;
  }
  // Told by its kind, not by its prototype: what was cloned may be of another world.
  if (Object.prototype.toString.call(value) !== '[object Object]') return -1;
  for (const key in value) {
    left = weigh((value as Record<string, unknown>)[key], left - key.length - 4, depth + 1);
    if (left < 0) return -1;
  }
  return left;
}

/** What JSON cannot hold, or not within the limit, is not passed on. */
export const fits = (params: unknown): boolean => weigh(params, MAX_PARAMS) >= 0;

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
