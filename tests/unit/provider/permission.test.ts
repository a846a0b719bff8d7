import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { forgetSite, sites } from '../../../src/store/sites.ts';
import type { Sender } from '../../../src/messaging/runtime.ts';
import { bench, INVOICE, queued, SHOP } from './helpers.ts';
import type { Bench } from './helpers.ts';

async function enable(b: Bench, sender: Sender = SHOP): Promise<void> {
  const page = b.open(sender);
  const id = page.call('enable');
  const [row] = await queued(b, 1);
  await b.provider.approve(row!.id, {});
  await page.reply(id);
}

describe('enable', () => {
  it('asks once and is remembered, also by the next life of the worker', async () => {
    const b = await bench();
    await enable(b);
    const after = await b.restart();
    const page = after.open();
    const id = page.call('enable');
    expect(await page.reply(id)).toEqual({ id, result: null });
    expect(after.prompts.shown).toBe(0);
  });

  it('calls at the same time share one question', async () => {
    const b = await bench();
    const page = b.open();
    const first = page.call('enable');
    await queued(b, 1);
    const second = page.call('enable');
    await vi.waitUntil(() => b.prompts.shown === 2);
    const rows = await queued(b, 1);
    await b.provider.approve(rows[0]!.id, {});
    expect(await page.reply(first)).toEqual({ id: first, result: null });
    expect(await page.reply(second)).toEqual({ id: second, result: null });
  });

  it('the payment that follows opens the window, however long the person took to connect', async () => {
    const b = await bench();
    await enable(b);
    const page = b.open();
    const shown = b.prompts.shown;
    page.call('sendPayment', INVOICE, crypto.randomUUID(), false);
    await vi.waitUntil(() => b.prompts.shown === shown + 1);
    page.call('sendPayment', INVOICE, crypto.randomUUID(), false);
    await queued(b, 2);
    await vi.waitUntil(() => b.badge.count === 2);
    expect(b.prompts.shown).toBe(shown + 1);
  });

  it('refused, it may ask again', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('enable');
    await queued(b, 1);
    await b.provider.refuse(id);
    expect(await page.reply(id)).toMatchObject({ error: { message: 'User rejected' } });
    page.call('enable');
    await queued(b, 1);
  });

  it('says that there is no wallet yet', async () => {
    const b = await bench();
    b.lock.state = 'none';
    const page = b.open();
    const id = page.call('enable');
    expect(await page.reply(id)).toMatchObject({ error: { code: 'NO_WALLET' } });
  });
});

describe('a locked wallet', () => {
  it('keeps a known site waiting without a window, and answers at the unlock', async () => {
    const b = await bench();
    await enable(b);
    b.prompts.shown = 0;
    b.lock.state = 'locked';
    const page = b.open();
    const id = page.call('enable', null, crypto.randomUUID(), false);
    expect(await page.reply(id)).toEqual({ id, parked: true });
    await vi.waitUntil(() => b.badge.count === 1);
    expect(b.prompts.shown).toBe(0);
    b.lock.state = 'unlocked';
    await b.provider.unlocked();
    await vi.waitUntil(() => page.replies.some((r) => 'result' in r && r.id === id));
    expect(b.badge.count).toBe(0);
  });

  it('opens the window when the person clicked, and closing it refuses', async () => {
    const b = await bench();
    await enable(b);
    b.prompts.shown = 0;
    b.lock.state = 'locked';
    const page = b.open();
    const id = page.call('enable');
    await vi.waitUntil(() => b.prompts.shown === 1);
    await b.provider.promptClosed();
    await vi.waitUntil(() => page.replies.some((r) => 'error' in r && r.id === id));
  });

  it('unlocked for a site that was clicked, it lets that site ask in a window', async () => {
    const b = await bench();
    await enable(b);
    b.clock.now += 60_000;
    b.lock.state = 'locked';
    const page = b.open();
    const id = page.call('enable');
    await vi.waitUntil(() => b.badge.count === 1);
    b.lock.state = 'unlocked';
    await b.provider.unlocked();
    await page.reply(id);
    const shown = b.prompts.shown;
    page.call('sendPayment', INVOICE, crypto.randomUUID(), false);
    await vi.waitUntil(() => b.prompts.shown === shown + 1);
  });

  it('approves nothing', async () => {
    const b = await bench();
    b.open().call('sendPayment', INVOICE);
    const [row] = await queued(b, 1);
    b.lock.state = 'locked';
    await expect(b.provider.approve(row!.id, { maxTotal: 1n })).rejects.toThrow(/LOCKED/);
    await queued(b, 1);
  });
});

describe('a permission', () => {
  const host = fc.constantFrom('a.example', 'b.example', 'pay.a.example');
  it('belongs to exactly one pair of top page and frame', async () => {
    await fc.assert(
      fc.asyncProperty(host, host, host, host, async (top1, frame1, top2, frame2) => {
        const sender = (top: string, frame: string): Sender => ({
          origin: `https://${frame}`,
          frameId: top === frame ? 0 : 3,
          tab: { id: 1, url: `https://${top}/` },
        });
        const b = await bench();
        await enable(b, sender(top1, frame1));
        const page = b.open(sender(top2, frame2));
        const id = page.call('isEnabled');
        expect(await page.reply(id)).toEqual({ id, result: top1 === top2 && frame1 === frame2 });
      }),
      { numRuns: 25 },
    );
  });

  it('does not let a frame pay without a question', async () => {
    const b = await bench();
    const frame: Sender = {
      origin: 'https://pay.example',
      frameId: 4,
      tab: { id: 1, url: 'https://news.example' },
    };
    await enable(b, frame);
    b.open(frame).call('sendPayment', INVOICE);
    const [row] = await queued(b, 1);
    expect(row).toMatchObject({ topOrigin: 'https://news.example', frameOrigin: 'https://pay.example' });
    expect(b.paid).toEqual([]);
  });

  it('taken back is gone with all it allowed: the site asks again, and only that one', async () => {
    const b = await bench();
    const shop = 'https://shop.example';
    const frame: Sender = {
      origin: 'https://pay.example',
      frameId: 4,
      tab: { id: 1, url: 'https://shop.example/cart' },
    };
    await enable(b);
    await enable(b, frame);
    const page = b.open();
    const seen = page.call('getBalance');
    await b.provider.approve((await queued(b, 1))[0]!.id, {});
    await page.reply(seen);
    await b.db.write(['sites'], (tx) => forgetSite(tx, { topOrigin: shop, frameOrigin: shop }));
    const left = await b.db.read(['sites'], (tx) => sites(tx));
    expect(left.map((row) => row.frameOrigin)).toEqual(['https://pay.example']);
    const refused = page.call('getBalance');
    expect(await page.reply(refused)).toMatchObject({ error: { code: 'NOT_ENABLED' } });
    page.call('enable');
    expect((await queued(b, 1))[0]!.method).toBe('enable');
  });

  it('remembers when its site came back', async () => {
    const b = await bench();
    await enable(b);
    b.clock.now += 3_600_000;
    const page = b.open();
    await page.reply(page.call('enable'));
    const [row] = await b.db.read(['sites'], (tx) => sites(tx));
    expect(row!.lastUsedAt - row!.enabledAt).toBe(3_600_000);
  });

  it('to see the balance is asked for separately, once', async () => {
    const b = await bench();
    const page = b.open();
    const early = page.call('getBalance');
    expect(await page.reply(early)).toMatchObject({
      error: { code: 'NOT_ENABLED', message: 'Provider must be enabled before calling getBalance' },
    });
    await enable(b);
    const id = page.call('getBalance');
    const [row] = await queued(b, 1);
    expect(row!.method).toBe('getBalance');
    await b.provider.approve(row!.id, {});
    expect(await page.reply(id)).toEqual({ id, result: { balance: 4711, currency: 'sats' } });
    const again = page.call('getBalance');
    expect(await page.reply(again)).toMatchObject({ result: { balance: 4711 } });
  });
});

describe('getInfo', () => {
  it('lists exactly what works', async () => {
    const b = await bench();
    await enable(b);
    const page = b.open();
    const id = page.call('getInfo');
    expect(await page.reply(id)).toEqual({
      id,
      result: {
        node: { alias: 'Skiff', pubkey: '' },
        version: '0.1.0',
        supports: ['lightning'],
        methods: [
          'enable',
          'isEnabled',
          'getInfo',
          'sendPayment',
          'sendPaymentAsync',
          'lnurl',
          'lookupInvoice',
          'getBalance',
          'makeInvoice',
          'signMessage',
          'verifyMessage',
          'on',
          'off',
        ],
      },
    });
  });
});

describe('messages that no bridge would send', () => {
  it('never go unanswered and never reach a method', async () => {
    const b = await bench();
    const page = b.open();
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (junk) => {
        const before = page.replies.length;
        page.send(junk);
        await vi.waitUntil(() => page.replies.length > before);
        expect(page.replies.at(-1)).toHaveProperty('error');
      }),
      { numRuns: 100 },
    );
    expect(await b.waiting()).toEqual([]);
  });

  it('methods that pages must not reach do not exist for them', async () => {
    const b = await bench();
    const page = b.open();
    for (const name of [
      'unlock',
      'revealWords',
      'approve',
      'constructor',
      '__proto__',
      'keysend',
      'request',
    ]) {
      const id = page.call(name);
      expect(await page.reply(id)).toMatchObject({ error: { name: 'UnsupportedMethodError' } });
    }
  });

  it('a page over plain http gets an error for every call', async () => {
    const b = await bench();
    const page = b.open({ origin: 'http://shop.example', frameId: 0 });
    const id = page.call('isEnabled');
    expect(await page.reply(id)).toMatchObject({ error: { code: 'NOT_ENABLED' } });
  });
});

describe('a page that calls without end', () => {
  it('is heard 300 times a minute, each frame for itself', async () => {
    const b = await bench();
    const [page, other] = [b.open(), b.open()];
    const codes: unknown[] = [];
    for (let i = 0; i < 301; i++) {
      const reply = await page.reply(page.call('isEnabled'));
      codes.push('error' in reply ? reply.error.code : undefined);
    }
    expect(codes.slice(0, 300).every((code) => code === undefined)).toBe(true);
    expect(codes[300]).toBe('RATE_LIMITED');
    expect(await other.reply(other.call('isEnabled'))).toMatchObject({ result: false });
    b.clock.now += 60_000;
    expect(await page.reply(page.call('isEnabled'))).toMatchObject({ result: false });
  });

  it('through many frames and tabs is heard 1500 times a minute', async () => {
    const b = await bench();
    const codes: unknown[] = [];
    for (let frame = 0; frame < 6; frame++) {
      const page = b.open({
        ...SHOP,
        origin: `https://f${frame}.example`,
        frameId: 7,
        tab: { url: SHOP.url! },
      });
      for (let i = 0; i < 260; i++) {
        const reply = await page.reply(page.call('a method that nobody offers'));
        codes.push('error' in reply && reply.error.code);
      }
    }
    expect(codes.filter((code) => code === 'NOT_IMPLEMENTED')).toHaveLength(1500);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(60);
    const other = b.open({ ...SHOP, origin: 'https://other.example' });
    expect(await other.reply(other.call('isEnabled'))).toMatchObject({ result: false });
  });

  it('with more than fifty calls open, the next is refused at once', async () => {
    const b = await bench();
    const page = b.open();
    const ids = Array.from({ length: 51 }, () => page.call('enable'));
    expect(await page.reply(ids[50]!)).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  });

  it('and leaves, again and again, does not use up what the site may have open', async () => {
    const b = await bench();
    for (let i = 0; i < 5; i++) {
      const page = b.open();
      for (let n = 0; n < 50; n++) page.call('enable');
      page.close();
    }
    const page = b.open();
    expect(await page.reply(page.call('isEnabled'))).toMatchObject({ result: false });
  });

  it('with an argument that is too large is refused, though its bridge let it through', async () => {
    const b = await bench();
    const page = b.open();
    for (const params of ['x'.repeat(70_000), { memo: ['x'.repeat(70_000)] }])
      expect(await page.reply(page.call('enable', params))).toMatchObject({
        error: { code: 'INVALID_ARGUMENT' },
      });
    expect(await b.waiting()).toEqual([]);
  });
});
