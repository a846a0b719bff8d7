// While a view is open the worker stays awake: the view holds a port, and connects again when the worker was ended.
import type { RuntimePort } from '../messaging/runtime.ts';

/** Name of the port, as the background listens for it. */
const VIEW_PORT = 'view';
const PAUSE_MS = 500;

/** Holds the worker until the page goes. */
export function holdWorker(connect: (info: { name: string }) => RuntimePort): void {
  const hold = (): void => {
    const port = connect({ name: VIEW_PORT });
    port.onDisconnect.addListener(() => setTimeout(hold, PAUSE_MS));
  };
  hold();
}
