// One timer for the wallet's wishes to be woken: the earliest counts, and after it has rung the wallet asks anew.

export interface Alarm {
  set(atMs: number): void;
  stop(): void;
}

/** Longest time a timer of node can run. */
const MAX_MS = 2 ** 31 - 1;

/** @param ring called when the earliest wish has come */
export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let due = Infinity;
  const stop = () => {
    clearTimeout(timer);
    due = Infinity;
  };
  return {
    set: (atMs) => {
      if (atMs >= due) return;
      stop();
      due = atMs;
      timer = setTimeout(
        () => {
          due = Infinity;
          ring();
        },
        Math.min(MAX_MS, Math.max(0, atMs - Date.now())),
      );
    },
    stop,
  };
}
