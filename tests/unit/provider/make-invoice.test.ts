import { describe, expect, it } from 'vitest';
import { SkiffError } from '../../../src/errors.ts';
import { draftInvoice, invoiceTables, updateInvoice } from '../../../src/store/invoices.ts';
import type { SiteRef } from '../../../src/store/rows.ts';
import { enableSite } from '../../../src/store/sites.ts';
import { sats } from '../../../src/units.ts';
import { bench, HASH, INVOICE, PREIMAGE, queued, SHOP } from './helpers.ts';
import type { Bench } from './helpers.ts';

const REF: SiteRef = { topOrigin: 'https://shop.example', frameOrigin: 'https://shop.example' };

async function wish(argument: unknown): Promise<unknown> {
  const b = await bench();
  const page = b.open();
  const id = page.call('makeInvoice', argument);
  const answered = page.reply(id).then((reply) => ('error' in reply ? reply.error.code : 'answered'));
  const filed = queued(b, 1).then(([row]) => row!.params);
  return Promise.race([answered, filed]);
}

describe('makeInvoice', () => {
  it.each([
    ['a number', 2100, { amount: 2100n }],
    ['a string', ' 2100 ', { amount: 2100n }],
    ['an object', { amount: 2100, defaultMemo: 'rope' }, { amount: 2100n, memo: 'rope' }],
    ['strings in an object', { amount: '2100', memo: 'rope' }, { amount: 2100n, memo: 'rope' }],
    ['bounds', { minimumAmount: 10, maximumAmount: '20' }, { minimum: 10n, maximum: 20n }],
    ['a proposal', { defaultAmount: 15, minimumAmount: 0, maximumAmount: null }, { defaultAmount: 15n }],
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['no amount at all', { amount: '' }, {}],
  ])('understands %s', async (_what, argument, wanted) => {
    expect(await wish(argument)).toEqual(wanted);
  });

  it.each([
    ['a negative amount', -1],
    ['a fraction', 0.5],
    ['words', 'a lot'],
    ['more than there is', '2100000000000001'],
    ['too much for a number', 1e21],
    ['an amount out of its own bounds', { amount: 5, minimumAmount: 10 }],
    ['bounds that cross', { minimumAmount: 20, maximumAmount: 10 }],
    ['a memo that is none', { amount: 5, memo: { toString: 'x' } }],
    ['a very long memo', { amount: 5, memo: 'x'.repeat(2001) }],
    ['a list', [5]],
  ])('refuses %s without a question', async (_what, argument) => {
    expect(await wish(argument)).toBe('INVALID_ARGUMENT');
  });

  it('the person agrees, and the page gets an invoice that is remembered as made for it', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('makeInvoice', { amount: 2100, memo: 'rope' });
    await queued(b, 1);
    await b.provider.approve(id, { amount: 2100n });
    expect(await page.reply(id)).toEqual({
      id,
      result: { paymentRequest: INVOICE, paymentHash: HASH, rHash: HASH },
    });
    expect(b.made).toEqual([{ amount: 2100n, memo: 'rope', site: REF }]);
  });

  it('holds the person to the bounds of the site, whatever the window says', async () => {
    const b = await bench();
    const page = b.open();
    const open = page.call('makeInvoice', { minimumAmount: 10, maximumAmount: 20 });
    await queued(b, 1);
    await expect(b.provider.approve(open, {})).rejects.toThrow(/AMOUNT_REQUIRED/);
    for (const amount of [9n, 21n])
      await expect(b.provider.approve(open, { amount })).rejects.toThrow(/AMOUNT_OUT_OF_RANGE/);
    expect(b.made).toEqual([]);
    await b.provider.approve(open, { amount: 20n });
    const fixed = page.call('makeInvoice', 2100);
    await queued(b, 1);
    await expect(b.provider.approve(fixed, { amount: 2101n })).rejects.toThrow(/AMOUNT_OUT_OF_RANGE/);
    expect(b.made).toHaveLength(1);
  });

  it('when none can be made the question stays', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('makeInvoice', 2100);
    await queued(b, 1);
    b.payFails.with = new SkiffError({ code: 'SERVER_UNREACHABLE', say: 'Nobody there.' });
    await expect(b.provider.approve(id, { amount: 2100n })).rejects.toThrow(/SERVER_UNREACHABLE/);
    await queued(b, 1);
    await b.provider.refuse(id);
    expect(await page.reply(id)).toMatchObject({ error: { message: 'User rejected' } });
  });
});

describe('lookupInvoice of an invoice that was made', () => {
  const made = (b: Bench, site: SiteRef | undefined) =>
    b.db.write([...invoiceTables, 'sites'], async (tx) => {
      await enableSite(tx, REF, 1);
      await draftInvoice(tx, {
        hash: HASH,
        amount: sats(5n),
        fee: sats(0n),
        memo: '',
        createdAt: 1,
        salt: '00'.repeat(8),
        preimage: PREIMAGE,
        keyIndex: 1,
        minCltvDelta: 1,
        ...(site && { site }),
      });
      await updateInvoice(tx, HASH, { state: 'open', bolt11: INVOICE, expiresAt: 9 }, 2);
    });
  const move = (b: Bench, ...states: ('arrived' | 'preimage-revealed' | 'claimed' | 'expired')[]) =>
    b.db.write(invoiceTables, async (tx) => {
      for (const state of states) await updateInvoice(tx, HASH, { state }, 3);
    });
  const look = async (b: Bench) => {
    const page = b.open(SHOP);
    return page.reply(page.call('lookupInvoice', { paymentHash: HASH }));
  };

  it('says pending without the preimage until the money is ours', async () => {
    const b = await bench();
    await made(b, REF);
    const pending = { paymentRequest: INVOICE, paymentHash: HASH, paid: false, state: 'pending' };
    expect(await look(b)).toMatchObject({ result: pending });
    await move(b, 'arrived', 'preimage-revealed');
    const reply = await look(b);
    expect(reply).toMatchObject({ result: pending });
    expect(JSON.stringify(reply)).not.toContain(PREIMAGE);
    await move(b, 'claimed');
    expect(await look(b)).toMatchObject({ result: { paid: true, preimage: PREIMAGE, state: 'settled' } });
  });

  it('says failed when it was never paid, and tells nothing of the popup’s invoices', async () => {
    const b = await bench();
    await made(b, REF);
    await move(b, 'expired');
    expect(await look(b)).toMatchObject({ result: { paid: false, state: 'failed' } });
    const other = await bench();
    await made(other, undefined);
    expect(await look(other)).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});
