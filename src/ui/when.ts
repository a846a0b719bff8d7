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
