// The mailbox while the worker lives, sleeps and is locked; what is told to the person.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { createAttention } from '../../../src/background/attention.ts';
import { createBadge } from '../../../src/background/badge.ts';
import type { ExtensionApi } from '../../../src/background/browser.ts';
import { freshInvoice, movesSoon } from '../../../src/background/keep-alive.ts';
import { createKeptPass } from '../../../src/background/kept-pass.ts';
import { createMail } from '../../../src/background/mail.ts';
import { createNotices } from '../../../src/background/notices.ts';
import { createTimers } from '../../../src/background/timers.ts';
import { waitingForUnlock, WAITING_TABLES } from '../../../src/background/waiting.ts';
import { SkiffError } from '../../../src/errors.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import { finishMovement, openMovement } from '../../../src/store/movements.ts';
import type { Db } from '../../../src/store/port.ts';
import type { ActionRow, InboxRow, InvoiceRow } from '../../../src/store/rows.ts';
import { setMeta } from '../../../src/store/meta.ts';
import { changeSettings } from '../../../src/store/settings.ts';
import { KEPT_PASS_MS } from '../../../src/wallet/mailbox/pass.ts';
import type { OffersWallet } from '../../../src/offers/wallet.ts';

const NOW = 1_700_000_000_000;
const SERVER = { arkUrl: 'https://ark.example.com', serverPubkey: `02${'ab'.repeat(32)}` };
const PASS = { mailboxId: new Uint8Array(33).fill(2), authorization: new Uint8Array(105).fill(7) };

function fakeBrowser() {
  const session = new Map<string, unknown>();
  const alarms = new Map<string, { periodInMinutes?: number }>();
  const notices = new Map<string, string>();
  const windows: string[] = [];
  let badge = '';
  let made = 0;
  let clicked: (id: string) => void = () => {};
  const api = {
    runtime: { getURL: (path: string) => `chrome-extension://abc/${path}` },
    i18n: { getMessage: (name: string, values: string[] = []) => [name, ...values].join(' ') },
    notifications: {
      create: async (id: string, { message }: { message: string }) => void notices.set(id, message),
      clear: async (id: string) => notices.delete(id),
      onClicked: { addListener: (f: typeof clicked) => void (clicked = f) },
    },
    storage: {
      session: {
        get: async (key: string) => ({ [key]: session.get(key) }),
        set: async (items: object) => Object.entries(items).forEach(([k, v]) => session.set(k, v)),
        remove: async (key: string) => void session.delete(key),
      },
    },
    windows: { create: async ({ url }: { url: string }) => void windows.push(url) },
    alarms: {
      create: (name: string, when: { periodInMinutes?: number }) => {
        made++;
        alarms.set(name, when);
      },
      get: async (name: string) => alarms.get(name),
      clear: async (name: string) => alarms.delete(name),
      onAlarm: { addListener: () => {} },
    },
    action: {
      setBadgeText: async ({ text }: { text: string }) => void (badge = text),
      setBadgeBackgroundColor: async () => {},
    },
  } as unknown as ExtensionApi;
  return {
    api,
    session,
    alarms,
    notices,
    windows,
    badge: () => badge,
    made: () => made,
    click: (id: string) => clicked(id),
  };
}

const openDb = () => openDexie('skiff', { indexedDB: new IDBFactory(), IDBKeyRange });
const action = (more: Partial<ActionRow> & { state?: object }): ActionRow => ({
  id: 'a',
  kind: 'lightning-send',
  version: 1,
  state: {},
  retries: 0,
  createdAt: NOW,
  updatedAt: NOW,
  ...more,
});
const locked = { code: 'LOCKED', say: 'Locked.' };
const invoice = (more: Partial<InvoiceRow>) =>
  ({ hash: 'h', state: 'open', open: 1, createdAt: NOW, ...more }) as InvoiceRow;

describe('the pass for the time that the wallet is locked', () => {
  it('is for one server only, the one that it was kept for', async () => {
    const kept = createKeptPass(fakeBrowser().api);
    await kept.keep(SERVER, PASS, NOW);
    expect(await kept.get(SERVER)).toEqual(PASS);
    expect(await kept.get({ ...SERVER, arkUrl: 'https://other.example.com' })).toBeUndefined();
    expect(await kept.get({ ...SERVER, serverPubkey: `03${'ab'.repeat(32)}` })).toBeUndefined();
    await kept.drop();
    expect(await kept.get(SERVER)).toBeUndefined();
  });

  it('is nothing when what lies there is not one', async () => {
    const b = fakeBrowser();
    const kept = createKeptPass(b.api);
    for (const junk of ['x', { ...SERVER }, { ...SERVER, mailboxId: '00', authorization: '11', until: 1 }]) {
      b.session.set('mailboxPass', junk);
      expect(await kept.get(SERVER)).toBeUndefined();
    }
  });
});

describe('the mailbox', () => {
  function world({ elsewhere = false } = {}) {
    const b = fakeBrowser();
    const kept = createKeptPass(b.api);
    const signals: AbortSignal[] = [];
    const connections: AbortSignal[] = [];
    const seen = { reads: 0, passes: [] as number[] };
    let lockedNow = false;
    const wallet = {
      readMail: async () => {
        seen.reads++;
        if (lockedNow && !(await kept.get(SERVER))) throw new SkiffError({ code: 'LOCKED', say: '' });
        return 'end';
      },
      followMail: async (signal: AbortSignal) => {
        if (elsewhere) return false;
        signals.push(signal);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        return true;
      },
      followOffers: async (signal: AbortSignal) => {
        connections.push(signal);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
      mailboxPass: (until: number) => {
        seen.passes.push(until);
        return PASS;
      },
    } as unknown as OffersWallet;
    let time = NOW;
    const mail = createMail({
      wallet: async () => wallet,
      kept,
      server: async () => SERVER,
      now: () => time,
      log: () => {},
    });
    return {
      mail,
      kept,
      seen,
      signals,
      connections,
      lock: () => (lockedNow = true),
      pass: (ms: number) => (time += ms),
    };
  }

  it('unlocked: a stream is opened, and with one open the alarm reads all the same', async () => {
    const { mail, seen, signals } = world();
    await mail.tend();
    await vi.waitUntil(() => signals.length === 1);
    expect(seen.reads).toBe(0);
    await mail.tend();
    expect([signals.length, seen.reads]).toEqual([1, 1]);
  });

  it('the lock ends the stream, the next unlock opens another', async () => {
    const { mail, signals } = world();
    await mail.tend();
    await vi.waitUntil(() => signals.length === 1);
    mail.close();
    expect(signals[0]?.aborted).toBe(true);
    await mail.tend();
    await vi.waitUntil(() => signals.length === 2);
    expect(signals[1]?.aborted).toBe(false);
  });

  it('the connection that carries messages about offers lives as long, and is opened once', async () => {
    const { mail, connections } = world();
    await mail.tend();
    await mail.tend();
    await vi.waitUntil(() => connections.length === 1);
    mail.close();
    expect(connections[0]?.aborted).toBe(true);
    await mail.tend();
    await vi.waitUntil(() => connections.length === 2);
  });

  it('with a stream in another context it only reads', async () => {
    const { mail, seen } = world({ elsewhere: true });
    await mail.tend();
    await vi.waitUntil(() => seen.reads === 1);
  });

  it('keeps a pass for a day at most and renews it when it is an hour old', async () => {
    const { mail, seen, pass } = world();
    await mail.tend();
    await mail.tend();
    expect(seen.passes).toEqual([NOW + KEPT_PASS_MS]);
    expect(KEPT_PASS_MS).toBe(24 * 60 * 60_000);
    pass(61 * 60_000);
    await mail.tend();
    expect(seen.passes).toHaveLength(2);
  });

  it('locked: reads with the kept pass, and without one asks nobody', async () => {
    const { mail, seen, lock, kept } = world();
    lock();
    await mail.peek();
    expect(seen.reads).toBe(0);
    await kept.keep(SERVER, PASS, NOW);
    await mail.peek();
    expect(seen.reads).toBe(1);
    await mail.forget();
    await mail.peek();
    expect(seen.reads).toBe(1);
  });
});

describe('alarms', () => {
  it('of the same period keep their beat over the worker’s many lives', async () => {
    const b = fakeBrowser();
    for (let life = 0; life < 3; life++) createTimers(b.api, () => {}).every('sync', 5);
    await vi.waitUntil(() => b.made() > 0);
    createTimers(b.api, () => {}).every('sync', 5);
    await Promise.resolve();
    const before = b.made();
    createTimers(b.api, () => {}).every('mail', 1);
    await vi.waitUntil(() => b.made() === before + 1);
    createTimers(b.api, () => {}).every('mail', 0.5);
    await vi.waitUntil(() => b.alarms.get('mail')?.periodInMinutes === 0.5);
  });
});

describe('reasons to stay awake', () => {
  it('a fresh invoice is one, a paid, old or expired one is not', () => {
    expect(freshInvoice([invoice({})], NOW + 60_000)).toBe(true);
    expect(freshInvoice([invoice({ state: 'arrived' })], NOW + 60_000)).toBe(true);
    expect(freshInvoice([invoice({})], NOW + 11 * 60_000)).toBe(false);
    expect(freshInvoice([invoice({ expiresAt: NOW + 1000 })], NOW + 60_000)).toBe(false);
    expect(freshInvoice([invoice({ state: 'draft' })], NOW)).toBe(false);
  });

  it('an action that the lock has parked is none', () => {
    expect(movesSoon([action({ lastError: locked })], NOW)).toBe(false);
    expect(movesSoon([action({ wakeAt: NOW + 5000 })], NOW)).toBe(true);
  });
});

describe('what is told', () => {
  let db: Db;
  beforeEach(async () => void (db = await openDb()));
  afterEach(() => db.close());

  const receive = (amount: bigint, at: number, kind = 'receive') =>
    db.write(['movements'], async (tx) => {
      const line = await openMovement(
        tx,
        { subsystem: { name: 'bark.arkoor', kind }, intended: amount },
        { effective: amount },
        at,
      );
      await finishMovement(tx, line.id, 'successful', { effective: amount }, at);
    });

  it('a receipt is told once, with its amount, also when the worker died in between', async () => {
    const b = fakeBrowser();
    const notices = () =>
      createNotices(
        b.api,
        async () => db,
        () => NOW,
      );
    await notices().receipts();
    await receive(12_345n, NOW + 1);
    await receive(-700n, NOW + 1, 'send');
    await notices().receipts();
    expect([...b.notices.values()]).toEqual([expect.stringMatching(/^receivedAmount 12\s345$/)]);
    b.notices.clear();
    await notices().receipts();
    expect(b.notices.size).toBe(0);
    await receive(1n, NOW + 1);
    await notices().receipts();
    expect(b.notices.size).toBe(1);
  });

  it('the amount can be left out, and everything can', async () => {
    const b = fakeBrowser();
    const notices = createNotices(
      b.api,
      async () => db,
      () => NOW,
    );
    await notices.receipts();
    await db.write(['settings'], (tx) => changeSettings(tx, { notifyAmount: false }));
    await receive(5n, NOW + 1);
    await notices.receipts();
    expect([...b.notices.values()]).toEqual(['receivedSomething']);
    await db.write(['settings'], (tx) => changeSettings(tx, { notifyOnReceipt: false }));
    await receive(5n, NOW + 2);
    await notices.receipts();
    expect(b.notices.size).toBe(1);
  });

  it('a click on it opens Skiff', async () => {
    const b = fakeBrowser();
    createNotices(
      b.api,
      async () => db,
      () => NOW,
    );
    b.click('receipt-1');
    expect(b.windows).toEqual(['chrome-extension://abc/popup.html']);
  });

  it('what waits for the unlock is counted, with the earliest deadline', async () => {
    await db.write(WAITING_TABLES, async (tx) => {
      await tx.put('actions', action({ id: 'send', lastError: locked, state: { htlcExpiry: 103 } }));
      await tx.put('actions', action({ id: 'busy', wakeAt: NOW }));
      await tx.put('invoices', invoice({ hash: 'paid', state: 'arrived', arrivedAt: NOW }));
      await tx.put<InboxRow>('inbox', {
        id: 'main:1',
        mailbox: 'main',
        checkpoint: 1n,
        bytes: new Uint8Array(1),
        attempts: 1,
        wakeAt: NOW,
        receivedAt: NOW,
        needsKey: true,
      });
      await setMeta(tx, 'tip', { height: 100, hash: '', at: NOW });
    });
    const waiting = await db.read(WAITING_TABLES, waitingForUnlock);
    expect(waiting).toEqual({ ids: ['send', 'invoice.paid', 'messages'], deadline: NOW + 180_000 });
  });

  it('badge and notification name it while locked, once, and are taken back after the unlock', async () => {
    const b = fakeBrowser();
    let isLocked = true;
    const hurries: boolean[] = [];
    const look = createAttention({
      db: async () => db,
      locked: async () => isLocked,
      badge: createBadge(b.api),
      notices: createNotices(
        b.api,
        async () => db,
        () => NOW,
      ),
      hurry: (now) => hurries.push(now),
      now: () => NOW,
    });
    await look();
    expect([b.badge(), b.notices.size, hurries]).toEqual(['', 0, [false]]);
    await db.write(['invoices'], (tx) =>
      tx.put('invoices', invoice({ state: 'arrived', arrivedAt: NOW, createdAt: 0 })),
    );
    await look();
    expect([b.badge(), hurries.at(-1)]).toEqual(['!', true]);
    expect(b.notices.get('toldWaiting')).toBe(`waitingUntil ${new Date(NOW + 180_000).toLocaleTimeString()}`);
    b.notices.clear();
    await look();
    expect(b.notices.size).toBe(0);
    isLocked = false;
    await look();
    expect(b.badge()).toBe('');
  });

  it('questions of sites come first on the badge', () => {
    const b = fakeBrowser();
    const badge = createBadge(b.api);
    badge.locked(true);
    badge.sites(2);
    expect(b.badge()).toBe('2');
    badge.sites(0);
    expect(b.badge()).toBe('!');
  });
});
