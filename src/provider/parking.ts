// Calls of known sites that met a locked wallet. They are neither refused (the site would forget us) nor allowed to
// open a window by themselves: they wait here, in memory; when the worker dies the bridge asks again after the unlock.
import { SkiffError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

export interface Parking {
  /** Resolves at the next unlock. `gesture`: a person acted, so closing the unlock window refuses it. */
  wait(gesture: boolean): Promise<void>;
  unlocked(): void;
  promptClosed(): void;
  readonly count: number;
}

export function createParking(changed: () => void): Parking {
  const parked = new Set<{ gesture: boolean; resolve: () => void; reject: (e: SkiffError) => void }>();
  const closed = (): SkiffError => {
    const code: ErrorCode = 'PROMPT_CLOSED';
    return new SkiffError({ code, say: 'The window was closed without unlocking the wallet.' });
  };
  return {
    wait: (gesture) =>
      new Promise((resolve, reject) => {
        parked.add({ gesture, resolve, reject });
        changed();
      }),
    unlocked() {
      for (const one of parked) one.resolve();
      parked.clear();
      changed();
    },
    promptClosed() {
      for (const one of parked) {
        if (!one.gesture) continue;
        one.reject(closed());
        parked.delete(one);
      }
      changed();
    },
    get count() {
      return parked.size;
    },
  };
}
