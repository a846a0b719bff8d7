// The text on Skiff's button: how many sites wait for an answer; else a mark when money waits for the unlock.
import type { ExtensionApi } from './browser.ts';

export interface Badge {
  /** Questions of sites that wait for the person. */
  sites(count: number): void;
  /** Does something wait that needs the keys? */
  locked(waits: boolean): void;
}

export function createBadge({ action }: Pick<ExtensionApi, 'action'>): Badge {
  let asked = 0;
  let waits = false;
  const show = (): void =>
    void action.setBadgeText({ text: asked > 0 ? String(asked) : waits ? '!' : '' }).catch(() => undefined);
  return {
    sites: (count) => {
      asked = count;
      show();
    },
    locked: (now) => {
      waits = now;
      show();
    },
  };
}
