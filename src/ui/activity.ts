// A line of the history in the words of the screens.
import type { MovementRow } from '../store/rows.ts';
import type { Key } from './i18n/index.ts';
import { shorten } from './short.ts';

const titles: Record<string, Key> = {
  'bark.lightning_send/send': 'activity.paid',
  'bark.arkoor/send': 'activity.sent',
  'bark.arkoor/receive': 'activity.received',
  'bark.board/board': 'activity.boarded',
  'bark.onchain/send': 'activity.onchain',
};

/** What kind of thing happened. */
export const titleOf = (row: MovementRow): Key =>
  titles[`${row.subsystem.name}/${row.subsystem.kind}`] ?? 'activity.other';

const host = (origin: string): string => URL.parse(origin)?.host ?? origin;

/** Who or what was on the other side, as far as it tells anything: the site, or the destination. */
export function otherSide(row: MovementRow): string | undefined {
  if (row.site) return host(row.site.topOrigin);
  const value = row.sentTo[0]?.value ?? row.receivedOn[0]?.value;
  return value === undefined ? undefined : shorten(value, 8);
}

/**
 * The figure of the line, signed. Under way and failed lines show what was meant; a finished line what really changed,
 * so a fee is never lost.
 */
export const changeOf = (row: MovementRow): bigint =>
  row.status === 'successful' ? row.effective : row.intended;

export const stateOf = (row: MovementRow): Key => `state.${row.status}`;
