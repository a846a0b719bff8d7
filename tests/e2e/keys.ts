// A person without a mouse: Tab, Enter, Space, arrows and letters. Nothing here clicks or sets a value, and at every stop
// the focus has to be seen, in the window, and further on in the page than the one before.
import type { Page } from 'playwright-core';
import { check } from './bench.ts';

const MOST_STOPS = 80;
const WAIT_MS = 30_000;

interface Stop {
  /** What it is called: its label, or the text on it. Empty: nothing has the focus. */
  name: string;
  kind: string;
  /** What is wrong with it. */
  faults: string[];
}

/** Where the focus is, and whether that is seen. */
const look = (page: Page): Promise<Stop> =>
  page.evaluate(() => {
    const state = window as unknown as { before?: Element };
    const at = document.activeElement;
    if (!at || at === document.body || at === document.documentElement) {
      delete state.before; // Past the end, it begins anew.
      return { name: '', kind: '', faults: [] };
    }
    const text = (e: Element | null | undefined): string =>
      (e?.textContent ?? '').replace(/\s+/g, ' ').trim();
    const name = at.getAttribute('aria-label') ?? (text((at as HTMLInputElement).labels?.[0]) || text(at));
    const faults: string[] = [];
    // A field that is laid over by its label shows the outline there.
    const shown = [at, at.nextElementSibling].some((e) => {
      if (!e) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(e);
      return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    });
    if (!at.matches(':focus-visible') || !shown) faults.push('its focus is not seen');
    const box = at.getBoundingClientRect();
    const label = at.nextElementSibling?.getBoundingClientRect();
    const there = [box, label].some(
      (b) => b && b.bottom > 0 && b.top < innerHeight && b.right > 0 && b.left < innerWidth,
    );
    if (!there) faults.push('it is outside of the window');
    if (
      state.before?.isConnected &&
      !(state.before.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING)
    )
      faults.push('it stands before the stop before');
    state.before = at;
    return { name, kind: at.tagName.toLowerCase(), faults };
  });

const forget = (page: Page): Promise<unknown> =>
  page.evaluate(() => void delete (window as unknown as { before?: Element }).before);

const fits = (name: string, wanted: string | RegExp): boolean =>
  typeof wanted === 'string' ? name === wanted : wanted.test(name);

export interface Keys {
  /** Tab, until the focus is on what is called so. @throws Error that lists the stops when it never comes */
  to(wanted: string | RegExp): Promise<void>;
  /** Tab to it, and Enter. */
  enter(wanted: string | RegExp): Promise<void>;
  /** Tab to it, and the space bar. */
  space(wanted: string | RegExp): Promise<void>;
  /** Tab to the field, and type in place of what is there. */
  type(wanted: string | RegExp, text: string): Promise<void>;
  press(key: string): Promise<void>;
  /** Name of what has the focus. */
  at(): Promise<string>;
  /** The focus is, or soon comes to be, on what is called so. */
  stands(wanted: string | RegExp): Promise<void>;
  /** The screen says this. */
  reads(text: string | RegExp): Promise<void>;
}

export function keysOf(page: Page): Keys {
  /** Around the screen once or more, since it may still be loading. */
  async function to(wanted: string | RegExp): Promise<void> {
    await forget(page);
    const seen: string[] = [];
    for (const end = Date.now() + WAIT_MS; Date.now() < end && seen.length < MOST_STOPS * 4;) {
      await page.keyboard.press('Tab');
      const stop = await look(page);
      const faults = stop.faults.map((fault) => `"${stop.name}" (${stop.kind}): ${fault}`);
      check(faults.length === 0, faults.join('\n'));
      if (stop.name !== '' && fits(stop.name, wanted)) return;
      seen.push(stop.name);
    }
    throw new Error(
      `no way to ${String(wanted)} by Tab; the stops were ${seen.slice(0, MOST_STOPS).join(' | ')}`,
    );
  }
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  return {
    to,
    press,
    at: async () => (await look(page)).name,
    async enter(wanted) {
      await to(wanted);
      await press('Enter');
    },
    async space(wanted) {
      await to(wanted);
      await press('Space');
    },
    async type(wanted, text) {
      await to(wanted);
      await press('Control+A');
      await page.keyboard.type(text);
    },
    async stands(wanted) {
      let name = '';
      for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
        name = await page.evaluate(() => {
          const at = document.activeElement;
          return (at?.getAttribute('aria-label') ?? at?.textContent ?? '').replace(/\s+/g, ' ').trim();
        });
        if (fits(name, wanted)) return;
        await page.waitForTimeout(50);
      }
      throw new Error(`the focus is on "${name}", not on ${String(wanted)}`);
    },
    reads: (text) => page.getByText(text).first().waitFor(),
  };
}
