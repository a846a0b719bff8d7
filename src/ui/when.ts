// Times in words.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `just now`, `5 min ago`, `14:02`, `3 Dec` — the shortest that still tells. */
export function ago(then: number, now: number): string {
  const passed = now - then;
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  const date = new Date(then);
  if (passed < DAY && date.getDate() === new Date(now).getDate())
    return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** Date and time to the second. */
export const exactly = (then: number): string =>
  new Date(then).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The day, as far off as it may be: `3 Dec`, `3 Dec 2027`. */
export const day = (then: number, now = Date.now()): string =>
  new Date(then).toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    ...(new Date(then).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }),
  });

/** A span of time: `4 min`, `3 h`, `2 days`. */
export function lasting(ms: number): string {
  if (ms < HOUR) return `${Math.max(1, Math.ceil(ms / MINUTE))} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} days`;
}
