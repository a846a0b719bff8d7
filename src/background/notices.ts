// Notifications of the system: money arrived; a coin was lost; money waits for the unlock, and until when; coins come near
// their end. What was told is written down (receipts and losses in the database, so that a worker that died between the two tells it in its next life, and only once).
import { settings } from '../store/settings.ts';
import { history } from '../store/movements.ts';
import { meta, setMeta } from '../store/meta.ts';
import type { Db } from '../store/port.ts';
import type { MovementRow } from '../store/rows.ts';
import type { ExtensionApi } from './browser.ts';
import { VOID } from '../wallet/movements/kind.ts';
import type { Ending } from '../wallet/maintenance/ending.ts';
import type { Waiting } from './waiting.ts';

/** Lines of the history that are looked at: more than can come in while nobody looks. */
const RECENT = 200;
const TOLD = 'toldWaiting';
const ENDING = 'ending';
/** A browser that is open for an hour a day tells it each day. */
const AGAIN_MS = 20 * 60 * 60_000;

export interface Notices {
  /** Tells of receipts that were not told yet. */
  receipts(): Promise<void>;
  /** Tells of coins that were written off, each once. */
  losses(): Promise<void>;
  /** Tells what waits for the unlock, once for each set of things; nothing waits: takes the notice back. */
  waiting(what: Waiting): Promise<void>;
  /**
   * Tells that coins come near their end and what to do about it: when it becomes urgent, when it becomes worse, and again
   * each day until it is over, whatever life of the worker that is.
   */
  ending(how: Ending, locked: boolean): Promise<void>;
}

const isReceipt = ({ status, effective, subsystem }: MovementRow): boolean =>
  status === 'successful' && effective > 0n && subsystem.kind === 'receive';

const isLoss = ({ subsystem }: MovementRow): boolean =>
  subsystem.name === VOID.name && subsystem.kind === VOID.kind;

/** Today the time, else the day as well. */
function clockTime(at: number, now: number): string {
  const when = new Date(at);
  if (when.toDateString() === new Date(now).toDateString()) return when.toLocaleTimeString();
  return when.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

export function createNotices(
  { i18n, notifications, runtime, storage: { session }, windows }: ExtensionApi,
  db: () => Promise<Db>,
  now: () => number,
): Notices {
  const show = (id: string, title: string, message: string): Promise<unknown> =>
    notifications
      .create(id, { type: 'basic', iconUrl: runtime.getURL('icon/128.png'), title, message })
      // A system without notifications: the badge and the popup tell it.
      .catch(() => undefined);

  notifications.onClicked.addListener((id) => {
    void notifications.clear(id).catch(() => undefined);
    const url = runtime.getURL('popup.html');
    void windows.create({ url, type: 'popup', width: 380, height: 640, focused: true });
  });

  /** The receipts after the last one that was told; from now on they count as told. */
  async function take(): Promise<MovementRow[]> {
    return (await db()).write(['movements', 'meta'], async (tx) => {
      const told = await meta(tx, 'receiptsTold');
      if (!told) {
        await setMeta(tx, 'receiptsTold', { at: now(), ids: [] });
        return [];
      }
      const since = (await history(tx, { limit: RECENT })).filter(
        (line) => isReceipt(line) && (line.completedAt ?? 0) >= told.at,
      );
      const fresh = since.filter((line) => !told.ids.includes(line.id));
      if (fresh.length === 0) return [];
      const at = Math.max(...since.map((line) => line.completedAt ?? 0));
      const ids = since.filter((line) => line.completedAt === at).map((line) => line.id);
      await setMeta(tx, 'receiptsTold', { at, ids });
      return fresh;
    });
  }

  return {
    async receipts() {
      const fresh = await take();
      if (fresh.length === 0) return;
      const { notifyOnReceipt, notifyAmount } = await (await db()).read(['settings'], settings);
      if (!notifyOnReceipt) return;
      const sum = fresh.reduce((total, line) => total + line.effective, 0n);
      const message = notifyAmount
        ? i18n.getMessage('receivedAmount', [sum.toLocaleString('en').replaceAll(',', ' ')])
        : i18n.getMessage('receivedSomething');
      await show(`receipt-${fresh[0]!.id}`, i18n.getMessage('receivedTitle'), message);
    },

    async losses() {
      const fresh = await (
        await db()
      ).write(['movements', 'meta'], async (tx) => {
        const { ids } = (await meta(tx, 'lossesTold')) ?? { ids: [] };
        const lines = (await history(tx, { limit: RECENT })).filter(isLoss);
        const untold = lines.filter(({ id }) => !ids.includes(id));
        if (untold.length > 0) await setMeta(tx, 'lossesTold', { ids: lines.map(({ id }) => id) });
        return untold;
      });
      for (const { id } of fresh)
        await show(`loss-${id}`, i18n.getMessage('lossTitle'), i18n.getMessage('lossText'));
    },

    async waiting({ ids, deadline }) {
      const told = (await session.get(TOLD))[TOLD];
      const key = [...ids].sort().join(' ');
      if (told === key || (told === undefined && ids.length === 0)) return;
      await session.set({ [TOLD]: key });
      if (ids.length === 0) {
        await notifications.clear(TOLD).catch(() => undefined);
        return;
      }
      const until = deadline === undefined ? undefined : clockTime(deadline, now());
      const message = until ? i18n.getMessage('waitingUntil', [until]) : i18n.getMessage('waitingSomething');
      await show(TOLD, i18n.getMessage('waitingTitle'), message);
    },

    async ending({ level, at, renewing }, locked) {
      const store = await db();
      const loud = level === 'urgent' || level === 'over';
      const told = await store.read(['meta'], (tx) => meta(tx, 'endingTold'));
      const fresh = told?.level === level && now() - told.at < AGAIN_MS;
      if (fresh || (!loud && told === undefined)) return;
      if (!loud) {
        if (told?.level === 'quiet') return;
        await store.write(['meta'], (tx) => setMeta(tx, 'endingTold', { level: 'quiet', at: now() }));
        await notifications.clear(ENDING).catch(() => undefined);
        return;
      }
      await store.write(['meta'], (tx) => setMeta(tx, 'endingTold', { level, at: now() }));
      const until = new Date(at ?? now()).toLocaleString(undefined, {
        dateStyle: 'medium',
        timeStyle: 'short',
      });
      const what = level === 'over' ? 'endingOver' : renewing ? 'endingRenewing' : 'endingUrgent';
      const todo = i18n.getMessage(locked ? 'endingUnlock' : 'endingOpen');
      await show(ENDING, i18n.getMessage('endingTitle'), `${i18n.getMessage(what, [until])} ${todo}`);
    },
  };
}
