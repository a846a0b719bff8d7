// What a page can do to get at the port that its `webln` speaks through: be there when something is sent over it.
import type { JSHandle, Page } from 'playwright-core';

/** The port of the page's own bridge, in the page. */
export const grabPort = (page: Page): Promise<JSHandle<MessagePort>> =>
  page.evaluateHandle(async () => {
    const { webln } = window as unknown as { webln: { isEnabled(): Promise<boolean> } };
    const send = MessagePort.prototype.postMessage;
    const port = await new Promise<MessagePort>((resolve) => {
      MessagePort.prototype.postMessage = function (this: MessagePort, ...args: unknown[]) {
        resolve(this);
        return Reflect.apply(send, this, args) as void;
      } as typeof send;
      void webln.isEnabled();
    });
    MessagePort.prototype.postMessage = send;
    return port;
  });
