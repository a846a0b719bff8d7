// A site's budget with a real wallet and a devnet: what is set aside when a payment starts, and what is booked when it
// ends. In between the wallet is opened anew, as by a worker that died.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { budgetState, setBudget } from '../../src/store/budgets.ts';
import { request } from '../../src/store/requests.ts';
import type { SiteRef } from '../../src/store/rows.ts';
import { enableSite, site } from '../../src/store/sites.ts';
import { sats } from '../../src/units.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from './support/wallets.ts';

const SHOP: SiteRef = { topOrigin: 'https://shop.example', frameOrigin: 'https://shop.example' };
const DAY = 24 * 60 * 60_000;
const doubleDrive = { config: { doubleDrive: true } };

let devnet: Devnet;
let w: Instance & { profile: Profile };

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
beforeEach(async () => {
  w = await newWallet(devnet, doubleDrive);
  // Several coins, so that payments at the same time do not wait for each other's change.
  for (let i = 0; i < 3; i++) await fund(devnet, w, 30_000n);
  return () => w.close();
});
afterAll(() => devnet.stop());

const grant = (limit: bigint, more: { perPayment?: bigint } = {}) =>
  w.db.write(['sites'], async (tx) => {
    const now = devnet.clock.now();
    await enableSite(tx, SHOP, now);
    const perPayment = more.perPayment === undefined ? {} : { perPayment: sats(more.perPayment) };
    await setBudget(tx, SHOP, { limit: sats(limit), ...perPayment, periodMs: DAY }, now);
  });
const state = () =>
  w.db.read(['sites'], async (tx) => budgetState((await site(tx, SHOP))!.budget!, devnet.clock.now()));
const invoice = (sat: bigint, more = {}) =>
  devnet.lightning.createInvoice({ amountMsat: sat * 1000n, ...more });

let ids = 0;
/** What the provider does for a page that has a budget. */
const silently = async (bolt11: string, requestId = `request-${++ids}`) =>
  w.wallet.pay(await w.wallet.inspect(bolt11), {
    site: SHOP,
    requestId,
    silent: { method: 'sendPayment', params: { paymentRequest: bolt11 } },
  });
/** The price in all of paying this now. */
const priceOf = async (bolt11: string) => (await w.wallet.quote(await w.wallet.inspect(bolt11))).total!;

describe('a payment within the budget', () => {
  test('sets its whole price aside with its start, and books what it cost at its end', async () => {
    const { bolt11, paymentHash } = invoice(5000n, { hold: true });
    const total = await priceOf(bolt11);
    expect(total).toBeGreaterThan(5000n);
    await grant(total);
    const { actionId } = await silently(bolt11, 'held');
    expect(await state()).toMatchObject({ used: total, reserved: total, left: 0n });
    const row = await w.db.read(['requests'], (tx) => request(tx, 'held'));
    expect(row).toMatchObject({ ...SHOP, status: 'approved', actionId, maxTotal: total });

    // The worker dies and the day ends while the payee holds the money: it stays set aside.
    await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state).toBe('held');
    const { profile } = w;
    await w.close();
    w = { ...(await openInstance(devnet, profile, doubleDrive)), profile };
    devnet.clock.advance(DAY);
    expect(await state()).toMatchObject({ reserved: total, left: 0n });
    devnet.lightning.settle(paymentHash);
    await w.settle();
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid', fee: total - 5000n });
    expect(await state()).toMatchObject({ used: total, reserved: 0n, left: 0n });
    expect(await w.wallet.movement(actionId)).toMatchObject({ site: SHOP, status: 'successful' });
    devnet.clock.advance(DAY);
    expect(await state()).toMatchObject({ used: 0n, left: total });
  });

  test('that fails gives its money back to the budget', async () => {
    const { bolt11, paymentHash } = invoice(5000n, { hold: true });
    await grant(10_000n);
    const { actionId } = await silently(bolt11);
    expect((await state()).reserved).toBeGreaterThan(5000n);
    await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state).toBe('held');
    devnet.lightning.cancel(paymentHash);
    await w.settle();
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'failed' });
    expect(await state()).toMatchObject({ used: 0n, reserved: 0n, left: 10_000n });
  });
});

describe('a payment that nobody was asked about is refused without a trace', () => {
  const books = async () => ({
    coins: await w.wallet.coins(true),
    history: await w.wallet.history(),
    pending: await w.wallet.pending(),
    requests: await w.db.read(['requests'], (tx) => tx.query('requests')),
    budget: await state(),
  });

  test.each([
    ['one satoshi over the budget', (total: bigint) => ({ limit: total - 1n })],
    [
      'one satoshi over the cap of a payment',
      (total: bigint) => ({ limit: total * 9n, perPayment: total - 1n }),
    ],
  ])('%s', async (_what, terms) => {
    const { bolt11 } = invoice(5000n);
    const { limit, ...more } = terms(await priceOf(bolt11));
    await grant(limit, more);
    const before = await books();
    await expect(silently(bolt11)).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(await books()).toEqual(before);
  });

  test('without a budget, without a site, and for a frame of another origin', async () => {
    const { bolt11 } = invoice(5000n);
    await expect(silently(bolt11)).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    await grant(50_000n);
    const framed = { topOrigin: 'https://news.example', frameOrigin: SHOP.frameOrigin };
    await w.db.write(['sites'], async (tx) => {
      const { budget } = (await site(tx, SHOP))!;
      await tx.put('sites', { ...(await enableSite(tx, framed, 1)), budget });
    });
    const instruction = await w.wallet.inspect(bolt11);
    const silent = { method: 'sendPayment', params: {} };
    for (const asker of [{ site: framed, requestId: 'framed' }, { requestId: 'nobody' }, { site: SHOP }])
      await expect(w.wallet.pay(instruction, { ...asker, silent })).rejects.toMatchObject({
        code: 'BUDGET_EXCEEDED',
      });
    expect(await w.wallet.pending()).toEqual([]);
  });

  test('when the invoice leaves the amount open', async () => {
    await grant(50_000n);
    const { bolt11 } = devnet.lightning.createInvoice({});
    await expect(silently(bolt11)).rejects.toMatchObject({ code: 'AMOUNT_REQUIRED' });
  });
});

describe('at the same time', () => {
  test('two tabs cannot overspend together', async () => {
    const invoices = [invoice(5000n), invoice(5000n), invoice(5000n), invoice(5000n)];
    const total = await priceOf(invoices[0]!.bolt11);
    await grant(2n * total + total / 2n);
    const results = await Promise.allSettled(invoices.map(({ bolt11 }) => silently(bolt11)));
    const refused = results.flatMap((r) =>
      r.status === 'rejected' ? [(r.reason as { code: string }).code] : [],
    );
    expect(refused).toEqual(['BUDGET_EXCEEDED', 'BUDGET_EXCEEDED']);
    await w.settle();
    expect((await state()).used).toBe(2n * total);
    expect(invoices.filter((i) => devnet.lightning.invoice(i.paymentHash)?.state === 'settled')).toHaveLength(
      2,
    );
  });

  test('five calls for one invoice pay and reserve once', async () => {
    const { bolt11, paymentHash } = invoice(5000n);
    const total = await priceOf(bolt11);
    await grant(10n * total);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => silently(bolt11)));
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    await w.settle();
    expect((await state()).used).toBe(total);
    expect(devnet.lightning.invoice(paymentHash)).toMatchObject({
      state: 'settled',
      receivedMsat: 5_000_000n,
    });
  });
});
