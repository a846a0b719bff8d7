import { describe, expect, it, vi } from 'vitest';
import { SkiffError } from '../../../src/errors.ts';
import type { Sender } from '../../../src/messaging/runtime.ts';
import { budgetLeft, setBudget, settleBudget } from '../../../src/store/budgets.ts';
import { request } from '../../../src/store/requests.ts';
import { enableSite, site } from '../../../src/store/sites.ts';
import { sats } from '../../../src/units.ts';
import { bench, HASH, INVOICE, PREIMAGE, queued, SHOP } from './helpers.ts';
import type { Bench } from './helpers.ts';

const ORIGIN = 'https://shop.example';
const REF = { topOrigin: ORIGIN, frameOrigin: ORIGIN };
const FRAME: Sender = { ...SHOP, frameId: 7, tab: { id: 1, url: 'https://news.example/' } };
const DAY = 24 * 60 * 60_000;

async function granted(limit: bigint, perPayment?: bigint): Promise<Bench> {
  const b = await bench();
  await b.db.write(['sites'], async (tx) => {
    await enableSite(tx, REF, b.clock.now);
    const cap = perPayment === undefined ? {} : { perPayment: sats(perPayment) };
    await setBudget(tx, REF, { limit: sats(limit), ...cap, periodMs: DAY }, b.clock.now);
  });
  return b;
}

const left = (b: Bench): Promise<bigint> =>
  b.db.read(['sites'], async (tx) => budgetLeft(await site(tx, REF), b.clock.now));

describe('within its budget a site is paid without a question', () => {
  it('to the last satoshi, fee included; the request is on file as approved from the start', async () => {
    const b = await granted(2100n);
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await vi.waitUntil(() => b.paid.length === 1);
    const row = await b.db.read(['requests'], (tx) => request(tx, id));
    expect(row).toMatchObject({ status: 'approved', actionId: `ln_pay.${HASH}`, maxTotal: 2100n, ...REF });
    expect(await left(b)).toBe(0n);
    b.settle({ preimage: PREIMAGE });
    expect(await page.reply(id)).toEqual({ id, result: { preimage: PREIMAGE, paymentHash: HASH } });
    expect(b.prompts.shown).toBe(0);
    expect(b.badge.count).toBe(0);
  });

  it('without a gesture, too', async () => {
    const b = await granted(5000n);
    const page = b.open();
    const id = page.call('sendPayment', INVOICE, crypto.randomUUID(), false);
    b.settle({ preimage: PREIMAGE });
    expect(await page.reply(id)).toMatchObject({ result: { preimage: PREIMAGE } });
    expect(b.prompts.shown).toBe(0);
  });

  it('sendPaymentAsync is answered while the payment is still held', async () => {
    const b = await granted(5000n);
    const page = b.open();
    const id = page.call('sendPaymentAsync', INVOICE);
    expect(await page.reply(id)).toEqual({ id, result: {} });
    expect(await left(b)).toBe(2900n);
  });

  it('over the death of the worker: the page asks again with the same id and nothing is paid twice', async () => {
    const b = await granted(5000n);
    const id = b.open().call('sendPayment', INVOICE);
    await vi.waitUntil(() => b.paid.length === 1);
    const after = await b.restart();
    await after.provider.resume(false);
    const page = after.open();
    page.call('sendPayment', INVOICE, id);
    b.settle({ preimage: PREIMAGE });
    expect(await page.reply(id)).toMatchObject({ result: { preimage: PREIMAGE } });
    expect(after.paid).toEqual([]);
    expect(after.prompts.shown).toBe(0);
  });

  it('a failed payment is told to the page, and the budget is whole again', async () => {
    const b = await granted(5000n);
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await vi.waitUntil(() => b.paid.length === 1);
    await b.db.write(['sites'], (tx) => settleBudget(tx, REF, id, sats(0n), b.clock.now));
    b.settle({ error: { code: 'PAYMENT_FAILED', say: 'It found no way.' } });
    expect(await page.reply(id)).toMatchObject({ error: { code: 'PAYMENT_FAILED' } });
    expect(await left(b)).toBe(5000n);
  });

  it('what fits but cannot be paid is told to the page, and nobody is bothered', async () => {
    const b = await granted(5000n);
    b.payFails.with = new SkiffError({ code: 'INSUFFICIENT_FUNDS', say: 'There is not enough.' });
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    expect(await page.reply(id)).toMatchObject({ error: { code: 'INSUFFICIENT_BALANCE' } });
    expect(await b.waiting()).toEqual([]);
    expect(await left(b)).toBe(5000n);
  });
});

describe('the person is asked', () => {
  async function asks(b: Bench, method = 'sendPayment', sender = SHOP): Promise<string> {
    const id = b.open(sender).call(method, INVOICE);
    await queued(b, 1);
    await vi.waitUntil(() => b.prompts.shown === 1);
    expect(b.paid).toEqual([]);
    return id;
  }

  it('when the fee takes it one satoshi over the budget', async () => {
    const b = await granted(2099n);
    await asks(b);
    expect(await left(b)).toBe(2099n);
  });

  it('when it is over the cap of one payment, however large the budget', async () => {
    await asks(await granted(1_000_000n, 2099n));
  });

  it('when the invoice leaves the amount open', async () => {
    const b = await granted(1_000_000n);
    b.price.fixed = undefined;
    await asks(b);
  });

  it('when it is no invoice but something that has one made', async () => {
    const b = await granted(1_000_000n);
    b.inspected.kind = 'lightning-address';
    await asks(b, 'lnurl');
    const c = await granted(1_000_000n);
    c.inspected.kind = 'offer';
    await asks(c);
  });

  it('when the wallet is locked', async () => {
    const b = await granted(1_000_000n);
    b.lock.state = 'locked';
    await asks(b);
  });

  it('when a frame of another origin asks, whatever its row says', async () => {
    const b = await granted(1_000_000n);
    const framed = { topOrigin: 'https://news.example', frameOrigin: ORIGIN };
    await b.db.write(['sites'], async (tx) => {
      const { budget } = (await site(tx, REF))!;
      await tx.put('sites', { ...(await enableSite(tx, framed, 1)), budget });
    });
    await asks(b, 'sendPayment', FRAME);
  });

  it('when another tab has taken what was left', async () => {
    const b = await granted(3000n);
    const tabs = [b.open(), b.open()];
    const ids = tabs.map((tab) => tab.call('sendPayment', INVOICE));
    const [row] = await queued(b, 1);
    expect(ids).toContain(row!.id);
    expect(b.paid).toHaveLength(1);
    expect(await left(b)).toBe(900n);
  });

  it('and what the person agrees to is no matter of the budget', async () => {
    const b = await granted(2099n);
    const id = await asks(b);
    await b.provider.approve(id, { maxTotal: 2100n });
    expect(b.paid).toHaveLength(1);
    expect(await left(b)).toBe(2099n);
  });

  it('again after the period’s money is spent, until the next period begins', async () => {
    const b = await granted(2100n);
    const page = b.open();
    const first = page.call('sendPayment', INVOICE);
    await vi.waitUntil(() => b.paid.length === 1);
    await b.db.write(['sites'], (tx) => settleBudget(tx, REF, first, sats(2100n), b.clock.now));
    b.settle({ preimage: PREIMAGE });
    await page.reply(first);
    b.clock.now += DAY - 1;
    page.call('sendPayment', INVOICE);
    await queued(b, 1);
    b.clock.now += 1;
    page.call('sendPayment', INVOICE);
    await vi.waitUntil(() => b.paid.length === 2);
  });
});

describe('granting', () => {
  it('with a payment: the site pays silently from then on', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    const budget = { limit: sats(10_000n), periodMs: DAY };
    await b.provider.approve(id, { maxTotal: 2100n, budget });
    expect(await left(b)).toBe(10_000n);
    page.call('sendPayment', INVOICE);
    await vi.waitUntil(() => b.paid.length === 2);
    expect(await left(b)).toBe(7900n);
  });

  it('to a frame of another origin is refused before anything is paid', async () => {
    const b = await bench();
    const id = b.open(FRAME).call('sendPayment', INVOICE);
    await queued(b, 1);
    const budget = { limit: sats(10_000n), periodMs: DAY };
    await expect(b.provider.approve(id, { maxTotal: 2100n, budget })).rejects.toThrow(/INVALID_ARGUMENT/);
    expect(b.paid).toEqual([]);
    await b.provider.approve(id, { maxTotal: 2100n });
    expect(b.paid).toHaveLength(1);
  });
});

describe('a blocked site', () => {
  it('gets its refusals at once, and nobody sees a question', async () => {
    const b = await granted(1_000_000n);
    await b.provider.block(REF);
    const page = b.open();
    const enabled = page.call('isEnabled');
    expect(await page.reply(enabled)).toEqual({ id: enabled, result: false });
    for (const method of [
      'enable',
      'sendPayment',
      'sendPaymentAsync',
      'getBalance',
      'getInfo',
      'lookupInvoice',
    ]) {
      const id = page.call(method, INVOICE);
      const message = method === 'lookupInvoice' ? expect.any(String) : 'User rejected';
      expect(await page.reply(id)).toMatchObject({ error: { message } });
    }
    expect(b.prompts.shown).toBe(0);
    expect(await b.waiting()).toEqual([]);
  });

  it('has its waiting questions refused', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('enable');
    await queued(b, 1);
    await b.provider.block(REF);
    expect(await page.reply(id)).toMatchObject({ error: { message: 'User rejected' } });
    await queued(b, 0);
  });

  it('cannot ask from a frame either, nor as a frame', async () => {
    const b = await bench();
    await b.provider.block(REF);
    const framed = b.open(FRAME);
    const id = framed.call('enable');
    expect(await framed.reply(id)).toMatchObject({ error: { message: 'User rejected' } });
    const inside = b.open({ origin: 'https://other.example', frameId: 3, tab: { id: 1, url: `${ORIGIN}/` } });
    const other = inside.call('enable');
    expect(await inside.reply(other)).toMatchObject({ error: { message: 'User rejected' } });
  });

  it('does not lose the links that a person presses on it', async () => {
    const b = await bench();
    await b.provider.block(REF);
    b.open().call('link', INVOICE);
    await queued(b, 1);
  });
});
