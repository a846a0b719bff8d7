import { describe, expect, it, vi } from 'vitest';
import type { WebLNProvider } from '@webbtc/webln-types';
import type { RuntimePort } from '../../../src/messaging/runtime.ts';
import { createBridge, servePage } from '../../../src/provider/page/bridge.ts';
import { announce } from '../../../src/provider/page/announce.ts';
import { createProviderObject } from '../../../src/provider/page/inpage.ts';
import type { BridgeCall, BridgeReply } from '../../../src/provider/protocol.ts';

/** A background made of ports that the test can answer on and break. */
function background() {
  const ports: { calls: BridgeCall[]; answer(reply: BridgeReply): void; die(): void }[] = [];
  const later: (() => void)[] = [];
  const clock = { now: 1_000_000 };
  let gone = false;
  let ids = 0;
  const connect = (): RuntimePort => {
    if (gone) throw new Error('Extension context invalidated.');
    const calls: BridgeCall[] = [];
    let hear: (m: unknown) => void = () => {};
    let ended: () => void = () => {};
    ports.push({ calls, answer: (r) => hear(r), die: () => ended() });
    return {
      name: 'webln',
      postMessage: (m) => void calls.push(m as BridgeCall),
      disconnect() {},
      onMessage: { addListener: (f) => void (hear = f) },
      onDisconnect: { addListener: (f) => void (ended = f) },
    };
  };
  const events: string[] = [];
  const bridge = createBridge(
    { connect, gesture: () => true, newId: () => `id-${++ids}`, after: (_ms, run) => void later.push(run) },
    (event) => events.push(event),
  );
  return { ports, bridge, later, events, clock, remove: () => void (gone = true) };
}

function page(b: ReturnType<typeof background>) {
  const { port1, port2 } = new MessageChannel();
  servePage(port1 as unknown as MessagePort, b.bridge, () => b.clock.now);
  const webln = createProviderObject(Promise.resolve(port2 as unknown as MessagePort));
  return { webln, end: () => (port1.close(), port2.close()) };
}

describe('the object that sites call', () => {
  it('has the shape of the published types', () => {
    const { webln, end } = page(background());
    const typed = webln as unknown as WebLNProvider;
    for (const name of [
      'enable',
      'isEnabled',
      'getInfo',
      'sendPayment',
      'lnurl',
      'lookupInvoice',
      'request',
      'makeInvoice',
      'signMessage',
      'verifyMessage',
      'getBalance',
      'on',
      'off',
    ] as const)
      expect(typeof typed[name]).toBe('function');
    end();
  });

  it('turns calls into messages and answers into promises', async () => {
    const b = background();
    const { webln, end } = page(b);
    const asked = webln.sendPayment('lnbc1');
    await vi.waitUntil(() => b.ports[0]?.calls.length === 1);
    expect(b.ports[0]!.calls[0]).toEqual({
      id: 'id-1',
      method: 'sendPayment',
      params: 'lnbc1',
      gesture: true,
    });
    b.ports[0]!.answer({ id: 'id-1', result: { preimage: 'aa' } });
    expect(await asked).toEqual({ preimage: 'aa' });
    end();
  });

  it('rejects with a real Error that has name, code and message', async () => {
    const b = background();
    const { webln, end } = page(b);
    const asked = webln.enable();
    await vi.waitUntil(() => b.ports[0]?.calls.length === 1);
    const error = { name: 'RejectionError', code: 'USER_REJECTED', message: 'User rejected' };
    b.ports[0]!.answer({ id: 'id-1', error });
    const caught = await asked.then(
      () => undefined,
      (e: Error) => e,
    );
    expect(caught).toBeInstanceOf(Error);
    expect(caught).toMatchObject(error);
    end();
  });

  it('never throws synchronously, not even for what cannot be cloned', async () => {
    const { webln, end } = page(background());
    const bad = webln.sendPayment((() => {}) as unknown as string);
    await expect(bad).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(() => webln.on('accountChanged', 'no function' as unknown as () => void)).not.toThrow();
    expect(() => webln.off('never heard of', () => {})).not.toThrow();
    end();
  });
});

describe('a page that has spoilt the prototype of all objects', () => {
  it('still gets its answers, since only what was sent counts', async () => {
    const b = background();
    const { webln, end } = page(b);
    const proto = Object.prototype as unknown as Record<string, unknown>;
    const keys = ['event', 'error'];
    const asked = webln.isEnabled();
    await vi.waitUntil(() => b.ports[0]?.calls.length === 1);
    for (const key of keys) Object.defineProperty(proto, key, { value: {}, configurable: true });
    try {
      b.ports[0]!.answer(
        Object.assign(Object.create(null) as object, { id: 'id-1', result: true }) as BridgeReply,
      );
      expect(await asked).toBe(true);
    } finally {
      for (const key of keys) delete proto[key];
    }
    end();
  });
});

describe('what a page may say at most', () => {
  it('an argument that is too large, or that JSON cannot hold, does not reach the background', async () => {
    const b = background();
    const { webln, end } = page(b);
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const argument of ['x'.repeat(70_000), { memo: 'x'.repeat(70_000) }, 10n, circle])
      await expect(webln.makeInvoice(argument)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(b.ports).toEqual([]);
    end();
  });
});

describe('what the bridge hears on the page’s port', () => {
  /** The other end of the port, in the hands of the page. */
  function rawPage(b: ReturnType<typeof background>) {
    const { port1, port2 } = new MessageChannel();
    servePage(port1 as unknown as MessagePort, b.bridge, () => b.clock.now);
    const heard: { id: number; result?: unknown; error?: { code: string } }[] = [];
    port2.onmessage = ({ data }) => void heard.push(data as (typeof heard)[0]);
    return { port: port2, heard, end: () => (port1.close(), port2.close()) };
  }

  it('is a call with a number, a name and a small argument; anything else that has a number is refused', async () => {
    const b = background();
    const { port, heard, end } = rawPage(b);
    const junk = [null, 1, 'x', [], {}, { id: '1', method: 'enable' }, { method: 'enable' }];
    for (const message of junk) port.postMessage(message);
    const bad = [
      {},
      { method: 7 },
      { method: 'x'.repeat(1000) },
      { method: {} },
      { method: 'lnurl', params: 'x'.repeat(70_000) },
    ];
    bad.forEach((message, id) => port.postMessage({ id, ...message }));
    port.postMessage({ id: 99, method: 'link', params: 'lightning:lnbc1' });
    await vi.waitUntil(() => heard.length === bad.length + 1);
    expect(heard.map(({ error }) => error?.code)).toEqual([
      ...bad.map(() => 'INVALID_ARGUMENT'),
      'NOT_IMPLEMENTED',
    ]);
    expect(b.ports).toEqual([]);
    end();
  });

  it('is at most fifty open calls and three hundred a minute; a flood ends in the page', async () => {
    const b = background();
    const { port, heard, end } = rawPage(b);
    for (let id = 0; id < 400; id++) port.postMessage({ id, method: 'isEnabled' });
    await vi.waitUntil(() => heard.length === 350, { timeout: 10_000 });
    expect(new Set(heard.map(({ error }) => error?.code))).toEqual(new Set(['RATE_LIMITED']));
    expect(b.ports[0]!.calls).toHaveLength(50);
    for (const { id } of b.ports[0]!.calls) b.ports[0]!.answer({ id, result: false });
    port.postMessage({ id: 1000, method: 'isEnabled' });
    await vi.waitUntil(() => heard.some(({ id }) => id === 1000));
    expect(heard.find(({ id }) => id === 1000)).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    b.clock.now += 60_000;
    port.postMessage({ id: 1001, method: 'isEnabled' });
    await vi.waitUntil(() => b.ports[0]!.calls.length === 51);
    end();
  });
});

describe('the bridge', () => {
  it('opens no port before somebody calls', () => {
    expect(background().ports).toHaveLength(0);
  });

  it('asks again with the same id when the worker died', () => {
    const b = background();
    const replies: unknown[] = [];
    b.bridge.call('sendPayment', 'lnbc1', (r) => replies.push(r));
    b.ports[0]!.die();
    b.later.shift()!();
    expect(b.ports[1]!.calls).toEqual(b.ports[0]!.calls);
    b.ports[1]!.answer({ id: 'id-1', result: { preimage: 'aa' } });
    expect(replies).toEqual([{ result: { preimage: 'aa' } }]);
  });

  it('stays away from the worker when nothing is open', () => {
    const b = background();
    b.bridge.call('isEnabled', null, () => {});
    b.ports[0]!.answer({ id: 'id-1', result: true });
    b.ports[0]!.die();
    expect(b.later).toHaveLength(0);
  });

  it('lets the worker sleep while its calls are parked, and asks again at the unlock', () => {
    const b = background();
    b.bridge.call('enable', null, () => {});
    b.ports[0]!.answer({ id: 'id-1', parked: true });
    b.ports[0]!.die();
    expect(b.later).toHaveLength(0);
    b.bridge.unlocked();
    expect(b.ports[1]!.calls).toHaveLength(1);
  });

  it('answers each call once', () => {
    const b = background();
    const replies: unknown[] = [];
    b.bridge.call('isEnabled', null, (r) => replies.push(r));
    b.ports[0]!.answer({ id: 'id-1', result: true });
    b.ports[0]!.answer({ id: 'id-1', result: false });
    b.ports[0]!.answer({ id: 'id-9', result: false });
    expect(replies).toEqual([{ result: true }]);
  });

  it('ends every call when the extension was removed or updated', () => {
    const b = background();
    const replies: unknown[] = [];
    b.bridge.call('enable', null, (r) => replies.push(r));
    b.remove();
    b.ports[0]!.die();
    b.later.shift()!();
    expect(replies).toMatchObject([{ error: { name: 'ConnectionError' } }]);
  });

  it('passes events on', () => {
    const b = background();
    b.bridge.call('isEnabled', null, () => {});
    b.ports[0]!.answer({ event: 'accountChanged' });
    expect(b.events).toEqual(['accountChanged']);
  });
});

describe('beside window.webln', () => {
  it('the provider says its name at once, and again to who asks, with the same identity', () => {
    const window = new EventTarget() as Window & EventTarget;
    const heard: { info: Record<string, string>; provider: object }[] = [];
    window.addEventListener('webln:announceProvider', (e) => heard.push((e as CustomEvent).detail));
    const provider = Object.freeze({});
    announce(window, provider, 'one-page-load');
    window.dispatchEvent(new Event('webln:requestProvider'));
    expect(heard).toHaveLength(2);
    expect(heard[1]).toBe(heard[0]);
    expect(heard[0]!.provider).toBe(provider);
    expect(heard[0]!.info).toMatchObject({ uuid: 'one-page-load', name: 'Skiff', rdns: 'wallet.skiff' });
    expect(heard[0]!.info['icon']).toMatch(/^data:image\/svg\+xml,/);
    expect([heard[0], heard[0]!.info].every((o) => Object.isFrozen(o))).toBe(true);
  });
});
