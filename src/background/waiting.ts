// What the locked wallet cannot do until it is unlocked, and how long that may take: a payment that has arrived at the
// server and must be claimed, a payment of ours that has to be taken back, a swap's bitcoin, messages that need a key.
import type { ReadTx } from '../store/port.ts';
import { coin } from '../store/coins.ts';
import { invoices } from '../store/invoices.ts';
import { lockedMessages } from '../store/mailbox.ts';
import { meta } from '../store/meta.ts';
import type { ActionRow } from '../store/rows.ts';
import { swapOf } from '../store/swaps.ts';
import { lastToShow } from '../swaps/facts.ts';
import { KIND as LOOP_OUT, type SwapState } from '../swaps/state.ts';
import { KIND as OFFBOARD } from '../wallet/actions/offboard/state.ts';
import { KIND as REFRESH } from '../wallet/actions/refresh/state.ts';

/** The server holds an incoming payment this long for us. */
const CLAIM_MS = 3 * 60_000;
const BLOCK_MS = 10 * 60_000;

export const WAITING_TABLES = ['actions', 'inbox', 'invoices', 'meta', 'coins', 'swaps'] as const;

export interface Waiting {
  /** Names of what waits: the same names mean that nothing new came up. */
  ids: string[];
  /** The earliest time (ms) by which the keys are needed, as far as one is known. */
  deadline?: number;
}

/** Everything that waits for the unlock. */
export async function waitingForUnlock(tx: ReadTx): Promise<Waiting> {
  const parked = (await tx.query<ActionRow>('actions')).filter((row) => row.lastError?.code === 'LOCKED');
  const arrived = (await invoices(tx, 'open')).filter((row) => row.state === 'arrived');
  const messages = await lockedMessages(tx);
  const tip = await meta(tx, 'tip');
  const deadlines = [
    ...arrived.map((row) => (row.arrivedAt ?? row.updatedAt) + CLAIM_MS),
    ...parked.map((row) => endOfHtlc(row, tip)),
    ...(await endsOfCoins(tx, parked, tip)),
    ...(await endsOfSwaps(tx, parked, tip)),
  ].filter((at) => at !== undefined);
  return {
    ids: [
      ...parked.map((row) => row.id),
      ...arrived.map((row) => `invoice.${row.hash}`),
      ...(messages > 0 ? ['messages'] : []),
    ],
    ...(deadlines.length > 0 && { deadline: Math.min(...deadlines) }),
  };
}

/** A renewal or a move to bitcoin has until the first of its coins ends. */
async function endsOfCoins(
  tx: ReadTx,
  parked: readonly ActionRow[],
  tip: { height: number; at: number } | undefined,
): Promise<number[]> {
  const ends: number[] = [];
  for (const { kind, state } of parked) {
    if (!tip || (kind !== REFRESH && kind !== OFFBOARD)) continue;
    const { inputs, coins } = state as { inputs?: string[]; coins?: string[] };
    for (const id of inputs ?? coins ?? []) {
      const row = await coin(tx, id);
      if (row) ends.push(tip.at + Math.max(0, row.expiryHeight - tip.height) * BLOCK_MS);
    }
  }
  return ends;
}

/** A swap's claim has to be signed, or, once it was shown, given a higher fee, before the service takes its bitcoin back. */
async function endsOfSwaps(
  tx: ReadTx,
  parked: readonly ActionRow[],
  tip: { height: number; at: number } | undefined,
): Promise<number[]> {
  const ends: number[] = [];
  for (const { kind, state } of parked) {
    if (!tip || kind !== LOOP_OUT) continue;
    const { hash, step } = state as SwapState;
    const end = (await swapOf(tx, hash))?.refundHeight;
    if (end === undefined) continue;
    const last = step === 'claiming' ? end - 1 : lastToShow(end);
    ends.push(tip.at + Math.max(0, last - tip.height) * BLOCK_MS);
  }
  return ends;
}

/** An outgoing payment has until its HTLC expires; a height becomes a time by the usual pace of blocks. */
function endOfHtlc(
  { state }: ActionRow,
  tip: { height: number; at: number } | undefined,
): number | undefined {
  const expiry: unknown = 'htlcExpiry' in state ? state.htlcExpiry : undefined;
  if (typeof expiry !== 'number' || !tip) return undefined;
  return tip.at + Math.max(0, expiry - tip.height) * BLOCK_MS;
}
