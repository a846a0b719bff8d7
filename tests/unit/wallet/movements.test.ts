// Searching the history and taking it along as a file.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { describe, expect, test } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import { openMovement } from '../../../src/store/movements.ts';
import type { MovementRow } from '../../../src/store/rows.ts';
import { sats } from '../../../src/units.ts';
import { exportMovements } from '../../../src/wallet/movements/export.ts';
import { MOVEMENT_KINDS, movementKind } from '../../../src/wallet/movements/kind.ts';
import { findMovements } from '../../../src/wallet/movements/read.ts';
import { movementFilter, type HistoryFilter } from '../../../src/wallet/movements/search.ts';

const DAY = 86_400_000;

const line = (id: number, more: Partial<MovementRow> = {}): MovementRow => ({
  id,
  status: 'successful',
  subsystem: { name: 'bark.lightning_send', kind: 'send' },
  intended: -1000n,
  effective: -1003n,
  fee: sats(3n),
  sentTo: [],
  receivedOn: [],
  inputs: [],
  outputs: [],
  exited: [],
  metadata: {},
  createdAt: id * DAY,
  updatedAt: id * DAY,
  completedAt: id * DAY + 1000,
  ...more,
});

const rows = [
  line(1, { sentTo: [{ type: 'lightning-address', value: 'Ann@Example.com', amount: sats(1000n) }] }),
  line(2, {
    status: 'failed',
    intended: -25_000n,
    effective: 0n,
    metadata: {
      payment_hash: 'ab'.repeat(32),
      failure: { code: 'PAYMENT_FAILED', say: 'No way to the recipient was found.' },
    },
    site: { topOrigin: 'https://shop.example', frameOrigin: 'https://pay.example' },
  }),
  line(3, {
    subsystem: { name: 'bark.arkoor', kind: 'receive' },
    intended: 700n,
    effective: 700n,
    fee: sats(0n),
    outputs: [`${'cd'.repeat(32)}:1`],
    metadata: { description: 'two coffees' },
  }),
  line(4, { status: 'pending', subsystem: { name: 'bark.swap', kind: 'out' } }),
];
const found = (filter: HistoryFilter) => rows.filter(movementFilter(filter)).map((row) => row.id);

describe('searching the history', () => {
  test('finds by destination, site, words, reason, amount, hash and coin, whatever the case', () => {
    expect(found({ text: 'ann@EXAMPLE' })).toEqual([1]);
    expect(found({ text: 'pay.example' })).toEqual([2]);
    expect(found({ text: 'Coffees' })).toEqual([3]);
    expect(found({ text: 'no way' })).toEqual([2]);
    expect(found({ text: '25000' })).toEqual([2]);
    expect(found({ text: 'ABABAB' })).toEqual([2]);
    expect(found({ text: 'cdcdcd' })).toEqual([3]);
  });

  test('every word must be there, in any order; no words: all', () => {
    expect(found({ text: ' coffees  two ' })).toEqual([3]);
    expect(found({ text: 'two teas' })).toEqual([]);
    expect(found({ text: '   ' })).toEqual([1, 2, 3, 4]);
  });

  test('narrows by kind, status and time: the start counts, the end does not', () => {
    expect(found({ kinds: ['ark-received', 'other'] })).toEqual([3, 4]);
    expect(found({ kinds: [] })).toEqual([1, 2, 3, 4]);
    expect(found({ status: ['failed', 'pending'] })).toEqual([2, 4]);
    expect(found({ from: 2 * DAY, until: 4 * DAY })).toEqual([2, 3]);
    expect(found({ from: 2 * DAY, status: ['successful'], text: '700' })).toEqual([3]);
  });

  test('a kind of a later version is "other"', () => {
    expect(new Set(MOVEMENT_KINDS).size).toBe(MOVEMENT_KINDS.length);
    expect(rows.map(movementKind)).toEqual(['lightning-sent', 'lightning-sent', 'ark-received', 'other']);
  });

  test('reads on until enough lines fit, and goes on after a page', async () => {
    const db = await openDexie('movements', { indexedDB: new IDBFactory(), IDBKeyRange });
    await db.write(['movements'], async (tx) => {
      for (let i = 0; i < 1200; i++) {
        const init = { subsystem: { name: 'bark.arkoor', kind: 'send' }, intended: -BigInt(i) };
        await openMovement(tx, init, { metadata: { description: i % 400 === 0 ? 'rare' : 'often' } }, i);
      }
    });
    const read = (query: object) => db.read(['movements'], (tx) => findMovements(tx, query));
    const first = await read({ text: 'rare', limit: 2 });
    expect(first.map((row) => row.intended)).toEqual([-800n, -400n]);
    const rest = await read({ text: 'rare', limit: 2, before: first.at(-1)!.id });
    expect(rest.map((row) => row.intended)).toEqual([0n]);
    expect(await read({})).toHaveLength(1200);
    db.close();
  });
});

describe('exporting the history', () => {
  test('CSV: a header, one line for each payment, CRLF, numbers as they are', () => {
    const { name, type, text } = exportMovements(rows.slice(0, 2), 'csv', 10 * DAY);
    expect([name, type]).toEqual(['skiff-history-1970-01-11.csv', 'text/csv;charset=utf-8']);
    expect(text.split('\r\n')).toEqual([
      'id,started,finished,status,kind,intended_sat,effective_sat,fee_sat,onchain_fee_sat,sent_to,received_on,site,description,comment,payment_hash,preimage,failure',
      '1,1970-01-02T00:00:00.000Z,1970-01-02T00:00:01.000Z,successful,lightning-sent,-1000,-1003,3,,Ann@Example.com,,,,,,,',
      `2,1970-01-03T00:00:00.000Z,1970-01-03T00:00:01.000Z,failed,lightning-sent,-25000,0,3,,,,https://shop.example,,,${'ab'.repeat(32)},,No way to the recipient was found.`,
      '',
    ]);
  });

  test.each([
    ['=HYPERLINK("https://evil")', `"'=HYPERLINK(""https://evil"")"`],
    ['+1', `'+1`],
    ['-2+3', `'-2+3`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['\t=1', `"'\t=1"`],
    ['\r=1', `"'\r=1"`],
    ['\n=1', `"'\n=1"`],
    [' =1', `' =1`],
    ['\uff1d1', `'\uff1d1`],
    ['a,b', `"a,b"`],
    ['say "hi"', `"say ""hi"""`],
    ['two\nlines', `"two\nlines"`],
    ['a=b', 'a=b'],
  ])('CSV: what a stranger wrote never becomes a formula: %j', (description, cell) => {
    const { text } = exportMovements([line(1, { metadata: { description } })], 'csv', 0);
    expect(text.slice(text.indexOf('\r\n') + 2)).toContain(`,,${cell},,,,\r\n`);
  });

  test('JSON: bark field names, amounts as numbers, the site beside them', () => {
    const { name, text } = exportMovements(rows, 'json', 0);
    expect(name).toBe('skiff-history-1970-01-01.json');
    const read = JSON.parse(text) as object[];
    expect(read).toHaveLength(4);
    expect(read[1]).toMatchObject({
      id: 2,
      status: 'failed',
      intended_balance_sat: -25_000,
      effective_balance_sat: 0,
      site: { top_origin: 'https://shop.example', frame_origin: 'https://pay.example' },
      metadata: { failure: { code: 'PAYMENT_FAILED' } },
      time: { created_at: '1970-01-03T00:00:00.000Z' },
    });
    expect(read[0]).not.toHaveProperty('site');
  });
});
