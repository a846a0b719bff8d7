// The public ear: ports of bridges in web pages. One port serves one frame; who that is, the browser says. Whatever
// arrives is parsed, answered once, and never trusted further than its method allows.
import { SkiffError } from '../errors.ts';
import type { Listeners, RuntimePort } from '../messaging/runtime.ts';
import { dispatch } from './dispatcher.ts';
import type { Context } from './method.ts';
import { siteOf } from './origin.ts';
import { pageError } from './page-error.ts';
import { PORT_NAME } from './protocol.ts';
import type { BridgeReply } from './protocol.ts';
import { bridgeCall, parse } from './schema.ts';

const MAX_OPEN_CALLS = 50;
/** Calls of one frame in a minute; a shop that polls twice a second stays far below. */
const MAX_CALLS = 300;
const MINUTE = 60_000;

/** Listens for bridges. Must be called synchronously at start-up. */
export function listenPublic(
  onConnect: Listeners<(port: RuntimePort) => void>,
  context: () => Promise<Context>,
  now: () => number,
): { emit(event: string): void } {
  const sessions = new Set<RuntimePort>();
  onConnect.addListener((port) => {
    if (port.name !== PORT_NAME) return;
    const gone = new AbortController();
    let open = 0;
    let minute = { since: now(), calls: 0 };
    sessions.add(port);
    port.onDisconnect.addListener(() => {
      sessions.delete(port);
      gone.abort();
    });
    port.onMessage.addListener((message) => {
      open++;
      if (now() - minute.since >= MINUTE) minute = { since: now(), calls: 0 };
      minute.calls++;
      const tooMany = open > MAX_OPEN_CALLS || minute.calls > MAX_CALLS;
      void serve(context, port, message, tooMany, gone.signal).finally(() => open--);
    });
  });
  return {
    emit(event) {
      for (const port of sessions) post(port, { event });
    },
  };
}

async function serve(
  context: () => Promise<Context>,
  port: RuntimePort,
  message: unknown,
  tooMany: boolean,
  signal: AbortSignal,
): Promise<void> {
  const id = String((message as { id?: unknown } | null)?.id ?? '');
  try {
    const call = parse(bridgeCall, message);
    if (tooMany)
      throw new SkiffError({ code: 'RATE_LIMITED', say: 'Too many calls at once.', retry: 'later' });
    const parked = (): void => post(port, { id, parked: true });
    const result = await dispatch(await context(), call.method, {
      ...call,
      site: siteOf(port.sender),
      signal,
      parked,
    });
    post(port, { id, result: result ?? null });
  } catch (e) {
    post(port, { id, error: pageError(e) });
  }
}

function post(port: RuntimePort, reply: BridgeReply): void {
  try {
    port.postMessage(reply);
  } catch {
    // The page went while we worked; nobody is left to tell.
  }
}
