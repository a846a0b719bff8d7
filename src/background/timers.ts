// Waking up at a time. An alarm survives the worker's death but comes no sooner than 30 s; a timeout is exact but dies
// with the worker. A time that is near gets both.
import type { ExtensionApi } from './browser.ts';

export type TimerName = 'wallet' | 'lock' | 'mail' | 'sync' | 'clipboard';

const ALARM_MIN_MS = 30_000;

export interface Timers {
  /** One time for each name: the latest call counts; undefined takes it back. */
  at(name: TimerName, when: number | undefined): void;
  /** Rings again and again; asked for anew with the same period, it keeps its beat. */
  every(name: TimerName, minutes: number): void;
}

/** Must be called synchronously at start-up, so that the alarm that woke the worker is heard. */
export function createTimers(api: ExtensionApi, ring: (name: TimerName) => void): Timers {
  const timeouts = new Map<TimerName, ReturnType<typeof setTimeout>>();
  api.alarms.onAlarm.addListener(({ name }) => ring(name as TimerName));
  return {
    at(name, when) {
      clearTimeout(timeouts.get(name));
      if (when === undefined) {
        void api.alarms.clear(name);
        return;
      }
      const wait = Math.max(0, when - Date.now());
      if (wait < ALARM_MIN_MS)
        timeouts.set(
          name,
          setTimeout(() => ring(name), wait),
        );
      void api.alarms.create(name, { when: Math.max(when, Date.now() + ALARM_MIN_MS) });
    },
    every(name, minutes) {
      // A worker that starts every minute must not put off an alarm of five each time.
      void api.alarms.get(name).then((there) => {
        if (there?.periodInMinutes !== minutes) void api.alarms.create(name, { periodInMinutes: minutes });
      });
    },
  };
}
