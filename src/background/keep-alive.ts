// The browser ends a worker after 30 s without an extension event. Skiff stays only as long as there is a reason: a view
// is open (its port ticks), an action moves within the next minute, or an invoice was just made and not paid yet.
// Everything else resumes from disk.
import type { ActionRow, InvoiceRow } from '../store/rows.ts';
import type { ExtensionApi } from './browser.ts';

const TICK_MS = 20_000;
const NEAR_MS = 60_000;
/** Most invoices that are paid at all are paid within this time. */
const FRESH_MS = 10 * 60_000;

/** Does an unfinished action want its next step soon? One that waits for blocks or for the unlock does not. */
export const movesSoon = (actions: readonly ActionRow[], now: number): boolean =>
  actions.some(({ wakeAt }) => wakeAt !== undefined && wakeAt - now < NEAR_MS);

/** Was an invoice made just now that can still be paid? */
export const freshInvoice = (unpaid: readonly InvoiceRow[], now: number): boolean =>
  unpaid.some(
    ({ state, createdAt, expiresAt }) =>
      (state === 'open' || state === 'arrived') &&
      now - createdAt < FRESH_MS &&
      (expiresAt ?? Infinity) > now,
  );

export interface KeepAlive {
  /** Looks again now; called after anything that may have started an action. */
  check(): void;
}

/** @param busy is there a reason to stay? Asked every 20 s while there was one. */
export function createKeepAlive(api: ExtensionApi, busy: () => Promise<boolean>): KeepAlive {
  let running = false;
  const tick = async (): Promise<void> => {
    running = await busy().catch(() => false);
    if (!running) return;
    setTimeout(() => void tick(), TICK_MS);
    await api.runtime.getPlatformInfo();
  };
  return {
    check() {
      if (running) return;
      running = true;
      void tick();
    },
  };
}
