// The provider object in the page's own world. It knows nothing and decides nothing: it turns calls into messages on a
// private MessagePort and replies into promises. Errors are real Errors of the page's realm, and nothing ever throws
// synchronously.
import { HANDOVER } from '../protocol.ts';
import { maySpeak } from './place.ts';
import { announce } from './announce.ts';
import type { PageCall, PageError, PageReply } from '../protocol.ts';

type Pending = { resolve: (value: unknown) => void; reject: (e: Error) => void };

/** As it is before a page can change it, or what all objects inherit. */
const { hasOwn } = Object;

/**
 * Waits for the bridge's port. Only the first one counts. This listener is there before any script of the page runs, and
 * a capturing one, since those come first: no listener of the page ever sees the port.
 */
function receivePort(window: Window): Promise<MessagePort> {
  return new Promise((resolve) => {
    function handover(event: MessageEvent): void {
      const [port] = event.ports;
      if (event.source !== window || event.data !== HANDOVER || !port) return;
      event.stopImmediatePropagation();
      window.removeEventListener('message', handover, true);
      resolve(port);
    }
    window.addEventListener('message', handover, true);
  });
}

const asError = ({ name, code, message }: PageError): Error =>
  Object.assign(new Error(message), { name, code });

/** Builds the object that sites call `webln`, speaking over `port`. */
export function createProviderObject(port: Promise<MessagePort>) {
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<() => void>>();
  let last = 0;

  const ready = port.then((p) => {
    p.onmessage = ({ data }: MessageEvent<PageReply>) => {
      if (hasOwn(data, 'event')) {
        const { event } = data as { event: string };
        for (const listener of listeners.get(event) ?? []) queueMicrotask(listener);
        return;
      }
      const reply = data as Exclude<PageReply, { event: string }>;
      const call = pending.get(reply.id);
      pending.delete(reply.id);
      if (hasOwn(reply, 'error')) call?.reject(asError((reply as { error: PageError }).error));
      else call?.resolve((reply as { result: unknown }).result ?? undefined);
    };
    return p;
  });

  const call = async (method: string, params?: unknown): Promise<unknown> => {
    const p = await ready;
    const id = ++last;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      try {
        p.postMessage({ id, method, params } satisfies PageCall);
      } catch {
        pending.delete(id);
        const message = 'The argument cannot be passed on.';
        reject(asError({ name: 'InvalidDataError', code: 'INVALID_ARGUMENT', message }));
      }
    });
  };

  return Object.freeze({
    enable: () => call('enable') as Promise<void>,
    isEnabled: () => call('isEnabled') as Promise<boolean>,
    getInfo: () => call('getInfo'),
    sendPayment: (paymentRequest: string) => call('sendPayment', paymentRequest),
    sendPaymentAsync: (paymentRequest: string) => call('sendPaymentAsync', paymentRequest),
    lnurl: (text: string) => call('lnurl', text),
    lookupInvoice: (args: unknown) => call('lookupInvoice', args),
    request: (method: string, args?: unknown) => call('request', { method, args }),
    getBalance: () => call('getBalance'),
    makeInvoice: (args?: unknown) => call('makeInvoice', args),
    signMessage: (message: string) => call('signMessage', message),
    verifyMessage: (signature: string, message: string) => call('verifyMessage', { signature, message }),
    on(event: string, listener: () => void): void {
      if (typeof listener !== 'function') return;
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off(event: string, listener: () => void): void {
      listeners.get(event)?.delete(listener);
    },
  });
}

/**
 * Announces the provider, and puts it on the window as `webln`, unless another wallet was first; says that on the
 * document (bubbling, so that listeners on the window hear it, too). Where no page may ask, nothing is there.
 */
export function install(window: Window & { webln?: unknown }): void {
  if (!maySpeak(window)) return;
  const provider = createProviderObject(receivePort(window));
  announce(window, provider, crypto.randomUUID());
  if (window.webln) return;
  try {
    Object.defineProperty(window, 'webln', {
      value: provider,
      writable: true,
      configurable: true,
      enumerable: true,
    });
  } catch {
    return; // Another wallet has nailed the name down.
  }
  window.document.dispatchEvent(new Event('webln:ready', { bubbles: true }));
}
