import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExtensionApi } from '../../../src/background/browser.ts';
import { createKeepAlive, movesSoon } from '../../../src/background/keep-alive.ts';
import { createPromptWindow } from '../../../src/background/prompt-window.ts';
import { createTimers } from '../../../src/background/timers.ts';
import type { ActionRow } from '../../../src/store/rows.ts';

/** A browser that remembers what was asked of it. */
function fakeBrowser() {
  const session = new Map<string, unknown>();
  const alarms = new Map<string, unknown>();
  const opened: number[] = [];
  const focused: number[] = [];
  let removed: (id: number) => void = () => {};
  let rings: (alarm: { name: string }) => void = () => {};
  let lost = false;
  let pings = 0;
  const api = {
    runtime: {
      getURL: (path: string) => `chrome-extension://abc/${path}`,
      getPlatformInfo: async () => void pings++,
    },
    storage: {
      session: {
        get: async (key: string) => ({ [key]: session.get(key) }),
        set: async (items: object) => Object.entries(items).forEach(([k, v]) => session.set(k, v)),
        remove: async (key: string) => void session.delete(key),
      },
    },
    windows: {
      create: async () => {
        opened.push(opened.length + 1);
        return { id: opened.length };
      },
      update: async (id: number) => {
        if (lost) throw new Error('No window with id');
        focused.push(id);
      },
      onRemoved: { addListener: (f: typeof removed) => void (removed = f) },
    },
    alarms: {
      create: (name: string, when: unknown) => void alarms.set(name, when),
      clear: async (name: string) => alarms.delete(name),
      get: async (name: string) => alarms.get(name),
      onAlarm: { addListener: (f: typeof rings) => void (rings = f) },
    },
  } as unknown as ExtensionApi;
  return {
    api,
    alarms,
    opened,
    focused,
    close: (id: number) => removed(id),
    ring: (name: string) => rings({ name }),
    lose: () => void (lost = true),
    pings: () => pings,
  };
}

describe('the prompt window', () => {
  it('is one: requests at the same time share it, later ones bring it to the front', async () => {
    const b = fakeBrowser();
    const prompt = createPromptWindow(b.api, () => {});
    await Promise.all([prompt.show(), prompt.show()]);
    await prompt.show();
    expect(b.opened).toEqual([1]);
    expect(b.focused).toEqual([1]);
  });

  it('is known to the next life of the worker, which hears it close', async () => {
    const b = fakeBrowser();
    await createPromptWindow(b.api, () => {}).show();
    let closed = 0;
    createPromptWindow(b.api, () => void closed++);
    b.close(99);
    b.close(1);
    await vi.waitUntil(() => closed === 1);
  });

  it('closing by itself is no refusal', async () => {
    const b = fakeBrowser();
    let closed = 0;
    const prompt = createPromptWindow(b.api, () => void closed++);
    await prompt.show();
    await prompt.forget();
    b.close(1);
    await prompt.show();
    expect(closed).toBe(0);
    expect(b.opened).toEqual([1, 2]);
  });

  it('is opened anew when the browser has lost it', async () => {
    const b = fakeBrowser();
    const prompt = createPromptWindow(b.api, () => {});
    await prompt.show();
    b.lose();
    await prompt.show();
    expect(b.opened).toEqual([1, 2]);
  });
});

describe('with the clock in hand', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void vi.useRealTimers());

  it('a near time rings exactly and has an alarm in case the worker dies', async () => {
    const b = fakeBrowser();
    const heard: string[] = [];
    const timers = createTimers(b.api, (name) => heard.push(name));
    timers.at('wallet', 1_002_000);
    expect(b.alarms.get('wallet')).toEqual({ when: 1_030_000 });
    await vi.advanceTimersByTimeAsync(2000);
    expect(heard).toEqual(['wallet']);
    b.ring('lock');
    expect(heard).toEqual(['wallet', 'lock']);
  });

  it('a later time replaces the one before, and none takes it back', async () => {
    const b = fakeBrowser();
    const heard: string[] = [];
    const timers = createTimers(b.api, (name) => heard.push(name));
    timers.at('wallet', 1_001_000);
    timers.at('wallet', 1_900_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(heard).toEqual([]);
    expect(b.alarms.get('wallet')).toEqual({ when: 1_900_000 });
    timers.at('wallet', undefined);
    expect(b.alarms.size).toBe(0);
  });

  it('the worker stays awake as long as there is a reason, and not longer', async () => {
    const b = fakeBrowser();
    let busy = true;
    const keep = createKeepAlive(b.api, async () => busy);
    keep.check();
    keep.check();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(b.pings()).toBe(4);
    busy = false;
    await vi.advanceTimersByTimeAsync(100_000);
    expect(b.pings()).toBe(4);
    busy = true;
    keep.check();
    await vi.advanceTimersByTimeAsync(0);
    expect(b.pings()).toBe(5);
  });

  it('a reason is an action that moves within a minute, not one that waits for blocks or the unlock', () => {
    const action = (wakeAt?: number): ActionRow => ({ wakeAt }) as ActionRow;
    const now = Date.now();
    expect(movesSoon([action(now + 2000)], now)).toBe(true);
    expect(movesSoon([action(now - 2000)], now)).toBe(true);
    expect(movesSoon([action(now + 600_000), action(undefined)], now)).toBe(false);
    expect(movesSoon([], now)).toBe(false);
  });
});
