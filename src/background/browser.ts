// The parts of the extension API that the background uses, as an interface: entrypoints/background.ts hands in the real
// one. Whoever reads this list knows what Skiff can do to a browser.
import type { Listeners, OnMessage, RuntimePort } from '../messaging/runtime.ts';

interface Storage {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface ExtensionApi {
  runtime: {
    id: string;
    getURL(path: string): string;
    getManifest(): { version: string };
    /** The cheapest call there is: made to stay awake. */
    getPlatformInfo(): Promise<unknown>;
    onMessage: OnMessage;
    onConnect: Listeners<(port: RuntimePort) => void>;
    onInstalled: Listeners<(details: { reason: string }) => void>;
    reload(): void;
  };
  /** Chromium only: a page that nobody sees. */
  offscreen?: {
    createDocument(page: { url: string; reasons: ['CLIPBOARD']; justification: string }): Promise<void>;
    closeDocument(): Promise<void>;
  };
  /** Keyboard shortcuts of the manifest; a telephone has none. */
  commands?: { onCommand: Listeners<(name: string) => void> };
  alarms: {
    create(name: string, when: { when?: number; periodInMinutes?: number }): unknown;
    clear(name: string): Promise<unknown>;
    get(name: string): Promise<{ periodInMinutes?: number } | undefined>;
    onAlarm: Listeners<(alarm: { name: string }) => void>;
  };
  storage: {
    session: Storage;
    /** Absent in browsers whose content scripts cannot be kept out. */
    local: { setAccessLevel?(to: { accessLevel: 'TRUSTED_CONTEXTS' }): Promise<void> };
  };
  i18n: { getMessage(name: string, values?: string[]): string };
  notifications: {
    create(
      id: string,
      notice: { type: 'basic'; iconUrl: string; title: string; message: string },
    ): Promise<unknown>;
    clear(id: string): Promise<unknown>;
    onClicked: Listeners<(id: string) => void>;
  };
  windows: {
    create(options: {
      url: string;
      type: 'popup';
      width: number;
      height: number;
      focused: boolean;
    }): Promise<{ id?: number } | undefined>;
    update(id: number, change: { focused: boolean; drawAttention?: boolean }): Promise<unknown>;
    onRemoved: Listeners<(id: number) => void>;
  };
  tabs: {
    query(all: Record<string, never>): Promise<{ id?: number }[]>;
    sendMessage(tab: number, message: unknown): Promise<unknown>;
    create(options: { url: string }): Promise<unknown>;
  };
  action: {
    setBadgeText(badge: { text: string }): Promise<void>;
    setBadgeBackgroundColor(badge: { color: string }): Promise<void>;
  };
}
