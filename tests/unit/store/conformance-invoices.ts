// The rules of src/store/invoices.ts, checked on whatever backend is given.
import type { Db } from '../../../src/store/port.ts';
import {
  assertNotOurs,
  draftInvoice,
  invoice,
  invoices,
  invoiceTables,
  updateInvoice,
} from '../../../src/store/invoices.ts';
import { recordPaid } from '../../../src/store/paid-invoices.ts';
import { sats } from '../../../src/units.ts';
import { fails, same } from './assert.ts';

type WithDb = (title: string, body: (db: Db) => Promise<void>) => void;

const draft = (hash: string, createdAt: number) => ({
  hash,
  amount: sats(1000),
  fee: sats(102),
  memo: 'tea',
  createdAt,
  salt: '00'.repeat(8),
  preimage: '11'.repeat(32),
  keyIndex: 3,
  minCltvDelta: 216,
});

export function invoiceConformance(withDb: WithDb): void {
  const writing =
    (db: Db) =>
    <T>(body: Parameters<typeof db.write<T>>[1]) =>
      db.write(invoiceTables, body);

  withDb('invoices: a hash is used once, by whichever side of a payment we were', async (db) => {
    const write = writing(db);
    await write((tx) => draftInvoice(tx, draft('a', 1)));
    await fails(
      write((tx) => draftInvoice(tx, draft('a', 2))),
      'STORE_CONFLICT',
    );
    await write((tx) => recordPaid(tx, { hash: 'p', preimage: '22', paidAt: 1, actionId: 'x' }));
    await fails(
      write((tx) => draftInvoice(tx, draft('p', 2))),
      'STORE_CONFLICT',
    );
    await write((tx) => updateInvoice(tx, 'a', { state: 'cancelled' }, 3));
    await fails(
      write((tx) => draftInvoice(tx, draft('a', 4))),
      'STORE_CONFLICT',
    );
    await fails(
      db.read(['invoices'], (tx) => assertNotOurs(tx, 'a')),
      'OWN_INVOICE',
    );
    await db.read(['invoices'], (tx) => assertNotOurs(tx, 'b'));
  });

  withDb('invoices: states go forward only, and a revealed preimage cannot be taken back', async (db) => {
    const write = writing(db);
    const to = (hash: string, state: Parameters<typeof updateInvoice>[2]['state'], now = 2) =>
      write((tx) => updateInvoice(tx, hash, { state }, now));
    await write((tx) => draftInvoice(tx, draft('a', 1)));
    await fails(to('a', 'preimage-revealed'), 'INTERNAL');
    await to('a', 'open');
    await fails(to('a', 'claimed'), 'INTERNAL');
    await to('a', 'arrived');
    await to('a', 'open');
    await to('a', 'arrived');
    await to('a', 'preimage-revealed', 9);
    await to('a', 'preimage-revealed', 9);
    for (const back of ['open', 'arrived', 'cancelled', 'expired'] as const)
      await fails(to('a', back), 'INTERNAL');
    await to('a', 'claimed');
    await to('a', 'claimed');
    await fails(to('a', 'cancelled'), 'INTERNAL');
    await fails(to('nobody', 'open'), 'INTERNAL');
    same((await db.read(['invoices'], (tx) => invoice(tx, 'a')))?.open, undefined);
  });

  withDb('invoices: the open ones are found by themselves, newest first', async (db) => {
    const write = writing(db);
    for (const [hash, at] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const) {
      await write((tx) => draftInvoice(tx, draft(hash, at)));
      await write((tx) => updateInvoice(tx, hash, { state: 'open', bolt11: 'ln' }, at));
    }
    await write((tx) => updateInvoice(tx, 'b', { state: 'expired' }, 9));
    const hashes = async (which: 'open' | 'all') =>
      (await db.read(['invoices'], (tx) => invoices(tx, which))).map((row) => row.hash);
    same(await hashes('open'), ['c', 'a']);
    same(await hashes('all'), ['c', 'b', 'a']);
  });
}
