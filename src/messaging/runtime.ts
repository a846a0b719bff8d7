// The few pieces of the browser's messaging API that Skiff uses, as interfaces: entrypoints hand in the real ones,
// tests hand in fakes, and nothing under src/ depends on a global.

export interface Sender {
  /** Extension id of the sender, absent for a web page. */
  id?: string;
  origin?: string;
  url?: string;
  frameId?: number;
  tab?: { id?: number; url?: string };
}

export interface Listeners<F extends (...args: never[]) => unknown> {
  addListener(listener: F): void;
}

export interface RuntimePort {
  name: string;
  sender?: Sender;
  postMessage(message: unknown): void;
  disconnect(): void;
  onMessage: Listeners<(message: unknown) => void>;
  onDisconnect: Listeners<() => void>;
}

export type OnMessage = Listeners<
  (message: unknown, sender: Sender, respond: (reply: unknown) => void) => boolean | undefined
>;
