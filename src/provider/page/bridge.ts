// The bridge in the extension's isolated world of each page: page port on one side, runtime port on the other. It gives
// each call an id that outlives the worker, and asks again with the same id when the worker has died meanwhile.
import type { RuntimePort } from '../../messaging/runtime.ts';
import type { BridgeCall, BridgeReply, PageCall, PageReply } from '../protocol.ts';

export interface BridgeEnvironment {
  /** Opens a port to the background. @throws when the extension was removed or updated */
  connect(): RuntimePort;
  /** Has a person just acted in this frame? */
  gesture(): boolean;
  newId(): string;
  /** Runs later; the tests' clock. */
  after(ms: number, run: () => void): void;
}

interface Open {
  call: BridgeCall;
  parked: boolean;
  reply(reply: { result: unknown } | { error: { name: string; code: string; message: string } }): void;
}

export interface Bridge {
  /** A call of the page, or of a link in it. */
  call(method: string, params: unknown, reply: Open['reply']): void;
  /** The wallet was unlocked: calls that were parked ask again. */
  unlocked(): void;
}

const LINK = 'link';
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;
const gone = {
  error: {
    name: 'ConnectionError',
    code: 'INTERNAL',
    message: 'The wallet was updated or removed. Reload the page.',
  },
};

export function createBridge(env: BridgeEnvironment, onEvent: (event: string) => void): Bridge {
  const open = new Map<string, Open>();
  let port: RuntimePort | undefined;
  let pause = FIRST_PAUSE;

  function connect(): RuntimePort | undefined {
    try {
      const fresh = env.connect();
      fresh.onMessage.addListener((message) => receive(message as BridgeReply));
      fresh.onDisconnect.addListener(() => {
        if (port !== fresh) return;
        port = undefined;
        if ([...open.values()].some((one) => !one.parked)) {
          env.after(pause, reconnect);
          pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
      });
      return fresh;
    } catch {
      for (const one of open.values()) one.reply(gone);
      open.clear();
      return undefined;
    }
  }

  function reconnect(): void {
    if (port || open.size === 0) return;
    port = connect();
    for (const { call } of open.values()) port?.postMessage(call);
  }

  function receive(reply: BridgeReply): void {
    pause = FIRST_PAUSE;
    if ('event' in reply) return onEvent(reply.event);
    const one = open.get(reply.id);
    if (!one) return;
    if ('parked' in reply) {
      one.parked = true;
      return;
    }
    open.delete(reply.id);
    one.reply('error' in reply ? { error: reply.error } : { result: reply.result });
  }

  return {
    call(method, params, reply) {
      const call = { id: env.newId(), method, params: params ?? null, gesture: env.gesture() };
      open.set(call.id, { call, parked: false, reply });
      port ??= connect();
      port?.postMessage(call);
    },
    unlocked() {
      for (const one of open.values()) one.parked = false;
      reconnect();
    },
  };
}

/** Characters of a call's parameters as JSON: an offer with its comment fits ten times over. */
const MAX_PARAMS = 64 * 1024;
const tooLarge = {
  error: { name: 'InvalidDataError', code: 'INVALID_ARGUMENT', message: 'The argument cannot be passed on.' },
};

/** What JSON cannot hold, or not in {@link MAX_PARAMS}, does not go on to the background. */
function fits(params: unknown): boolean {
  if (typeof params === 'string') return params.length <= MAX_PARAMS;
  try {
    return (JSON.stringify(params) ?? '').length <= MAX_PARAMS;
  } catch {
    return false;
  }
}

/** Joins a page's port to the bridge. */
export function servePage(port: MessagePort, bridge: Bridge): void {
  port.onmessage = ({ data }: MessageEvent<PageCall>) => {
    const { id, method, params } = data ?? {};
    if (typeof id !== 'number' || typeof method !== 'string') return;
    // Links are the bridge's own to report: the prompt says that a person pressed one.
    if (method === LINK) return;
    if (!fits(method) || !fits(params)) return port.postMessage({ id, ...tooLarge } satisfies PageReply);
    bridge.call(method, params, (reply) => port.postMessage({ id, ...reply } satisfies PageReply));
  };
}
