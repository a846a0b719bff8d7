// The WebSocket of the Boltz v2 API as texts: what subscribes to swaps, and what is told of them. Words of a service are
// hints: nothing is paid, shown or believed because of them.
import * as v from 'valibot';
import type { Said } from '../../store/swap-row.ts';

/** Where a service under `https://host/v2` tells its updates. */
export const updatesUrl = (service: string): string => `${service.replace(/^http/, 'ws')}/ws`;

/** @param ids of swaps, as the service named them */
export const subscription = (ids: readonly string[]): string =>
  JSON.stringify({ op: 'subscribe', channel: 'swap.update', args: ids });

/** Asks for a sign of life. */
export const PING = JSON.stringify({ op: 'ping' });

const WORDS: Readonly<Record<string, Said>> = {
  'swap.created': 'waiting',
  'minerfee.paid': 'waiting',
  'transaction.mempool': 'locked',
  'transaction.confirmed': 'confirmed',
  'invoice.settled': 'settled',
  'invoice.expired': 'over',
  'swap.expired': 'over',
  'transaction.failed': 'over',
  'transaction.refunded': 'over',
};

/** A status of the Boltz API in our words; undefined for one that says nothing about a reverse swap. */
export const saidBy = (status: string): Said | undefined =>
  Object.hasOwn(WORDS, status) ? WORDS[status] : undefined;

const updateForm = v.object({
  event: v.literal('update'),
  channel: v.literal('swap.update'),
  args: v.array(v.object({ id: v.string(), status: v.string() })),
});

export interface Update {
  /** Of the swap, as the service named it. */
  id: string;
  said: Said;
}

/** What a message says of which swaps; nothing for anything else. */
export function readUpdates(text: string): Update[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (!v.is(updateForm, value)) return [];
  return value.args.flatMap(({ id, status }) => {
    const said = saidBy(status);
    return said ? [{ id, said }] : [];
  });
}
