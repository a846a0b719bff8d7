// The rules of coins and actions (src/store/coins.ts, actions.ts), checked on whatever backend is given.
import type { Db } from '../../../src/store/port.ts';
import {
  action,
  actions,
  dueActions,
  endAction,
  nextWake,
  saveAction,
  startAction,
} from '../../../src/store/actions.ts';
import {
  allCoins,
  coin,
  coinBody,
  coinTables,
  coinsHeldBy,
  forgetCoins,
  liveCoins,
  lockCoins,
  markExited,
  markRegistered,
  markSpent,
  storeCoin,
  unlockAllHeldBy,
  unlockCoins,
  unregisteredCoins,
  type NewCoin,
} from '../../../src/store/coins.ts';
import { sats } from '../../../src/units.ts';
import { fails, same } from './assert.ts';
import type { WithDb } from './conformance-repositories.ts';

const fresh = (id: string, change: Partial<NewCoin> = {}): NewCoin => ({
  id,
  state: 'spendable',
  kind: 'board',
  amount: sats(1000),
  expiryHeight: 500,
  exitDepth: 1,
  policyType: 'pubkey',
  keyIndex: 0,
  anchorTxid: 'aa',
  createdAt: 1,
  bytes: new Uint8Array([1, 2]),
  registered: false,
  ...change,
});

export function coinConformance(withDb: WithDb): void {
  const withCoins = (title: string, body: (db: Db) => Promise<void>) =>
    withDb(title, async (db) => {
      await db.write(coinTables, async (tx) => {
        for (const id of ['a:0', 'b:0', 'c:0']) await storeCoin(tx, fresh(id));
      });
      await body(db);
    });
  const states = (db: Db) =>
    db.read(['coins'], async (tx) => (await allCoins(tx)).map((r) => r.state + (r.holder ?? '')).join(' '));

  withCoins('coins: storing again keeps the state and the body', async (db) => {
    const again = await db.write(coinTables, async (tx) => {
      await markSpent(tx, ['a:0']);
      return storeCoin(tx, fresh('a:0', { bytes: new Uint8Array([9]) }));
    });
    same(again, false);
    same(await db.read(['coins'], (tx) => coin(tx, 'a:0').then((r) => r?.state)), 'spent');
    same(await db.read(['coinBodies'], (tx) => coinBody(tx, 'a:0')), new Uint8Array([1, 2]));
    await fails(
      db.read(['coinBodies'], (tx) => coinBody(tx, 'z:0')),
      'COIN_UNKNOWN',
    );
  });

  withCoins(
    'coins: what is forgotten is not counted any more; what is in use is not forgotten',
    async (db) => {
      await db.write(coinTables, (tx) => lockCoins(tx, ['b:0'], 'one'));
      await fails(
        db.write(coinTables, (tx) => forgetCoins(tx, ['a:0', 'b:0'])),
        'COIN_LOCKED',
      );
      await db.write(coinTables, (tx) => forgetCoins(tx, ['a:0']));
      const live = (await db.read(['coins'], liveCoins)).map((row) => row.id).sort();
      same([live, await states(db)], [['b:0', 'c:0'], 'lockedone spendable']);
    },
  );

  withCoins('coins: a lock cannot be stolen, and a batch is locked as a whole or not at all', async (db) => {
    await db.write(coinTables, (tx) => lockCoins(tx, ['b:0'], 'one'));
    await fails(
      db.write(coinTables, (tx) => lockCoins(tx, ['a:0', 'b:0', 'c:0'], 'two')),
      'COIN_LOCKED',
    );
    same(await states(db), 'spendable lockedone spendable');
    await fails(
      db.write(coinTables, (tx) => lockCoins(tx, ['a:0', 'z:0'], 'two')),
      'COIN_UNKNOWN',
    );
    same(await states(db), 'spendable lockedone spendable');
    await db.write(coinTables, (tx) => lockCoins(tx, ['a:0', 'b:0'], 'one')); // its own lock again
    same(await states(db), 'lockedone lockedone spendable');
    same((await db.read(['coins'], (tx) => coinsHeldBy(tx, 'one'))).length, 2);
  });

  withCoins('coins: only one of many concurrent lockers wins', async (db) => {
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => db.write(coinTables, (tx) => lockCoins(tx, ['a:0'], `h${i}`))),
    );
    same(tries.filter((t) => t.status === 'fulfilled').length, 1);
  });

  withCoins('coins: only the holder unlocks; spent and exited coins never come back', async (db) => {
    await db.write(coinTables, (tx) => lockCoins(tx, ['a:0', 'b:0', 'c:0'], 'one'));
    same(await db.write(coinTables, (tx) => unlockCoins(tx, ['a:0'], 'two')), []);
    same(await db.write(coinTables, (tx) => unlockCoins(tx, ['a:0'], undefined)), []);
    await db.write(coinTables, (tx) => markSpent(tx, ['a:0']));
    await db.write(coinTables, (tx) => markExited(tx, ['b:0']));
    same(await db.write(coinTables, (tx) => unlockAllHeldBy(tx, 'one')), ['c:0']);
    same(await states(db), 'spent exited spendable');
    await db.write(coinTables, (tx) => markSpent(tx, ['a:0'])); // again is fine
    await db.write(coinTables, (tx) => markExited(tx, ['b:0']));
    await fails(
      db.write(coinTables, (tx) => markExited(tx, ['c:0', 'a:0'])),
      'COIN_LOCKED',
    );
    await fails(
      db.write(coinTables, (tx) => markSpent(tx, ['c:0', 'b:0'])),
      'COIN_LOCKED',
    );
    await fails(
      db.write(coinTables, (tx) => lockCoins(tx, ['a:0'], 'x')),
      'COIN_LOCKED',
    );
    same(await states(db), 'spent exited spendable');
    same(
      (await db.read(['coins'], liveCoins)).map((r) => r.id),
      ['c:0'],
    );
  });

  withCoins('coins: a quarantined coin has no holder and still counts as live', async (db) => {
    await db.write(coinTables, (tx) => lockCoins(tx, ['a:0'], undefined));
    await fails(
      db.write(coinTables, (tx) => lockCoins(tx, ['a:0'], 'one')),
      'COIN_LOCKED',
    );
    same((await db.read(['coins'], liveCoins)).length, 3);
    same(await db.write(coinTables, (tx) => unlockCoins(tx, ['a:0'], undefined)), ['a:0']);
  });

  withCoins('coins: registered is never taken back, and dead coins are not asked for', async (db) => {
    await db.write(coinTables, async (tx) => {
      await markRegistered(tx, ['a:0']);
      await markSpent(tx, ['b:0']);
      await lockCoins(tx, ['a:0'], 'one');
    });
    same(
      (await db.read(['coins'], unregisteredCoins)).map((r) => r.id),
      ['c:0'],
    );
  });

  withDb('coins: the live ones are read from pages that follow every change', async (db) => {
    const ids = Array.from({ length: 300 }, (_, i) => `${i}`.padStart(3, '0'));
    await db.write(coinTables, async (tx) => {
      for (const id of ids) await storeCoin(tx, fresh(id));
    });
    const check = async () => {
      const rows = await db.read(['coins'], allCoins);
      const live = await db.read(['coins'], liveCoins);
      same(
        live.sort((a, b) => (a.id < b.id ? -1 : 1)),
        rows.filter((r) => r.state === 'spendable' || r.state === 'locked'),
      );
      return (await db.read(['coins'], (tx) => tx.query('coinPages'))).length;
    };
    same(await check(), 5);
    await db.write(coinTables, async (tx) => {
      await markSpent(tx, ids.slice(0, 200));
      await lockCoins(tx, ids.slice(200, 250), 'one');
      await markRegistered(tx, ids.slice(240, 260));
    });
    same(await check(), 2);
    await db
      .write(coinTables, async (tx) => {
        await markExited(tx, ids.slice(200));
        throw new Error('crash');
      })
      .catch(() => undefined);
    await check();
    await db.write(coinTables, async (tx) => {
      await unlockAllHeldBy(tx, 'one');
      await markExited(tx, ids.slice(200));
    });
    same(await check(), 0);
    await db.write(coinTables, (tx) => storeCoin(tx, fresh('new')));
    same(await check(), 1);
  });

  withDb('actions: two drivers cannot overwrite one another', async (db) => {
    const first = await db.write(['actions'], (tx) =>
      startAction(tx, { id: 'x', kind: 'send', state: { step: 'Start' }, wakeAt: 50 }, 1),
    );
    await fails(
      db.write(['actions'], (tx) => startAction(tx, { id: 'x', kind: 'send', state: {} }, 2)),
      'PAYMENT_IN_PROGRESS',
    );
    const second = await db.write(['actions'], (tx) => saveAction(tx, first, { state: { step: 'Next' } }, 3));
    same(second.version, 2);
    await fails(
      db.write(['actions'], (tx) => saveAction(tx, first, { state: { step: 'Other' } }, 4)),
      'STORE_CONFLICT',
    );
    await fails(
      db.write(['actions'], (tx) => endAction(tx, first)),
      'STORE_CONFLICT',
    );
    same((await db.read(['actions'], (tx) => action(tx, 'x')))?.state, { step: 'Next' });
    same(await db.read(['actions'], nextWake), 50);
    same((await db.read(['actions'], (tx) => dueActions(tx, 49))).length, 0);
    same((await db.read(['actions'], (tx) => dueActions(tx, 50))).length, 1);
    same((await db.read(['actions'], (tx) => actions(tx, 'board'))).length, 0);
    await db.write(['actions'], (tx) => endAction(tx, second));
    same(await db.read(['actions'], (tx) => actions(tx)), []);
  });
}
