// Guards the person against a page that asks again and again: three refusals in a row, each within 30 s of the one
// before, silence that top origin for 60 s; and a site may have only a few questions waiting.
import * as v from 'valibot';

const QUICK = 30_000;
const SILENCE = 60_000;
const STRIKES = 3;
export const MAX_WAITING = 5;

/** Where the guard remembers: a worker sleeps after half a minute, and a page must not gain by that. */
export interface RefusalMemory {
  /** What was set last, unchecked. */
  get(): Promise<unknown>;
  set(value: object): Promise<void>;
}

export interface SpamGuard {
  refused(topOrigin: string, now: number): Promise<void>;
  approved(topOrigin: string): Promise<void>;
  silenced(topOrigin: string, now: number): Promise<boolean>;
}

/** By top origin. `at`: ms, of the last refusal. */
const Strikes = v.record(v.string(), v.object({ count: v.number(), at: v.number() }));
type Strike = v.InferOutput<typeof Strikes>[string];

export function createSpamGuard(memory: RefusalMemory): SpamGuard {
  let loaded: Promise<Map<string, Strike>> | undefined;
  const load = (): Promise<Map<string, Strike>> =>
    (loaded ??= memory.get().then((found) => {
      const parsed = v.safeParse(Strikes, found);
      return new Map(parsed.success ? Object.entries(parsed.output) : []);
    }));
  const keep = (strikes: Map<string, Strike>): Promise<void> => memory.set(Object.fromEntries(strikes));

  return {
    async refused(topOrigin, now) {
      const strikes = await load();
      for (const [origin, { at }] of strikes) if (now - at >= SILENCE) strikes.delete(origin);
      const last = strikes.get(topOrigin);
      const count = last && now - last.at <= QUICK ? last.count + 1 : 1;
      strikes.set(topOrigin, { count, at: now });
      await keep(strikes);
    },

    async approved(topOrigin) {
      const strikes = await load();
      if (strikes.delete(topOrigin)) await keep(strikes);
    },

    async silenced(topOrigin, now) {
      const last = (await load()).get(topOrigin);
      return last !== undefined && last.count >= STRIKES && now - last.at < SILENCE;
    },
  };
}
