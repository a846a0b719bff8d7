// The rules of src/store/mailbox.ts, checked on whatever backend is given.
import type { Db } from '../../../src/store/port.ts';
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
import { same } from './assert.ts';

type WithDb = (title: string, body: (db: Db) => Promise<void>) => void;

const TABLES = ['mailbox', 'inbox'] as const;
const bytes = (...values: number[]) => Uint8Array.from(values);

export function mailboxConformance(withDb: WithDb): void {
  withDb('mailbox: a checkpoint is 0 at first, only grows, and each mailbox has its own', async (db) => {
    const at = (mailbox: string) => db.read(['mailbox'], (tx) => checkpoint(tx, mailbox));
    const advance = (mailbox: string, to: bigint) =>
      db.write(TABLES, (tx) => advanceCheckpoint(tx, mailbox, to));
    same(await at('main'), 0n);
    same(await advance('main', 2n ** 63n), 2n ** 63n);
    same(await advance('main', 7n), 2n ** 63n);
    same([await at('main'), await at('recovery')], [2n ** 63n, 0n]);
  });

  withDb('mailbox: messages come back in their order, once, and in full', async (db) => {
    const keep = (mailbox: string, at: bigint, body: Uint8Array, now: number) =>
      db.write(TABLES, (tx) => keepMessage(tx, { mailbox, checkpoint: at, bytes: body }, now));
    await keep('main', 10n, bytes(1, 2, 3), 5);
    await keep('main', 9n, bytes(4), 5);
    await keep('main', 10n, bytes(1, 2), 6); // cut short this time
    await keep('main', 9n, bytes(4, 5), 7); // cut short the first time
    const due = await db.read(['inbox'], (tx) => dueMessages(tx, 7));
    same(
      due.map((row) => [row.checkpoint, [...row.bytes]]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1)),
      [
        [9n, [4, 5]],
        [10n, [1, 2, 3]],
      ],
    );
    await db.write(TABLES, (tx) => dropMessage(tx, due[0]!.id));
    same((await db.read(['inbox'], (tx) => dueMessages(tx, 100))).length, 1);
  });

  withDb('mailbox: what failed waits for its time, what needs a key for the unlock', async (db) => {
    await db.write(TABLES, async (tx) => {
      await keepMessage(tx, { mailbox: 'main', checkpoint: 1n, bytes: bytes(1) }, 0);
      await keepMessage(tx, { mailbox: 'main', checkpoint: 2n, bytes: bytes(2) }, 0);
    });
    const [one, two] = await db.read(['inbox'], (tx) => dueMessages(tx, 0));
    await db.write(TABLES, async (tx) => {
      await postponeMessage(tx, one!.id, { wakeAt: 50, lastError: 'CHAIN_UNREACHABLE' });
      await postponeMessage(tx, two!.id, { wakeAt: 10_000, lastError: 'LOCKED', needsKey: true });
      await postponeMessage(tx, 'gone', { wakeAt: 1, lastError: 'x' });
    });
    const due = (now: number) =>
      db.read(['inbox'], async (tx) => (await dueMessages(tx, now)).map((row) => row.attempts));
    same(await due(49), []);
    same(await due(50), [1]);
    same(await db.read(['inbox'], nextMessageWake), 50);
    same(await db.read(['inbox'], lockedMessages), 1);
    await db.write(TABLES, (tx) => wakeLockedMessages(tx, 20));
    same(await db.read(['inbox'], lockedMessages), 0);
    same(await db.read(['inbox'], nextMessageWake), 20);
  });
}
