// The text on Skiff's button: how many sites wait for an answer; else a mark when money waits for the unlock, or when coins
// come near their end.
import type { ExtensionApi } from './browser.ts';

export interface Badge {
  /** Questions of sites that wait for the person. */
  sites(count: number): void;
  /** Does something wait that needs the keys? */
  locked(waits: boolean): void;
  /** Do coins come near their end? */
  ending(near: boolean): void;
}

const PLAIN = '#0b5f66';
const WARNING = '#8a5a00';

export function createBadge({ action }: Pick<ExtensionApi, 'action'>): Badge {
  let asked = 0;
  let waits = false;
  let near = false;
  const show = (): void => {
    const text = asked > 0 ? String(asked) : waits || near ? '!' : '';
    void action.setBadgeText({ text }).catch(() => undefined);
    const color = asked === 0 && near ? WARNING : PLAIN;
    void action.setBadgeBackgroundColor({ color }).catch(() => undefined);
  };
  return {
    sites: (count) => {
      asked = count;
      show();
    },
    locked: (now) => {
      waits = now;
      show();
    },
    ending: (now) => {
      near = now;
      show();
    },
  };
}
