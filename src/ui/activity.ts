// A line of the history in the words of the screens.
import type { MovementRow } from '../store/rows.ts';
import type { Key } from './i18n/index.ts';
import { shorten } from './short.ts';

const titles: Record<string, Key> = {
  'bark.lightning_send/send': 'activity.paid',
  'bark.arkoor/send': 'activity.sent',
  'bark.arkoor/receive': 'activity.received',
  'bark.board/board': 'activity.boarded',
  'bark.lightning_receive/receive': 'activity.lightning-received',
  'skiff.onchain/send': 'activity.onchain',
  'skiff.onchain/bump': 'activity.bump',
  'bark.exit/start': 'activity.exit',
  'skiff.coin/void': 'activity.void',
  'bark.round/refresh': 'activity.refresh',
  'bark.offboard/offboard': 'activity.offboard',
  'bark.offboard/send_onchain': 'activity.send-onchain',
  'skiff.loop_out/swap': 'activity.swap',
  'skiff.loop_out/rescue': 'activity.rescue',
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

const satoshi = (value: unknown): bigint => (Number.isSafeInteger(value) ? BigInt(value as number) : 0n);

/** What the miners got, where a line knows it. */
export const minerFeeOf = ({ metadata }: MovementRow): bigint => satoshi(metadata['onchain_fee_sat']);

/**
 * The figure of the line, signed. Under way and failed lines show what was meant; a finished line what really changed,
 * so a fee is never lost. Bitcoin that lies on-chain is outside of the balance, and counts here all the same.
 */
export function changeOf(row: MovementRow): bigint {
  if (row.subsystem.name === 'skiff.onchain')
    return -(satoshi(row.metadata['onchain_sent_sat']) + minerFeeOf(row));
  // Nothing but the fee changes.
  const renewed = row.subsystem.name === 'bark.round' && row.status === 'pending';
  return row.status === 'successful' || renewed ? row.effective : row.intended;
}

export const stateOf = (row: MovementRow): Key => `state.${row.status}`;

/** Why it failed, as the wallet noted it. */
export interface Failure {
  code?: string;
  say: string;
  details: Record<string, unknown>;
}

export function failureOf({ metadata: { failure } }: MovementRow): Failure | undefined {
  if (typeof failure !== 'object' || failure === null || Array.isArray(failure)) return undefined;
  const { code, say, details } = failure;
  if (typeof say !== 'string') return undefined;
  return {
    say,
    ...(typeof code === 'string' && { code }),
    details: typeof details === 'object' && details !== null && !Array.isArray(details) ? details : {},
  };
}
