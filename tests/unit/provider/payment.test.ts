import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { SkiffError } from '../../../src/errors.ts';
import { bench, HASH, INVOICE, PREIMAGE, queued, SHOP } from './helpers.ts';
import type { Bench } from './helpers.ts';

afterEach(() => void vi.useRealTimers());

describe('a page asks for a payment', () => {
  it('the person agrees and the page gets the preimage', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', `LIGHTNING:${INVOICE.toUpperCase()}`);
    const [row] = await queued(b, 1);
    expect(row).toMatchObject({ id, method: 'sendPayment', topOrigin: 'https://shop.example' });
    expect(row!.params).toEqual({ paymentRequest: INVOICE, paymentHash: HASH });
    await vi.waitUntil(() => b.prompts.shown === 1);
    expect(b.badge.count).toBe(1);
    await b.provider.approve(id, { maxTotal: 22_000n });
    expect(b.paid).toEqual([{ text: INVOICE, requestId: id }]);
    b.settle({ preimage: PREIMAGE });
    expect(await page.reply(id)).toEqual({ id, result: { preimage: PREIMAGE, paymentHash: HASH } });
    expect(b.badge.count).toBe(0);
  });

  it('agreeing also enables the site that never called enable', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    await b.provider.approve(id, { maxTotal: 1n });
    const asked = page.call('isEnabled');
    expect(await page.reply(asked)).toEqual({ id: asked, result: true });
  });

  it('the person says no', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    await b.provider.refuse(id);
    expect(await page.reply(id)).toEqual({
      id,
      error: { name: 'RejectionError', code: 'USER_REJECTED', message: 'User rejected' },
    });
    expect(b.paid).toEqual([]);
  });

  it('the window is closed: every question is refused, and the site may ask again', async () => {
    const b = await bench();
    const page = b.open();
    const [one, two] = [page.call('sendPayment', INVOICE), page.call('sendPayment', INVOICE)];
    await queued(b, 2);
    await b.provider.promptClosed();
    const error = { name: 'RejectionError', code: 'USER_REJECTED', message: 'Prompt was closed' };
    expect(await page.reply(one)).toEqual({ id: one, error });
    expect(await page.reply(two)).toEqual({ id: two, error });
    page.call('sendPayment', INVOICE);
    await queued(b, 1);
  });

  it('three quick refusals silence the site for a minute', async () => {
    const b = await bench();
    const page = b.open();
    for (let i = 0; i < 3; i++) {
      const id = page.call('sendPayment', INVOICE);
      await queued(b, 1);
      await b.provider.refuse(id);
      await page.reply(id);
    }
    const fourth = page.call('sendPayment', INVOICE);
    expect(await page.reply(fourth)).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    b.clock.now += 61_000;
    page.call('sendPayment', INVOICE);
    await queued(b, 1);
  });

  it('the minute is not over because the worker slept', async () => {
    const b = await bench();
    for (let i = 0; i < 3; i++) {
      const page = b.open();
      const id = page.call('sendPayment', INVOICE);
      await queued(b, 1);
      await b.provider.refuse(id);
    }
    b.clock.now += 50_000;
    const next = await b.restart();
    const page = next.open();
    const again = page.call('sendPayment', INVOICE);
    expect(await page.reply(again)).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    const other = next.open({ ...SHOP, origin: 'https://other.example' });
    other.call('enable');
    await queued(next, 1);
    next.clock.now += 11_000;
    const last = await next.restart();
    last.open().call('sendPayment', INVOICE);
    await queued(last, 2);
    expect(JSON.stringify(last.refusals.kept)).not.toContain('other.example');
  });

  it('refusals count only when each is within 30 seconds of the one before, and a yes forgives them', async () => {
    const refuse = async (b: Bench): Promise<void> => {
      const id = b.open().call('sendPayment', INVOICE);
      await queued(b, 1);
      await b.provider.refuse(id);
    };
    const slow = await bench();
    for (let i = 0; i < 4; i++) {
      await refuse(slow);
      slow.clock.now += 31_000;
    }
    const kind = await bench();
    await refuse(kind);
    await refuse(kind);
    const page = kind.open();
    const enabled = page.call('enable');
    await kind.provider.approve((await queued(kind, 1))[0]!.id, {});
    await page.reply(enabled);
    await refuse(kind);
    await refuse(kind);
    kind.open().call('sendPayment', INVOICE);
    await queued(kind, 1);
  });

  it('what lies in the place of its memory and is none does not matter', async () => {
    for (const kept of [7, 'x', { 'https://shop.example': 9 }, [[]]]) {
      const b = await bench({ refusals: { kept } });
      b.open().call('sendPayment', INVOICE);
      await queued(b, 1);
    }
  });

  it('with the third refusal, what else the site has waiting is not shown any more', async () => {
    const b = await bench();
    const page = b.open();
    const other = b.open({ ...SHOP, origin: 'https://other.example', url: 'https://other.example/' });
    const ids: string[] = [];
    for (let i = 1; i <= 4; i++) {
      ids.push(page.call('sendPayment', INVOICE));
      await queued(b, i);
    }
    other.call('enable');
    await queued(b, 5);
    for (const id of ids.slice(0, 3)) await b.provider.refuse(id);
    expect(await page.reply(ids[3]!)).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    expect((await queued(b, 1))[0]).toMatchObject({ method: 'enable' });
  });

  it('a bad invoice is refused at once and leaves nothing behind', async () => {
    const b = await bench();
    b.inspected.problem = { code: 'INVALID_INVOICE', say: 'This invoice is damaged.' };
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    expect(await page.reply(id)).toEqual({
      id,
      error: { name: 'InvalidDataError', code: 'INVALID_ARGUMENT', message: 'This invoice is damaged.' },
    });
    expect(await b.waiting()).toEqual([]);
    expect(b.prompts.shown).toBe(0);
  });

  it('an object in place of the string is an error, not a hang', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', { paymentRequest: INVOICE });
    expect(await page.reply(id)).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });

  it('an invoice paid before is refused without a question, to a site that is enabled', async () => {
    const b = await bench();
    const page = b.open();
    const first = page.call('enable');
    await queued(b, 1);
    await b.provider.approve(first, {});
    b.inspected.problem = { code: 'ALREADY_PAID', say: 'This invoice was paid before.' };
    const id = page.call('sendPayment', INVOICE);
    expect(await page.reply(id)).toMatchObject({ error: { code: 'ALREADY_PAID' } });
    expect(b.paid).toEqual([]);
  });

  it('when starting fails the question stays, and closing it tells the page why', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    b.payFails.with = new SkiffError({ code: 'INSUFFICIENT_FUNDS', say: 'There is not enough.' });
    await expect(b.provider.approve(id, { maxTotal: 1n })).rejects.toThrow(/INSUFFICIENT/);
    await queued(b, 1);
    await b.provider.refuse(id);
    expect(await page.reply(id)).toMatchObject({ error: { code: 'INSUFFICIENT_BALANCE' } });
  });

  it('sendPaymentAsync is answered as soon as the payment is under way', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPaymentAsync', INVOICE);
    await queued(b, 1);
    await b.provider.approve(id, { maxTotal: 1n });
    expect(await page.reply(id)).toEqual({ id, result: {} });
  });

  it('a failed payment gives the page its reason', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    await b.provider.approve(id, { maxTotal: 1n });
    b.settle({ error: { code: 'PAYMENT_FAILED', say: 'No way to the receiver.' } });
    expect(await page.reply(id)).toEqual({
      id,
      error: { name: 'RoutingError', code: 'PAYMENT_FAILED', message: 'No way to the receiver.' },
    });
  });

  it('nothing is approved twice', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    await b.provider.approve(id, { maxTotal: 1n });
    await expect(b.provider.approve(id, { maxTotal: 1n })).rejects.toThrow(/STORE_CONFLICT/);
    expect(b.paid).toHaveLength(1);
  });

  it('a page without a gesture opens no window, the badge counts it', async () => {
    const b = await bench();
    b.open().call('sendPayment', INVOICE, crypto.randomUUID(), false);
    await queued(b, 1);
    await vi.waitUntil(() => b.badge.count === 1);
    expect(b.prompts.shown).toBe(0);
  });

  it('more than five open questions of one site are refused', async () => {
    const b = await bench();
    const page = b.open();
    for (let i = 1; i <= 5; i++) {
      page.call('sendPayment', INVOICE);
      await queued(b, i);
    }
    const sixth = page.call('sendPayment', INVOICE);
    expect(await page.reply(sixth)).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  });

  it('fifty questions at the same instant are five, and fifty of the same are one', async () => {
    const b = await bench();
    const page = b.open();
    const ids = Array.from({ length: 50 }, () => page.call('sendPayment', INVOICE));
    await vi.waitUntil(() => page.replies.length === 45, { timeout: 10_000 });
    for (const reply of page.replies) expect(reply).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    const rows = await queued(b, 5);
    expect(rows.every(({ id }) => ids.includes(id))).toBe(true);
    const other = b.open({ ...SHOP, origin: 'https://other.example' });
    const same = Array.from({ length: 50 }, () => other.call('enable'));
    const [asked] = (await queued(b, 6)).filter(({ method }) => method === 'enable');
    await b.provider.approve(asked!.id, {});
    for (const id of same) expect(await other.reply(id)).toEqual({ id, result: null });
  });
});

describe('the worker dies', () => {
  it('while the person reads: the page asks again with the same id and gets the answer', async () => {
    const before = await bench();
    const id = before.open().call('sendPayment', INVOICE);
    await queued(before, 1);
    const after = await before.restart();
    await after.provider.resume(false);
    const page = after.open();
    page.call('sendPayment', INVOICE, id);
    await queued(after, 1);
    await vi.waitUntil(() => after.prompts.shown > 0);
    await after.provider.approve(id, { maxTotal: 1n });
    before.settle({ preimage: PREIMAGE });
    expect(await page.reply(id)).toMatchObject({ result: { preimage: PREIMAGE } });
  });

  it('while the payment is under way: the page still gets its preimage', async () => {
    const before = await bench();
    const id = before.open().call('sendPayment', INVOICE);
    await queued(before, 1);
    await before.provider.approve(id, { maxTotal: 1n });
    const after = await before.restart();
    await after.provider.resume(false);
    const page = after.open();
    after.inspected.problem = { code: 'ALREADY_PAID', say: 'x' };
    page.call('sendPayment', INVOICE, id);
    before.settle({ preimage: PREIMAGE });
    expect(await page.reply(id)).toMatchObject({ result: { preimage: PREIMAGE } });
  });

  it('one id said again and again is one question and one payment', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    for (let i = 0; i < 5; i++) page.call('sendPayment', INVOICE, id);
    await b.provider.approve(id, { maxTotal: 2100n });
    b.settle({ preimage: PREIMAGE });
    await page.reply(id);
    page.call('sendPayment', INVOICE, id);
    page.call('makeInvoice', 5, id);
    await vi.waitUntil(() => page.replies.length === 8);
    expect(b.paid).toHaveLength(1);
    expect(await b.waiting()).toEqual([]);
  });

  it('another page cannot pick up the answer by knowing the id', async () => {
    const before = await bench();
    const id = before.open().call('sendPayment', INVOICE);
    await queued(before, 1);
    const thief = before.open({ ...SHOP, origin: 'https://thief.example' });
    thief.call('sendPayment', INVOICE, id);
    expect(await thief.reply(id)).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });

  it('and the page went with it: its question is withdrawn', async () => {
    const before = await bench();
    before.open().call('sendPayment', INVOICE);
    await queued(before, 1);
    const after = await before.restart();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await after.provider.resume(false);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await queued(after, 0);
  });

  it('with the whole browser: what waited is over', async () => {
    const before = await bench();
    before.open().call('sendPayment', INVOICE);
    await queued(before, 1);
    const after = await before.restart();
    await after.provider.resume(true);
    expect(await after.waiting()).toEqual([]);
  });
});

describe('the page goes', () => {
  it('its question is withdrawn after a pause', async () => {
    const b = await bench();
    const page = b.open();
    page.call('sendPayment', INVOICE);
    await queued(b, 1);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    page.close();
    vi.advanceTimersByTime(3000);
    vi.useRealTimers();
    await queued(b, 0);
  });

  it('but not when it came back meanwhile', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    page.close();
    vi.useRealTimers();
    const again = b.open();
    again.call('sendPayment', INVOICE, id);
    await vi.waitUntil(() => b.prompts.shown === 2);
    await b.provider.approve(id, { maxTotal: 1n });
    b.settle({ preimage: PREIMAGE });
    expect(await again.reply(id)).toMatchObject({ result: { preimage: PREIMAGE } });
  });
});

describe('a page asks for a payment to an LNURL', () => {
  it('the person agrees and the page gets preimage and hash in the form of the guide', async () => {
    const b = await bench();
    b.inspected.kind = 'lightning-address';
    const page = b.open();
    const id = page.call('lnurl', 'Ben@Example.com');
    const [row] = await queued(b, 1);
    expect(row).toMatchObject({ method: 'lnurl', params: { paymentRequest: 'Ben@Example.com' } });
    await b.provider.approve(id, { maxTotal: 22_000n, amount: 21_000n });
    b.settle({ preimage: PREIMAGE });
    const paymentHash = toHex(sha256(fromHex(PREIMAGE)));
    expect(await page.reply(id)).toEqual({
      id,
      result: { status: 'OK', data: { preimage: PREIMAGE, paymentHash } },
    });
  });

  it('an invoice is none, and nobody is asked', async () => {
    const b = await bench();
    b.inspected.kind = 'invoice';
    const page = b.open();
    const id = page.call('lnurl', INVOICE);
    expect(await page.reply(id)).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    expect(await b.waiting()).toEqual([]);
  });
});
