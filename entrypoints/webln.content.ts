// The bridge, in the extension's isolated world: page port on one side, background on the other, and the page's
// lightning: links. The page's port is handed over once, before any script of the page can listen.
import { browser } from 'wxt/browser';
import { defineContentScript } from 'wxt/utils/define-content-script';
import type { RuntimePort } from '../src/messaging/runtime.ts';
import { createBridge, servePage } from '../src/provider/page/bridge.ts';
import { catchLinks } from '../src/provider/page/links.ts';
import { HANDOVER, PORT_NAME, UNLOCKED } from '../src/provider/protocol.ts';

export default defineContentScript({
  matches: ['https://*/*', 'http://localhost/*', 'http://127.0.0.1/*'],
  runAt: 'document_start',
  allFrames: true,
  main() {
    if (window.origin === 'null') return;
    const channel = new MessageChannel();
    const bridge = createBridge(
      {
        connect: () => browser.runtime.connect({ name: PORT_NAME }) as RuntimePort,
        gesture: () => navigator.userActivation.isActive,
        newId: () => crypto.randomUUID(),
        after: (ms, run) => void setTimeout(run, ms),
      },
      (event) => channel.port1.postMessage({ event }),
    );
    servePage(channel.port1, bridge);
    window.postMessage(HANDOVER, window.origin, [channel.port2]);
    catchLinks(window, (href) => bridge.call('link', href, () => {}));
    browser.runtime.onMessage.addListener((message: unknown) => {
      if (message === UNLOCKED) bridge.unlocked();
    });
  },
});
