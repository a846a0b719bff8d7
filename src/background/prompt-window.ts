// The one prompt window. Its id lies in session storage, so a worker that starts anew still knows it and hears it close.
import type { ExtensionApi } from './browser.ts';

const KEY = 'promptWindow';
const WIDTH = 400;
const HEIGHT = 600;

export interface PromptWindow {
  /** Opens it, or brings the open one to the front. */
  show(): Promise<void>;
  /** It is about to close itself with nothing left to ask: not a refusal. */
  forget(): Promise<void>;
}

/** Must be called synchronously at start-up, so that the closing that woke the worker is heard. */
export function createPromptWindow(api: ExtensionApi, closed: () => void): PromptWindow {
  const { session } = api.storage;
  const current = async (): Promise<number | undefined> => {
    const id = (await session.get(KEY))[KEY];
    return typeof id === 'number' ? id : undefined;
  };
  let opening: Promise<void> | undefined;

  api.windows.onRemoved.addListener((id) => {
    void current().then(async (mine) => {
      if (mine !== id) return;
      await session.remove(KEY);
      closed();
    });
  });

  async function open(): Promise<void> {
    const id = await current();
    if (id !== undefined) {
      try {
        await api.windows.update(id, { focused: true, drawAttention: true });
        return;
      } catch {
        await session.remove(KEY); // The browser has lost it; open another.
      }
    }
    const url = api.runtime.getURL('prompt.html');
    const made = await api.windows.create({
      url,
      type: 'popup',
      width: WIDTH,
      height: HEIGHT,
      focused: true,
    });
    if (made?.id !== undefined) await session.set({ [KEY]: made.id });
  }

  return {
    show: () => (opening ??= open().finally(() => (opening = undefined))),
    forget: () => session.remove(KEY),
  };
}
