// The rules of the repositories (src/store/<family>.ts), checked on whatever backend is given.
import type { Db } from '../../../src/store/port.ts';
import { allExits, dropForeseen, exitOf, exitTables, liveExits, putExit } from '../../../src/store/exits.ts';
import { keyAt, keyByPubkey, nextKeyIndex, takeKey } from '../../../src/store/keys.ts';
import {
  advanceCheckpoint,
  checkpoint,
  dropMessage,
  dueMessages,
  keepMessage,
  lockedMessages,
  nextMessageWake,
  postponeMessage,
  wakeLockedMessages,
} from '../../../src/store/mailbox.ts';
import { meta, setMeta } from '../../../src/store/meta.ts';
import {
  finishMovement,
  history,
  movement,
  movementOf,
  openMovement,
  pendingMovements,
  updateMovement,
} from '../../../src/store/movements.ts';
import {
  addressByScript,
  liveUtxos,
  lockUtxos,
  onchainTables,
  takeAddress,
  unlockUtxosHeldBy,
  unusedAddress,
  updateUtxos,
} from '../../../src/store/onchain.ts';
import { assertUnpaid, paidInvoice, recordPaid } from '../../../src/store/paid-invoices.ts';
import {
  approveRequest,
  completeRequest,
  fileRequest,
  pruneRequests,
  rejectRequest,
  request,
  requestsOf,
  waitingRequests,
} from '../../../src/store/requests.ts';
import { changeSettings, setting, settings } from '../../../src/store/settings.ts';
import { budgetLeft, reserveBudget, setBudget, settleBudget } from '../../../src/store/budgets.ts';
import { enableSite, forgetSite, site, sites } from '../../../src/store/sites.ts';
import { sats } from '../../../src/units.ts';
import { fails, same } from './assert.ts';

export type WithDb = (title: string, body: (db: Db, reopen: () => Promise<Db>) => Promise<void>) => void;

export function repositoryConformance(withDb: WithDb): void {
  withDb(
    'exits: a foreseen one goes when its coin is freed, one under way stays, an ended one is kept',
    async (db) => {
      const init = (id: string) => ({ id, amount: sats(1000), actionId: 'ln_pay.1' });
      await db.write(exitTables, async (tx) => {
        await putExit(tx, init('a:0'), { dueHeight: 100, feeNeeded: sats(50), asked: 1 }, 1);
        await putExit(tx, init('b:0'), { status: 'running' }, 1);
        await putExit(tx, init('a:0'), { feeMissing: sats(7), asked: undefined }, 2);
      });
      const [a, b] = await db.read(exitTables, liveExits);
      same(
        [a?.status, a?.dueHeight, a?.feeMissing, a?.asked, a?.createdAt, a?.updatedAt],
        ['foreseen', 100, 7n, undefined, 1, 2],
      );
      same([b?.status, b?.live], ['running', 1]);
      await db.write(exitTables, async (tx) => {
        await dropForeseen(tx, ['a:0', 'b:0', 'c:0']);
        await putExit(tx, init('b:0'), { status: 'claimed', txid: 'ff' }, 3);
      });
      same(await db.read(exitTables, liveExits), []);
      same(await db.read(exitTables, (tx) => exitOf(tx, 'a:0')), undefined);
      same(
        (await db.read(exitTables, allExits)).map((row) => [row.id, row.status, row.txid]),
        [['b:0', 'claimed', 'ff']],
      );
    },
  );

  withDb('movements: one for each action, sets merge, doubles vanish', async (db) => {
    const open = () =>
      db.write(['movements'], (tx) =>
        openMovement(
          tx,
          { subsystem: { name: 'bark.arkoor', kind: 'send' }, intended: -500n, actionId: 'x' },
          { inputs: ['a:0'] },
          10,
        ),
      );
    const row = await open();
    same((await open()).id, row.id);
    const to = { type: 'ark', value: 'ark1', amount: sats(500) };
    for (let i = 0; i < 2; i++)
      await db.write(['movements'], (tx) =>
        updateMovement(
          tx,
          row.id,
          { effective: -500n, sentTo: [to], inputs: ['a:0', 'b:0'], metadata: { n: i } },
          11 + i,
        ),
      );
    const got = await db.read(['movements'], (tx) => movementOf(tx, 'x'));
    same([got?.inputs, got?.sentTo, got?.metadata, got?.effective], [['a:0', 'b:0'], [to], { n: 1 }, -500n]);
    same((await db.read(['movements'], pendingMovements)).length, 1);
  });

  withDb('movements: finishing again changes nothing, a late success overrides a failure', async (db) => {
    const row = await db.write(['movements'], (tx) =>
      openMovement(tx, { subsystem: { name: 's', kind: 'k' }, intended: 1n }, {}, 1),
    );
    const finish = (status: 'failed' | 'successful', effective: bigint, now: number) =>
      db.write(['movements'], (tx) => finishMovement(tx, row.id, status, { effective }, now));
    await finish('failed', 0n, 2);
    same((await finish('failed', 7n, 3)).effective, 0n);
    const late = await finish('successful', 1n, 4);
    same([late.status, late.effective, late.completedAt], ['successful', 1n, 4]);
    same((await db.read(['movements'], (tx) => movement(tx, row.id)))?.status, 'successful');
    await fails(
      db.write(['movements'], (tx) => updateMovement(tx, 999, {}, 5)),
      'INTERNAL',
    );
  });

  withDb('movements: history pages from the newest back', async (db) => {
    for (let i = 0; i < 5; i++)
      await db.write(['movements'], (tx) =>
        openMovement(tx, { subsystem: { name: 's', kind: `${i}` }, intended: 0n }, {}, i),
      );
    const kinds = async (page: { limit?: number; before?: number }) =>
      db.read(['movements'], (tx) => history(tx, page));
    const first = await kinds({ limit: 2 });
    same(
      first.map((m) => m.subsystem.kind),
      ['4', '3'],
    );
    const rest = await kinds({ before: first[1]!.id });
    same(
      rest.map((m) => m.subsystem.kind),
      ['2', '1', '0'],
    );
  });

  withDb('paid invoices: the first receipt stays and guards', async (db) => {
    const row = { hash: 'h', preimage: 'p', paidAt: 1, actionId: 'x' };
    await db.write(['paidInvoices'], (tx) => assertUnpaid(tx, 'h'));
    await db.write(['paidInvoices'], (tx) => recordPaid(tx, row));
    await db.write(['paidInvoices'], (tx) => recordPaid(tx, { ...row, paidAt: 9 }));
    await fails(
      db.write(['paidInvoices'], (tx) => recordPaid(tx, { ...row, preimage: 'q' })),
      'STORE_CONFLICT',
    );
    same(await db.read(['paidInvoices'], (tx) => paidInvoice(tx, 'h')), row);
    await fails(
      db.write(['paidInvoices'], (tx) => assertUnpaid(tx, 'h')),
      'ALREADY_PAID',
    );
  });

  withDb('keys: strictly one after the other, and none is lost or doubled by a failed write', async (db) => {
    const derive = (i: number) => `pub${i}`;
    const take = () => db.write(['keys'], (tx) => takeKey(tx, derive, 'address', 1));
    const taken = await Promise.all([take(), take(), take()]);
    same(taken.map((k) => k.index).sort(), [0, 1, 2]);
    await db
      .write(['keys'], async (tx) => {
        await takeKey(tx, derive, 'lost', 1);
        throw new Error('crash');
      })
      .catch(() => undefined);
    same(await db.read(['keys'], nextKeyIndex), 3);
    same((await db.read(['keys'], (tx) => keyByPubkey(tx, 'pub1')))?.index, 1);
    same(await db.read(['keys'], (tx) => keyAt(tx, 3)), undefined);
  });

  withDb('mailbox: the checkpoint only grows; what is not finished waits in the inbox', async (db) => {
    const tables = ['mailbox', 'inbox'];
    same(await db.read(tables, (tx) => checkpoint(tx, 'main')), 0n);
    const big = 2n ** 63n + 5n;
    await db.write(tables, (tx) => advanceCheckpoint(tx, 'main', big));
    same(await db.write(tables, (tx) => advanceCheckpoint(tx, 'main', 3n)), big);
    same(await db.read(tables, (tx) => checkpoint(tx, 'recovery')), 0n);
    const message = { mailbox: 'main', checkpoint: 7n, bytes: new Uint8Array([1, 2]) };
    const [row] = await db.write(tables, async (tx) => {
      await keepMessage(tx, message, 100);
      return dueMessages(tx, 100);
    });
    const due = (now: number) => db.read(tables, (tx) => dueMessages(tx, now));
    await db.write(tables, (tx) => postponeMessage(tx, row!.id, { wakeAt: 200, lastError: 'no chain' }));
    same((await due(199)).length, 0);
    same(await db.read(tables, nextMessageWake), 200);
    await db.write(tables, (tx) => keepMessage(tx, message, 150));
    same((await due(199)).length, 0);
    await db.write(tables, (tx) => keepMessage(tx, { ...message, bytes: new Uint8Array([1, 2, 3]) }, 160));
    const [whole] = await due(160);
    same([whole?.bytes.length, whole?.attempts, whole?.receivedAt], [3, 1, 100]);
    await db.write(tables, (tx) =>
      postponeMessage(tx, row!.id, { wakeAt: 900, lastError: 'locked', needsKey: true }),
    );
    same(await db.read(tables, lockedMessages), 1);
    await db.write(tables, (tx) => wakeLockedMessages(tx, 300));
    same([await db.read(tables, lockedMessages), (await due(300)).length], [0, 1]);
    await db.write(tables, (tx) => dropMessage(tx, row!.id));
    await db.write(tables, (tx) => postponeMessage(tx, row!.id, { wakeAt: 1, lastError: 'gone' }));
    same(await db.read(tables, nextMessageWake), undefined);
  });

  withDb('on-chain: addresses in order, outputs follow the chain, locks are exclusive', async (db) => {
    const derive = (i: number) => ({ script: `s${i}`, address: `bc${i}` });
    const take = () => db.write(onchainTables, (tx) => takeAddress(tx, derive, 'board', 1));
    same([(await take()).index, (await take()).index], [0, 1]);
    same((await db.read(onchainTables, (tx) => addressByScript(tx, 's1')))?.index, 1);
    const see = (seen: Parameters<typeof updateUtxos>[2]) =>
      db.write(onchainTables, (tx) => updateUtxos(tx, 1, seen));
    await see([{ id: 'a:0', value: sats(5) }]);
    same((await db.read(onchainTables, (tx) => unusedAddress(tx, 'board')))?.index, 0);
    await db.write(onchainTables, (tx) => lockUtxos(tx, ['a:0'], 'x'));
    await fails(
      db.write(onchainTables, (tx) => lockUtxos(tx, ['a:0'], 'y')),
      'COIN_LOCKED',
    );
    await see([{ id: 'a:0', value: sats(5), height: 9 }]);
    const [utxo] = await db.read(onchainTables, liveUtxos);
    same([utxo?.height, utxo?.holder], [9, 'x']);
    await see([]);
    same(await db.read(onchainTables, liveUtxos), []);
    await fails(
      db.write(onchainTables, (tx) => lockUtxos(tx, ['a:0'], 'x')),
      'COIN_UNKNOWN',
    );
    await see([{ id: 'a:0', value: sats(5) }]); // reorganised back into the mempool
    await db.write(onchainTables, (tx) => unlockUtxosHeldBy(tx, 'x'));
    await db.write(onchainTables, (tx) => lockUtxos(tx, ['a:0'], 'y'));
  });

  withDb(
    'sites: keyed by both origins; a budget is reserved, booked, released and rolls over',
    async (db) => {
      const shop = { topOrigin: 'https://shop', frameOrigin: 'https://shop' };
      const framed = { topOrigin: 'https://evil', frameOrigin: 'https://shop' };
      const write = <T>(body: Parameters<typeof db.write<T>>[1]) => db.write(['sites'], body);
      await fails(
        write((tx) => setBudget(tx, shop, { limit: sats(100), periodMs: 1000 }, 0)),
        'NOT_ENABLED',
      );
      await write((tx) => enableSite(tx, shop, 0));
      same(await db.read(['sites'], (tx) => site(tx, framed)), undefined);
      same(await write((tx) => reserveBudget(tx, shop, 'r0', sats(1), 0)), false);
      await write((tx) => setBudget(tx, shop, { limit: sats(100), periodMs: 1000 }, 0));
      same(await write((tx) => reserveBudget(tx, shop, 'r1', sats(60), 1)), true);
      same(await write((tx) => reserveBudget(tx, shop, 'r1', sats(60), 1)), true); // the same one again
      same(await write((tx) => reserveBudget(tx, shop, 'r2', sats(60), 1)), false);
      await write((tx) => settleBudget(tx, shop, 'r1', sats(55), 2));
      await write((tx) => settleBudget(tx, shop, 'r1', sats(55), 2)); // booked once
      const left = async (now: number) => budgetLeft(await db.read(['sites'], (tx) => site(tx, shop)), now);
      same(await left(3), 45n);
      same(await write((tx) => reserveBudget(tx, shop, 'r3', sats(45), 3)), true);
      same(await left(3), 0n);
      await write((tx) => settleBudget(tx, shop, 'r3', sats(0), 4));
      same(await left(4), 45n);
      same(await left(1000), 100n);
      await write((tx) => enableSite(tx, shop, 5)); // does not reset the budget
      same(await left(6), 45n);
      same((await db.read(['sites'], (tx) => sites(tx, 'https://shop'))).length, 1);
      await write((tx) => forgetSite(tx, shop));
      same(await db.read(['sites'], (tx) => sites(tx)), []);
    },
  );

  withDb('requests: answered once, and the queue is in order of arrival', async (db) => {
    const write = <T>(body: Parameters<typeof db.write<T>>[1]) => db.write(['requests'], body);
    const init = (id: string) => ({
      id,
      topOrigin: 't',
      frameOrigin: 'f',
      method: 'sendPayment',
      params: {},
    });
    await write((tx) => fileRequest(tx, init('b'), 1));
    await write((tx) => fileRequest(tx, init('a'), 2));
    same(
      (await db.read(['requests'], waitingRequests)).map((r) => r.id),
      ['b', 'a'],
    );
    await write((tx) => approveRequest(tx, 'b', { maxTotal: sats(10), actionId: 'x' }, 3));
    await fails(
      write((tx) => rejectRequest(tx, 'b', 4)),
      'STORE_CONFLICT',
    );
    await write((tx) => rejectRequest(tx, 'a', 4));
    await fails(
      write((tx) => approveRequest(tx, 'a', {}, 5)),
      'STORE_CONFLICT',
    );
    same((await db.read(['requests'], (tx) => requestsOf(tx, 'x')))[0]?.maxTotal, 10n);
    same(await write((tx) => pruneRequests(tx, 100)), 1);
    await write((tx) => completeRequest(tx, 'b', { preimage: 'p' }, 6));
    await write((tx) => completeRequest(tx, 'b', { preimage: 'other' }, 7));
    same((await db.read(['requests'], (tx) => request(tx, 'b')))?.result, { preimage: 'p' });
  });

  withDb('settings have defaults; meta holds single facts', async (db) => {
    same(await db.read(['settings'], (tx) => setting(tx, 'autoLockMinutes')), 15);
    await db.write(['settings'], (tx) => changeSettings(tx, { autoLockMinutes: 5 }));
    same((await db.read(['settings'], settings)).autoLockMinutes, 5);
    same(await db.read(['meta'], (tx) => meta(tx, 'tip')), undefined);
    const tip = { height: 1, hash: 'h', at: 2 };
    await db.write(['meta'], (tx) => setMeta(tx, 'tip', tip));
    same(await db.read(['meta'], (tx) => meta(tx, 'tip')), tip);
  });
}
