// Which site the person is dealing with. Browsers count a click as a gesture for five seconds; who reads a question or
// types a password first takes longer, and the site's next question must not hide in the badge because of it.
import type { SiteRef } from '../store/rows.ts';
import { siteId } from '../store/sites.ts';

const SPAN_MS = 15_000;

export interface Attention {
  /** The person has just connected this site, or unlocked the wallet for it. */
  give(site: SiteRef, now: number): void;
  /** May a question of this site open the window without a gesture? Good for one question. */
  take(site: SiteRef, now: number): boolean;
}

/** Keeps its memory in the worker only, which lives while a view is open. */
export function createAttention(): Attention {
  const given = new Map<string, number>();
  return {
    give: (site, now) => void given.set(siteId(site), now),
    take(site, now) {
      const at = given.get(siteId(site));
      given.delete(siteId(site));
      return at !== undefined && now - at <= SPAN_MS;
    },
  };
}
