// The public ear: ports of bridges in web pages. One port serves one frame; who that is, the browser says. Whatever
// arrives is parsed, answered once, and never trusted further than its method allows.
import { SkiffError } from '../errors.ts';
import type { Listeners, RuntimePort } from '../messaging/runtime.ts';
import type { SiteRef } from '../store/rows.ts';
import { dispatch } from './dispatcher.ts';
import { createMeter, FRAME_LIMITS, SITE_LIMITS } from './limits.ts';
import type { Meter } from './limits.ts';
import type { Context } from './method.ts';
import { siteOf } from './origin.ts';
import { pageError } from './page-error.ts';
import { PORT_NAME } from './protocol.ts';
import type { BridgeReply } from './protocol.ts';
import { bridgeCall, parse } from './schema.ts';

/** Listens for bridges. Must be called synchronously at start-up. */
export function listenPublic(
  onConnect: Listeners<(port: RuntimePort) => void>,
  context: () => Promise<Context>,
  now: () => number,
): { emit(event: string): void } {
  const sessions = new Set<RuntimePort>();
  const meters = new Map<string, Meter>();

  /** The meter of everything under this top origin, in whatever tab. */
  function meterOf({ topOrigin }: SiteRef): Meter {
    for (const [origin, meter] of meters) if (meter.idle(now())) meters.delete(origin);
    const meter = meters.get(topOrigin) ?? createMeter(SITE_LIMITS);
    meters.set(topOrigin, meter);
    return meter;
  }

  onConnect.addListener((port) => {
    if (port.name !== PORT_NAME) return;
    const gone = new AbortController();
    const frame = createMeter(FRAME_LIMITS);
    sessions.add(port);
    port.onDisconnect.addListener(() => {
      sessions.delete(port);
      gone.abort();
    });

    /** @throws SkiffError the answer, when it is no result */
    async function heard(message: unknown): Promise<unknown> {
      const site = siteOf(port.sender);
      const { signal } = gone;
      // The answer of a page that went may never come.
      const counted = new AbortController();
      const over = (): void => counted.abort();
      signal.addEventListener('abort', over);
      try {
        for (const meter of [frame, meterOf(site)]) {
          if (!meter.admit(now()))
            throw new SkiffError({ code: 'RATE_LIMITED', say: 'Too many calls at once.', retry: 'later' });
          counted.signal.addEventListener('abort', () => meter.done());
        }
        const call = parse(bridgeCall, message);
        const parked = (): void => post(port, { id: call.id, parked: true });
        return await dispatch(await context(), call.method, { ...call, site, signal, parked });
      } finally {
        signal.removeEventListener('abort', over);
        over();
      }
    }

    port.onMessage.addListener((message) => {
      const id = String((message as { id?: unknown } | null)?.id ?? '');
      heard(message).then(
        (result) => post(port, { id, result: result ?? null }),
        (e: unknown) => post(port, { id, error: pageError(e) }),
      );
    });
  });
  return {
    emit(event) {
      for (const port of sessions) post(port, { event });
    },
  };
}

function post(port: RuntimePort, reply: BridgeReply): void {
  try {
    port.postMessage(reply);
  } catch {
    // The page went while we worked; nobody is left to tell.
  }
}
