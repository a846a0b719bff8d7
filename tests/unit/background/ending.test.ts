// Coins near their end are told from alarms alone: badge, then notification, again each day, by whatever life of the worker.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAttention } from '../../../src/background/attention.ts';
import { waitingForUnlock, WAITING_TABLES } from '../../../src/background/waiting.ts';
import { createBadge } from '../../../src/background/badge.ts';
import type { ExtensionApi } from '../../../src/background/browser.ts';
import { createNotices } from '../../../src/background/notices.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import { markSpent, storeCoin } from '../../../src/store/coins.ts';
import { setMeta } from '../../../src/store/meta.ts';
import { finishMovement, openMovement } from '../../../src/store/movements.ts';
import type { Db } from '../../../src/store/port.ts';
import type { ActionRow } from '../../../src/store/rows.ts';
import { changeSettings } from '../../../src/store/settings.ts';
import { sats } from '../../../src/units.ts';
import { VOID } from '../../../src/wallet/movements/kind.ts';

const parked = (kind: string, state: object): ActionRow => ({
  ...{ id: kind, kind, state, version: 1, retries: 0, createdAt: NOW, updatedAt: NOW },
  lastError: { code: 'LOCKED', say: 'Locked.' },
});

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TIP = 900_000;
const COIN = `${'c'.repeat(64)}:0`;

function browser() {
  const notices: string[] = [];
  const shown = new Set<string>();
  const badge = { text: '', color: '' };
  const api = {
    runtime: { getURL: (path: string) => path },
    i18n: { getMessage: (name: string) => name },
    notifications: {
      create: async (id: string, { message }: { message: string }) => {
        shown.add(id);
        notices.push(message);
      },
      clear: async (id: string) => shown.delete(id),
      onClicked: { addListener: () => {} },
    },
    storage: { session: { get: async () => ({}), set: async () => {}, remove: async () => {} } },
    windows: { create: async () => ({}) },
    action: {
      setBadgeText: async ({ text }: { text: string }) => void (badge.text = text),
      setBadgeBackgroundColor: async ({ color }: { color: string }) => void (badge.color = color),
    },
  } as unknown as ExtensionApi;
  return { api, notices, shown, badge };
}

let db: Db;
beforeEach(async () => {
  db = await openDexie('skiff', { indexedDB: new IDBFactory(), IDBKeyRange });
  await db.write(['coins', 'coinBodies', 'meta', 'settings'], async (tx) => {
    await storeCoin(tx, {
      ...{ id: COIN, state: 'spendable', kind: 'arkoor', amount: sats(5_000n), expiryHeight: TIP + 600 },
      ...{ exitDepth: 1, policyType: 'pubkey', keyIndex: 0, anchorTxid: '0'.repeat(64), createdAt: NOW },
      ...{ bytes: new Uint8Array([1]), registered: true },
    });
    await setMeta(tx, 'tip', { height: TIP, hash: '0'.repeat(64), at: NOW });
    await changeSettings(tx, { network: 'mainnet' });
  });
});

/** A life of the worker; nobody tells it of blocks: it counts the time. */
function life(locked = true) {
  const b = browser();
  let now = NOW;
  const look = createAttention({
    db: async () => db,
    locked: async () => locked,
    badge: createBadge(b.api),
    notices: createNotices(
      b.api,
      async () => db,
      () => now,
    ),
    hurry: () => {},
    now: () => now,
  });
  return { ...b, at: (time: number) => ((now = time), look()) };
}

describe('a coin that nobody renews', () => {
  it('turns the badge two days before its end, and raises a notification within a day of it', async () => {
    const w = life();
    await w.at(NOW);
    expect(w.badge).toEqual({ text: '', color: '#0b5f66' });
    await w.at(NOW + 2.3 * DAY);
    expect(w.badge).toEqual({ text: '!', color: '#8a5a00' });
    expect(w.notices).toEqual([]);
    await w.at(NOW + 3.2 * DAY);
    expect(w.notices).toEqual(['endingUrgent endingUnlock']);
    await w.at(NOW + 4.3 * DAY);
    expect(w.notices).toEqual(['endingUrgent endingUnlock', 'endingOver endingUnlock']);
  });

  it('is told once a day to a browser that is open one hour a day, in a new life each time', async () => {
    await db.write(['settings'], (tx) => changeSettings(tx, { renewBlocks: 600 }));
    const told: number[] = [];
    for (let day = 0; day < 4; day++) {
      const w = life(false);
      for (let minute = 0; minute < 60; minute += 5) await w.at(NOW + day * DAY + minute * 60_000);
      told.push(w.notices.length);
      if (day === 0) expect(w.notices).toEqual(['endingUrgent endingOpen']);
    }
    expect(told).toEqual([1, 1, 1, 1]);
  });

  it('is told no more when it is gone', async () => {
    const w = life();
    await w.at(NOW + 3.5 * DAY);
    expect([...w.shown]).toEqual(['ending']);
    await db.write(['coins', 'coinBodies'], (tx) => markSpent(tx, [COIN]));
    await w.at(NOW + 3.6 * DAY);
    expect([w.badge.text, ...w.shown]).toEqual(['']);
    const later = life();
    await later.at(NOW + 9 * DAY);
    expect(later.notices).toEqual([]);
  });

  it('gives way to a question of a site on the badge, and comes back after it', async () => {
    const w = life();
    await w.at(NOW + 2.3 * DAY);
    const badge = createBadge(w.api);
    badge.ending(true);
    badge.sites(2);
    expect(w.badge).toEqual({ text: '2', color: '#0b5f66' });
    badge.sites(0);
    expect(w.badge).toEqual({ text: '!', color: '#8a5a00' });
  });
});

describe('a renewal or a move to bitcoin that waits for the unlock', () => {
  it('has until the first of its coins ends', async () => {
    const end = NOW + 600 * 600_000;
    for (const row of [
      parked('refresh', { step: 'submitted', inputs: [COIN, 'gone'] }),
      parked('offboard', { step: 'ready', coins: [COIN] }),
    ]) {
      await db.write(['actions'], (tx) => tx.put('actions', row));
      expect(await db.read(WAITING_TABLES, waitingForUnlock)).toEqual({ ids: [row.id], deadline: end });
      await db.write(['actions'], (tx) => tx.delete('actions', row.id));
    }
  });
});

describe('a coin that was written off', () => {
  it('is told once, whatever life of the worker it is', async () => {
    await db.write(['movements'], async (tx) => {
      const init = { actionId: 'void.x', subsystem: VOID, intended: -5_000n };
      const { id } = await openMovement(tx, init, { effective: -5_000n }, NOW);
      await finishMovement(tx, id, 'failed', {}, NOW);
    });
    const first = life();
    await first.at(NOW);
    await first.at(NOW + HOUR);
    expect(first.notices.filter((text) => text === 'lossText')).toHaveLength(1);
    const second = life();
    await second.at(NOW + 2 * HOUR);
    expect(second.notices).not.toContain('lossText');
  });
});
