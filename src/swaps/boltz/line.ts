// One connection to the updates of a Boltz service: subscribes to each swap once, asks for signs of life, and is over when
// none come.
import type { OpenSocket } from '../../http/socket.ts';
import { PING, readUpdates, subscription, updatesUrl, type Update } from './updates.ts';

/** Pause between two signs of life that are asked for; a connection without any for this long is dead. */
const PING_MS = 60_000;
const SILENCE_MS = 2.5 * PING_MS;

export interface LineEvents {
  /** ms. */
  now(): number;
  told(updates: readonly Update[]): void;
  /** It is open now, or over. */
  changed(): void;
}

export interface Line {
  /** To be called now and then, with the names of all swaps that are followed. */
  tend(names: readonly string[]): 'well' | 'over';
  close(): void;
}

/** @param service its address, up to `/v2` @throws SkiffError HTTP_REFUSED */
export function openLine(open: OpenSocket, service: string, { now, told, changed }: LineEvents): Line {
  const followed = new Set<string>();
  let state: 'opening' | 'open' | 'over' = 'opening';
  let heardAt = now();
  let askedAt = now();
  const become = (next: typeof state): void => {
    state = next;
    changed();
  };
  const socket = open(updatesUrl(service), {
    opened: () => become('open'),
    closed: () => become('over'),
    heard(text) {
      heardAt = now();
      const updates = readUpdates(text);
      if (updates.length > 0) told(updates);
    },
  });
  return {
    tend(names) {
      if (now() - heardAt > SILENCE_MS) return 'over';
      if (state !== 'open') return state === 'over' ? 'over' : 'well';
      const fresh = names.filter((name) => !followed.has(name));
      fresh.forEach((name) => followed.add(name));
      if (fresh.length > 0) socket.send(subscription(fresh));
      if (now() - askedAt >= PING_MS) {
        askedAt = now();
        socket.send(PING);
      }
      return 'well';
    },
    close: () => socket.close(),
  };
}
