// A refusal of the server is a reason to ask whether another copy of the seed has spent coins; once for each.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { beforeEach, expect, it } from 'vitest';
import { createSecondCopyWatch } from '../../../src/background/second-copy.ts';
import { SkiffError } from '../../../src/errors.ts';
import { saveAction, startAction } from '../../../src/store/actions.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import { finishMovement, openMovement } from '../../../src/store/movements.ts';
import type { Db } from '../../../src/store/port.ts';

let db: Db;
let asked: number;
let away: boolean;
let look: () => Promise<void>;
beforeEach(async () => {
  db = await openDexie('skiff', { indexedDB: new IDBFactory(), IDBKeyRange });
  [asked, away] = [0, false];
  look = createSecondCopyWatch({
    db: async () => db,
    wallet: async () => ({
      reconcile: async () => {
        asked++;
        if (away) throw new SkiffError({ code: 'SERVER_UNREACHABLE', say: 'Away.', retry: 'later' });
        return [];
      },
    }),
  });
});
const fail = (at: number) =>
  db.write(['movements'], async (tx) => {
    const init = { actionId: `a${at}`, subsystem: { name: 'bark.arkoor', kind: 'send' }, intended: -1n };
    await finishMovement(tx, (await openMovement(tx, init, {}, at)).id, 'failed', {}, at);
  });

it('asks after a payment has failed, once', async () => {
  await look();
  expect(asked).toBe(0);
  await fail(10);
  await look();
  await look();
  expect(asked).toBe(1);
  await fail(20);
  await look();
  expect(asked).toBe(2);
});

it('asks when a step is refused, though the action goes on', async () => {
  const row = await db.write(['actions'], (tx) =>
    startAction(tx, { id: 'x', kind: 'refresh', state: { step: 'planned' } }, 5),
  );
  await look();
  const lastError = { code: 'SERVER_REFUSED', say: 'No.' };
  await db.write(['actions'], (tx) => saveAction(tx, row, { lastError, retries: 1 }, 6));
  await look();
  expect(asked).toBe(1);
});

it('does not ask about what failed before this life began, and asks again when the server was away', async () => {
  await fail(10);
  await look();
  expect(asked).toBe(0);
  away = true;
  await fail(20);
  await expect(look()).rejects.toThrow('SERVER_UNREACHABLE');
  away = false;
  await look();
  await look();
  expect(asked).toBe(2);
});
