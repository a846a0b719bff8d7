// The bridge in the extension's isolated world of each page: page port on one side, runtime port on the other. It gives
// each call an id that outlives the worker, and asks again with the same id when the worker has died meanwhile.
import * as v from 'valibot';
import type { RuntimePort } from '../../messaging/runtime.ts';
import { createMeter, FRAME_LIMITS } from '../limits.ts';
import type { BridgeCall, BridgeReply, PageError, PageReply } from '../protocol.ts';
import { pageCall } from '../schema.ts';

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
  reply(reply: { result: unknown } | { error: PageError }): void;
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

const refusal = (name: string, code: string, message: string): { error: PageError } => ({
  error: { name, code, message },
});
const malformed = refusal('InvalidDataError', 'INVALID_ARGUMENT', 'The argument cannot be passed on.');
const tooMany = refusal('RejectionError', 'RATE_LIMITED', 'Too many calls at once.');
/** Links are the bridge's own to report: the prompt says that a person pressed one. */
const notForPages = refusal('UnsupportedMethodError', 'NOT_IMPLEMENTED', 'This wallet does not offer link.');

/**
 * Joins a page's port to the bridge. Whatever carries a number as `id` is answered, once.
 * @param now ms, for the limits
 */
export function servePage(port: MessagePort, bridge: Bridge, now: () => number): void {
  const meter = createMeter(FRAME_LIMITS);
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    const id = (data as { id?: unknown } | null)?.id;
    if (typeof id !== 'number') return;
    const answer = (reply: Parameters<Open['reply']>[0]): void =>
      port.postMessage({ id, ...reply } satisfies PageReply);
    const call = v.safeParse(pageCall, data);
    if (!call.success) return answer(malformed);
    const { method, params } = call.output;
    if (method === LINK) return answer(notForPages);
    if (!meter.admit(now())) return answer(tooMany);
    bridge.call(method, params, (reply) => {
      meter.done();
      answer(reply);
    });
  };
}
