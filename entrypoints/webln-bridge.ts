// The bridge, in the extension's isolated world of each page (declared in wxt.config.ts): page port on one side,
// background on the other, and the page's lightning: links. The page's port is handed over once, before any script of
// the page can listen. Not a WXT content script, because those announce themselves to the page.
import { browser } from 'wxt/browser';
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import type { RuntimePort } from '../src/messaging/runtime.ts';
import { createBridge, servePage } from '../src/provider/page/bridge.ts';
import { catchLinks } from '../src/provider/page/links.ts';
import { maySpeak } from '../src/provider/page/place.ts';
import { HANDOVER, PORT_NAME, UNLOCKED } from '../src/provider/protocol.ts';

export default defineUnlistedScript(() => {
  if (!maySpeak(window)) return;
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
  servePage(channel.port1, bridge, Date.now);
  window.postMessage(HANDOVER, window.origin, [channel.port2]);
  catchLinks(window, (href) =>
    bridge.call('link', href, (reply) => {
      // Without a wallet the link goes where it would have gone.
      if ('error' in reply && reply.error.code === 'NO_WALLET') window.location.href = href;
    }),
  );
  browser.runtime.onMessage.addListener((message: unknown) => {
    if (message === UNLOCKED) bridge.unlocked();
  });
});
