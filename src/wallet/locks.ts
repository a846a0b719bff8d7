// Adaptors of the Locks port. Web Locks exclude every context of the extension; a lock dies with the context that
// holds it, so a crash never leaves one behind. The in-memory ones serve a process that has the store to itself.

import type { Locks } from './ports.ts';

/** Locks of `navigator.locks`, with names of the form `skiff.<scope>.<name>`. */
export function webLocks(manager: LockManager, scope: string): Locks {
  const full = (name: string) => `skiff.${scope}.${name}`;
  return {
    tryHold: (name, body) =>
      manager.request(full(name), { ifAvailable: true }, async (lock) =>
        lock === null ? undefined : { value: await body() },
      ),
    hold: (name, body) => manager.request(full(name), body),
  };
}

/** Locks inside one process. */
export function memoryLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  async function run<T>(name: string, body: () => Promise<T>): Promise<T> {
    const before = tails.get(name);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return body();
    })();
    tails.set(name, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(name) === mine) tails.delete(name);
    }
  }
  return {
    tryHold: async (name, body) => (tails.has(name) ? undefined : { value: await run(name, body) }),
    hold: run,
  };
}
