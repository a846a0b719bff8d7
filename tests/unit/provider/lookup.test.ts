import { describe, expect, it } from 'vitest';
import { openMovement, finishMovement } from '../../../src/store/movements.ts';
import { recordPaid } from '../../../src/store/paid-invoices.ts';
import { enableSite } from '../../../src/store/sites.ts';
import type { SiteRef } from '../../../src/store/rows.ts';
import type { Sender } from '../../../src/messaging/runtime.ts';
import { lightningSendId } from '../../../src/wallet/actions/lightning-send/state.ts';
import { sats } from '../../../src/units.ts';
import { bench, HASH, INVOICE, PREIMAGE, queued, SHOP } from './helpers.ts';
import type { Bench } from './helpers.ts';

const ref = (origin: string): SiteRef => ({ topOrigin: origin, frameOrigin: origin });
const MINE = ref('https://shop.example');
const OTHER: Sender = { ...SHOP, origin: 'https://other.example', url: 'https://other.example/' };

async function enabled(): Promise<Bench> {
  const b = await bench();
  await b.db.write(['sites'], async (tx) => {
    await enableSite(tx, MINE, 1);
    await enableSite(tx, ref('https://other.example'), 1);
  });
  return b;
}

/** An attempt at the invoice that `site` asked for (the popup when there is none). */
const attempt = (
  b: Bench,
  nth: number,
  site: SiteRef | undefined,
  status: 'pending' | 'successful' | 'failed',
) =>
  b.db.write(['movements', 'paidInvoices'], async (tx) => {
    const actionId = lightningSendId(HASH, nth);
    const { id } = await openMovement(
      tx,
      {
        subsystem: { name: 'bark.lightning_send', kind: 'send' },
        intended: -5n,
        actionId,
        ...(site && { site }),
      },
      { sentTo: [{ type: 'invoice', value: INVOICE, amount: sats(5n) }] },
      1,
    );
    if (status !== 'pending') await finishMovement(tx, id, status, {}, 2);
    if (status === 'successful')
      await recordPaid(tx, { hash: HASH, preimage: PREIMAGE, paidAt: 2, actionId });
  });

const look = async (b: Bench, params: unknown, sender = SHOP) => {
  const page = b.open(sender);
  return page.reply(page.call('lookupInvoice', params));
};

const base = { paymentRequest: INVOICE, paymentHash: HASH };

describe('lookupInvoice', () => {
  it('tells the end of a payment that this site asked for, by request or by hash, in any life of the worker', async () => {
    const b = await enabled();
    await attempt(b, 1, MINE, 'successful');
    const result = { ...base, paid: true, preimage: PREIMAGE, state: 'settled' };
    expect(await look(b, { paymentRequest: `lightning:${INVOICE.toUpperCase()}` })).toMatchObject({ result });
    const after = await b.restart();
    expect(await look(after, { paymentHash: HASH.toUpperCase() })).toMatchObject({ result });
  });

  it('says pending while it is held, and failed afterwards', async () => {
    const b = await enabled();
    await attempt(b, 1, MINE, 'failed');
    expect(await look(b, { paymentHash: HASH })).toMatchObject({
      result: { ...base, paid: false, state: 'failed' },
    });
    await attempt(b, 2, MINE, 'pending');
    expect(await look(b, { paymentHash: HASH })).toMatchObject({
      result: { ...base, paid: false, state: 'pending' },
    });
  });

  it('knows the question that still waits, and the one that was refused', async () => {
    const b = await enabled();
    const page = b.open();
    const id = page.call('sendPayment', INVOICE);
    await queued(b, 1);
    expect(await look(b, { paymentHash: HASH })).toMatchObject({ result: { paid: false, state: 'pending' } });
    await b.provider.refuse(id);
    expect(await look(b, { paymentHash: HASH })).toMatchObject({ result: { paid: false, state: 'failed' } });
  });

  it('tells nobody else, and nothing of what the person paid without a site', async () => {
    const b = await enabled();
    await attempt(b, 1, undefined, 'failed');
    expect(await look(b, { paymentHash: HASH })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    await attempt(b, 2, MINE, 'successful');
    expect(await look(b, { paymentHash: HASH }, OTHER)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    const framed: Sender = { ...SHOP, frameId: 2, tab: { id: 1, url: 'https://other.example/' } };
    expect(await look(b, { paymentHash: HASH }, framed)).toMatchObject({ error: { code: 'NOT_ENABLED' } });
  });

  it('refuses what names no invoice, or two', async () => {
    const b = await enabled();
    for (const params of [
      null,
      {},
      'lnbc1',
      { paymentHash: 'abc' },
      { paymentRequest: 7 },
      { paymentRequest: INVOICE, paymentHash: '00'.repeat(32) },
    ])
      expect(await look(b, params)).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    b.inspected.kind = 'offer';
    expect(await look(b, { paymentRequest: INVOICE })).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });
});
