import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { createPayees } from '../../../src/background/payees.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { encodeBolt11, signWith } from '../../../src/lightning/bolt11-encode.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import type { MovementRow } from '../../../src/store/rows.ts';
import { msats, sats } from '../../../src/units.ts';

const invoice = (node: number, hash: number): string =>
  encodeBolt11(
    {
      network: 'regtest',
      amount: msats(1000),
      timestamp: 1_800_000_000,
      paymentHash: new Uint8Array(32).fill(hash),
      paymentSecret: new Uint8Array(32).fill(4),
      description: 'tea',
    },
    signWith(nobleCurve, new Uint8Array(32).fill(node)),
  );

test('a node is known by its key once it was paid, an address by its text', async () => {
  const db = await openDexie('payees', { indexedDB: new IDBFactory(), IDBKeyRange });
  const { paidBefore } = createPayees(async () => db, nobleCurve);
  let id = 0;
  const pay = (value: string, status: MovementRow['status']): Promise<void> =>
    db.write(['movements'], (tx) =>
      tx.put<MovementRow>('movements', {
        id: ++id,
        status,
        subsystem: { name: 'bark.lightning_send', kind: 'send' },
        intended: -1n,
        effective: -1n,
        fee: sats(0n),
        sentTo: [{ type: 'invoice', value, amount: sats(1n) }],
        receivedOn: [],
        inputs: [],
        outputs: [],
        exited: [],
        metadata: {},
        createdAt: id,
        updatedAt: id,
      }),
    );
  expect(await paidBefore(invoice(1, 1))).toBe(false);
  await pay(invoice(1, 1), 'failed');
  await pay(invoice(2, 2), 'pending');
  expect(await paidBefore(invoice(1, 3))).toBe(false);
  await pay(invoice(1, 4), 'successful');
  await pay('alice@shop.example', 'successful');
  expect(await paidBefore(invoice(1, 5))).toBe(true);
  expect(await paidBefore(invoice(2, 5))).toBe(false);
  expect(await paidBefore('alice@shop.example')).toBe(true);
  expect(await paidBefore('mallory@shop.example')).toBe(false);
});
