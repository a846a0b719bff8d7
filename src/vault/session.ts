// What survives the death of the worker, but not the end of the browser: the data key and the time it is good for.
// In the extension this is `storage.session` (memory, trusted contexts only).
import * as v from 'valibot';

export interface SessionValue {
  /** 32 bytes, hex. */
  key: string;
  /** ms since 1970; absent: until the browser closes. */
  deadline?: number;
  /** When the deadline was set: a clock that shows an earlier time was put back. */
  at?: number;
}

/** What the system's own corrections of its clock may amount to. */
const CLOCK_SLACK_MS = 60_000;

/** Is the time over? Putting the clock back does not make it longer. */
export const isOver = ({ deadline, at }: Omit<SessionValue, 'key'>, now: number): boolean =>
  deadline !== undefined && (now >= deadline || (at !== undefined && now < at - CLOCK_SLACK_MS));

export interface Session {
  get(): Promise<unknown>;
  set(value: SessionValue): Promise<void>;
  clear(): Promise<void>;
}

const SessionSchema = v.object({
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  deadline: v.optional(v.number()),
  at: v.optional(v.number()),
});

/** A session value of the right form, or undefined. */
export function parseSession(found: unknown): SessionValue | undefined {
  const result = v.safeParse(SessionSchema, found);
  return result.success ? result.output : undefined;
}

interface StorageArea {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(key: string): Promise<void>;
}

const NAME = 'vault';

/** The session in an extension storage area (`browser.storage.session`). */
export const sessionInStorage = (area: StorageArea): Session => ({
  get: async () => (await area.get(NAME))[NAME],
  set: (value) => area.set({ [NAME]: value }),
  clear: () => area.remove(NAME),
});
