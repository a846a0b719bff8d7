// Words that were copied leave the clipboard after a minute, whatever became of the window they were copied in: an alarm
// outlives popup and worker. In Chromium the worker opens an unseen page for it, in Firefox the event page is one.
import { emptyClipboard } from '../ui/empty-clipboard.ts';
import type { ExtensionApi } from './browser.ts';
import type { Timers } from './timers.ts';

const KEPT_MS = 60_000;

/** The words were copied just now. */
export const emptySoon = (timers: Timers): void => timers.at('clipboard', Date.now() + KEPT_MS);

/** Now. Whatever else was copied meanwhile goes, too: reading it first would take a permission to read. */
export async function emptyNow({ offscreen }: Pick<ExtensionApi, 'offscreen'>): Promise<void> {
  if (!offscreen) return emptyClipboard(document);
  await offscreen.createDocument({
    url: 'clipboard.html',
    reasons: ['CLIPBOARD'],
    justification: 'Removes recovery words from the clipboard a minute after they were copied.',
  });
  await offscreen.closeDocument();
}
