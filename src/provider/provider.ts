// The provider as the background sees it: built once for each life of the worker, wired to pages by session.ts.
import { SkiffError } from '../errors.ts';
import { waitingRequests } from '../store/requests.ts';
import type { RequestRow, SiteRef } from '../store/rows.ts';
import { blockSite, isBlocked } from '../store/sites.ts';
import { createAttention } from './attention.ts';
import type { Answer, Context } from './method.ts';
import { methods } from './methods/index.ts';
import { createParking } from './parking.ts';
import { followPayment } from './payments.ts';
import type { ProviderPorts } from './ports.ts';
import { createRequestQueue } from './requests.ts';
import { createSpamGuard } from './spam.ts';

export interface Provider {
  context: Context;
  approve(id: string, answer: Answer): Promise<{ actionId?: string }>;
  refuse(id: string): Promise<void>;
  /** The person wants to hear no more of this site: its permission goes, and what it asks is refused. */
  block(site: SiteRef): Promise<void>;
  promptClosed(): Promise<void>;
  unlocked(): Promise<void>;
  /** Questions that wait for the person. */
  waiting(): Promise<RequestRow[]>;
  /**
   * Takes up what an earlier life of the worker left: follows approved payments.
   * @param browserStarted no page of before exists, so nothing that waited can be answered any more
   */
  resume(browserStarted: boolean): Promise<void>;
}

export function createProvider(ports: ProviderPorts): Provider {
  const guard = createSpamGuard(ports.refusals);
  const parking = createParking(() => void queue.refreshBadge());
  const attention = createAttention();
  const queue = createRequestQueue(ports, { guard, attention }, () => parking.count);
  const context: Context = { ports, queue, parking, attention };
  return {
    context,

    async approve(id, answer) {
      const row = await queue.row(id);
      const method = methods.get(row.method);
      if (!method?.approve)
        throw new SkiffError({ code: 'UNSUPPORTED', say: 'This request cannot be approved.' });
      if ((await ports.lockState()) !== 'unlocked')
        throw new SkiffError({ code: 'LOCKED', say: 'Unlock the wallet first.', retry: 'later' });
      const result = await method.approve(context, row, answer);
      await guard.approved(row.topOrigin);
      return result;
    },

    refuse: (id) => queue.refuse(id),

    async block(site) {
      await ports.db.write(['sites'], (tx) => blockSite(tx, site, ports.now()));
      for (const row of await ports.db.read(['requests'], waitingRequests)) {
        const blocked = await ports.db.read(['sites'], (tx) => isBlocked(tx, row));
        if (blocked && row.method !== 'link') await queue.refuse(row.id);
      }
    },

    async promptClosed() {
      parking.promptClosed();
      await queue.promptClosed();
    },

    async unlocked() {
      parking.unlocked();
      await queue.refreshBadge();
    },

    waiting: () => ports.db.read(['requests'], waitingRequests),

    async resume(browserStarted) {
      if (browserStarted) await queue.promptClosed();
      else await queue.awaitPages();
      const approved = await ports.db.read(['requests'], (tx) =>
        tx.query<RequestRow>('requests', 'status', { equals: 'approved' }),
      );
      for (const row of approved) {
        const { actionId } = row;
        if (actionId !== undefined) void followPayment(context, { ...row, actionId });
      }
      await queue.refreshBadge();
    },
  };
}
