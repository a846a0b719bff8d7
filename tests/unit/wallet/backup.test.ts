// The backup file: it comes back whole or not at all, is nobody else's, and never puts old over new.
import { randomBytes } from 'node:crypto';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import { storeCoin } from '../../../src/store/coins.ts';
import { takeKey } from '../../../src/store/keys.ts';
import { setMeta } from '../../../src/store/meta.ts';
import { finishMovement, history, openMovement } from '../../../src/store/movements.ts';
import type { Db } from '../../../src/store/port.ts';
import type { InvoiceRow, SiteRow } from '../../../src/store/rows.ts';
import { allSwaps } from '../../../src/store/swaps.ts';
import type { SwapRow } from '../../../src/store/swap-row.ts';
import { changeSettings, settings } from '../../../src/store/settings.ts';
import { sats } from '../../../src/units.ts';
import { readContents } from '../../../src/wallet/backup/contents.ts';
import { fromText, toText } from '../../../src/wallet/backup/codec.ts';
import { createBackup } from '../../../src/wallet/backup/index.ts';
import { keyRing } from '../../../src/wallet/key-ring.ts';
import type { Deps } from '../../../src/wallet/ports.ts';

const NOW = 1_700_000_000_000;
const SEED = new Uint8Array(64).fill(7);
const hex = (byte: number) => byte.toString(16).padStart(2, '0').repeat(32);
const TABLES = [
  'movements',
  'paidInvoices',
  'invoices',
  'actions',
  'sites',
  'settings',
  'keys',
  'coins',
  'swaps',
];
const ALL = [...TABLES, 'coinBodies', 'meta'];

interface Wallet extends ReturnType<typeof createBackup> {
  db: Db;
  keys: ReturnType<typeof keyRing>;
  woken: number;
}

async function wallet({ seed = SEED, network = 'regtest' as const, now = NOW } = {}): Promise<Wallet> {
  const db = await openDexie('skiff', { indexedDB: new IDBFactory(), IDBKeyRange });
  const keys = keyRing(seed, network);
  await db.write(['meta'], (tx) =>
    setMeta(tx, 'wallet', { network, fingerprint: keys.fingerprint, createdAt: 1 }),
  );
  const ports = {
    db,
    keys: { unlocked: () => keys },
    now: () => now,
    random: (length: number) => new Uint8Array(randomBytes(length)),
  };
  const made = { db, keys, woken: 0 } as Wallet;
  return Object.assign(
    made,
    createBackup({ ports } as unknown as Deps, () => void made.woken++),
  );
}

const invoice = (n: number, state: InvoiceRow['state']): InvoiceRow => ({
  hash: hex(n),
  state,
  ...(['claimed', 'expired'].includes(state) ? {} : { open: 1 as const }),
  amount: sats(1_000n),
  fee: sats(5n),
  memo: 'beans – “with” quotes',
  createdAt: NOW - n,
  salt: '00'.repeat(8),
  preimage: hex(n + 100),
  keyIndex: 1,
  minCltvDelta: 100,
  updatedAt: NOW - n,
});
const site = (name: string, over: Partial<SiteRow> = {}): SiteRow => ({
  id: `https://${name} https://${name}`,
  topOrigin: `https://${name}`,
  frameOrigin: `https://${name}`,
  enabledAt: 5,
  lastUsedAt: 6,
  ...over,
});

const swap = (n: number, over: Partial<SwapRow>): SwapRow => ({
  hash: hex(n),
  second: n,
  backend: 'boltz',
  service: 'https://swaps.example/v2',
  status: 'created',
  actionId: `loop_out.${hex(n)}`,
  address: 'bcrt1q',
  amount: sats(50_000n),
  lockup: sats(50_300n),
  invoiceAmount: sats(51_000n),
  createdAt: n * 1000,
  updatedAt: n * 1000,
  ...over,
});

/** A wallet with something of everything. */
async function lived(): Promise<Wallet> {
  const w = await wallet();
  await w.db.write(ALL, async (tx) => {
    for (let i = 0; i < 5; i++)
      await takeKey(tx, (index) => Buffer.from(w.keys.vtxoPublicKey(index)).toString('hex'), 'change', i);
    for (const [i, id] of ['ln_pay.a', 'arkoor.b', 'ln_pay.c'].entries()) {
      const init = { actionId: id, subsystem: { name: 'bark.arkoor', kind: 'send' }, intended: -100n };
      const line = await openMovement(tx, init, { metadata: { payment_hash: hex(i) } }, NOW - 1000 + i);
      if (id !== 'ln_pay.c') await finishMovement(tx, line.id, 'successful', { effective: -101n }, NOW - 500);
    }
    await tx.add('paidInvoices', { hash: hex(1), preimage: hex(2), paidAt: NOW, actionId: 'ln_pay.a' });
    for (const [i, state] of (['claimed', 'open', 'preimage-revealed', 'draft'] as const).entries())
      await tx.add('invoices', invoice(50 + i, state));
    await tx.add(
      'sites',
      site('shop.example', {
        seesBalance: 1,
        budget: {
          limit: sats(900n),
          periodMs: 86_400_000,
          periodStart: NOW,
          spent: sats(100n),
          reserved: { x: sats(50n) },
        },
      }),
    );
    await tx.add('sites', site('loud.example', { blocked: 1 }));
    await tx.add('swaps', swap(60, { status: 'done', received: sats(50_100n) }));
    await tx.add(
      'swaps',
      swap(61, { status: 'paying', open: 1, agreement: { kind: 'boltz', invoice: 'ln' } }),
    );
    await tx.add('swaps', swap(62, { open: 1 }));
    await changeSettings(tx, { notifyAmount: false, renewBlocks: 300, serverUrl: 'https://old.example' });
  });
  return w;
}
const dump = ({ db }: Wallet) =>
  db.read(ALL, async (tx) => toText(await Promise.all(ALL.map((table) => tx.query(table)))));

const EMPTY = {
  movements: [],
  paidInvoices: [],
  invoices: [],
  swaps: [],
  sites: [],
  settings: {},
  nextKey: 0,
};

let file: string;
beforeEach(async () => {
  ({ text: file } = await (await lived()).exportBackup());
});

describe('a backup', () => {
  test('brings history, receipts, invoices, sites, settings and keys to another disk', async () => {
    const again = await wallet();
    expect(await again.importBackup(file)).toEqual({
      movements: 3,
      payments: 1,
      invoices: 4,
      swaps: 3,
      sites: 2,
    });
    expect(again.woken).toBe(1);
    const rows = await again.db.read(ALL, async (tx) => ({
      lines: (await history(tx)).map((l) => [l.actionId, l.status, l.effective]),
      invoices: (await tx.query<InvoiceRow>('invoices')).map((i) => [i.state, i.open, i.memo]),
      sites: await tx.query<SiteRow>('sites'),
      actions: (await tx.query<{ id: string }>('actions')).map((a) => a.id),
      keys: await tx.count('keys'),
      chosen: await settings(tx),
      coins: await tx.count('coins'),
      swaps: await allSwaps(tx),
    }));
    expect(rows.lines).toEqual([
      ['ln_pay.c', 'canceled', 0n],
      ['arkoor.b', 'successful', -101n],
      ['ln_pay.a', 'successful', -101n],
    ]);
    expect(rows.invoices.map(([state]) => state).sort()).toEqual(['cancelled', 'claimed', 'open', 'open']);
    expect(rows.actions.sort()).toEqual([`ln_recv.${hex(51)}`, `ln_recv.${hex(52)}`]);
    expect(rows.sites.find((s) => s.topOrigin === 'https://shop.example')?.budget).toMatchObject({
      spent: 150n,
      reserved: {},
    });
    expect(rows.sites.find((s) => s.topOrigin === 'https://loud.example')?.blocked).toBe(1);
    expect(rows.keys).toBe(5);
    expect(rows.chosen).toMatchObject({ notifyAmount: false, renewBlocks: 300, serverUrl: '' });
    expect(rows.coins).toBe(0);
    expect(rows.swaps.map(({ status, open }) => [status, open])).toEqual([
      ['done', undefined],
      ['paying', 1],
      ['failed', undefined],
    ]);
  });

  test('of the time before swaps is as good', () => {
    const { swaps: _none, ...before } = fromText(toText(EMPTY)) as Record<string, unknown>;
    expect(readContents(before)).toMatchObject({ swaps: [] });
  });

  test('taken in again changes nothing', async () => {
    const again = await wallet();
    await again.importBackup(file);
    const before = await dump(again);
    expect(await again.importBackup(file)).toEqual({
      movements: 0,
      payments: 0,
      invoices: 0,
      swaps: 0,
      sites: 0,
    });
    expect(await dump(again)).toBe(before);
  });

  test('into the wallet it was made from changes nothing', async () => {
    const w = await lived();
    const before = await dump(w);
    await w.importBackup((await w.exportBackup()).text);
    expect(await dump(w)).toBe(before);
  });

  test('never puts old over new, and gives no coin back', async () => {
    const w = await lived();
    const old = (await w.exportBackup()).text;
    await w.db.write(ALL, async (tx) => {
      const [line] = await tx.query<{ id: number }>('movements', 'actionId', { equals: 'ln_pay.c' });
      await finishMovement(tx, line!.id, 'failed', {}, NOW + 10);
      await tx.put('invoices', { ...invoice(51, 'claimed'), updatedAt: NOW + 10 });
      await tx.put('sites', site('shop.example', { blocked: 1, lastUsedAt: NOW + 10 }));
      await changeSettings(tx, { notifyAmount: true });
      await storeCoin(tx, {
        ...{ id: `${hex(1)}:0`, state: 'spent', kind: 'arkoor', amount: sats(1n), expiryHeight: 1 },
        ...{ exitDepth: 1, policyType: 'pubkey', keyIndex: 0, anchorTxid: hex(3), createdAt: 1 },
        ...{ bytes: new Uint8Array(1), registered: true },
      });
    });
    const before = await dump(w);
    await w.importBackup(old);
    expect(await dump(w)).toBe(before);
  });

  test('knows better than a line that is older here', async () => {
    const older = await wallet();
    await older.importBackup(file);
    const w = await lived();
    await w.db.write(ALL, async (tx) => {
      const [line] = await tx.query<{ id: number }>('movements', 'actionId', { equals: 'ln_pay.c' });
      await finishMovement(tx, line!.id, 'successful', { effective: -7n }, NOW + 99_000);
    });
    await older.importBackup((await w.exportBackup()).text);
    const [newest] = await older.db.read(['movements'], (tx) => history(tx));
    expect(newest).toMatchObject({ actionId: 'ln_pay.c', status: 'successful', effective: -7n });
  });

  test('holds neither words, seed nor anything readable of the history', async () => {
    for (const secret of ['ln_pay', 'shop.example', hex(2), Buffer.from(SEED).toString('hex')])
      expect(file).not.toContain(secret);
  });
});

describe('a file that is not as it must be leaves nothing behind', () => {
  const refuses = async (text: string, code: string, into?: Wallet) => {
    const w = into ?? (await wallet());
    const before = await dump(w);
    await expect(w.importBackup(text)).rejects.toMatchObject({ code });
    expect(await dump(w)).toBe(before);
  };

  test('of other words, or of another network', async () => {
    await refuses(file, 'BACKUP_FOREIGN', await wallet({ seed: new Uint8Array(64).fill(8) }));
    await refuses(file.replace('"regtest"', '"mainnet"'), 'BACKUP_FOREIGN');
  });

  test('of a newer Skiff', async () => {
    await refuses(file.replace('"version": 1', '"version": 2'), 'BACKUP_TOO_NEW');
  });

  test('of anything else', async () => {
    for (const text of [
      '',
      'null',
      '{}',
      '[]',
      '{"skiff":"backup"}',
      'hello',
      '{"skiff":"backup","version":1}',
    ])
      await refuses(text, 'BACKUP_DAMAGED');
    await refuses(file.replace('"version": 1', '"version": 0'), 'BACKUP_DAMAGED');
  });

  test('of any length that is cut off, and with any character changed', async () => {
    const w = await wallet();
    const before = await dump(w);
    const outcome = async (text: string) =>
      w.importBackup(text).then(
        () => 'taken',
        (e: { code?: string }) => e.code ?? 'untyped',
      );
    const typed = ['BACKUP_DAMAGED', 'BACKUP_FOREIGN', 'BACKUP_TOO_NEW'];
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 3), fc.integer({ min: 33, max: 126 }), async (at, byte) => {
        expect(typed).toContain(await outcome(file.slice(0, at)));
        const other = String.fromCharCode(byte);
        if (other === file[at] || /\s/.test(file[at] as string)) return;
        const changed = file.slice(0, at) + other + file.slice(at + 1);
        expect([at, typed]).toEqual([at, expect.arrayContaining([await outcome(changed)])]);
      }),
      { numRuns: 300 },
    );
    expect(await dump(w)).toBe(before);
  });
});

test('rows survive being text', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      fc.bigInt(-(10n ** 29n), 10n ** 29n),
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.string({ minLength: 3 }), tie('any'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (row) => {
      expect(fromText(toText(row))).toEqual(row);
    }),
  );
});
