// How the coins stand against their end. Skiff renews by itself while it is unlocked and reaches its server; this tells,
// from the store alone and so also while it is locked, when that has not been enough. Light: the popup and the badge read it.
//   quiet → soon (badge and a sentence: two thresholds before the end) → urgent (a notification, too) → over
// A coin whose renewal is handed in worries nobody before half a threshold is left.

import { MAINNET_RENEWAL } from '../../ark/margins.ts';
import type { Network } from '../../bitcoin/network.ts';
import { actions } from '../../store/actions.ts';
import { liveCoins } from '../../store/coins.ts';
import { meta } from '../../store/meta.ts';
import type { ReadTx } from '../../store/port.ts';
import type { ActionRow, CoinRow } from '../../store/rows.ts';
import { setting } from '../../store/settings.ts';
import { sats, type Sats } from '../../units.ts';
import { KIND, type RefreshState } from '../actions/refresh/state.ts';
import { tipNow } from '../coins/tip.ts';

/** Blocks before its end at which a coin is renewed, unless the person has chosen: a day on mainnet (bark's default). */
export const renewBefore = (network: Network): number => (network === 'mainnet' ? MAINNET_RENEWAL : 12);

/** What a person may choose: less than a few hours is no time to react, more than two weeks only costs fees. */
export const RENEW_BLOCKS = { least: 12, most: 2016 } as const;

/** A renewal under way, in the words of the screens. */
export interface Renewal {
  actionId: string;
  /** Ids of the coins that become one. */
  inputs: string[];
  amount: Sats;
  fee: Sats;
  step: RefreshState['step'];
  /** It waits for this height; its coins can be spent until shortly before. */
  scheduledHeight?: number;
  /** Why the last attempt of its present step failed. */
  problem?: string;
}

const renewal = ({ id, state, lastError }: ActionRow): Renewal => {
  const { inputs, amount, fee, step, scheduledHeight } = state as RefreshState;
  return {
    actionId: id,
    inputs,
    amount,
    fee,
    step,
    ...(scheduledHeight !== undefined && { scheduledHeight }),
    ...(lastError && { problem: lastError.say }),
  };
};

/** Renewals under way. */
export const renewals = async (tx: ReadTx): Promise<Renewal[]> => (await actions(tx, KIND)).map(renewal);

export type Level = 'quiet' | 'soon' | 'urgent' | 'over';

const LEVELS: readonly Level[] = ['quiet', 'soon', 'urgent', 'over'];

export interface Ending {
  level: Level;
  /** Coins that the level is about, and what they are worth together. */
  count: number;
  amount: Sats;
  /** The first of their ends: height, and roughly when, ms. Absent when quiet. */
  height?: number;
  at?: number;
  /** All of them are being renewed: it only has to be let finish. */
  renewing: boolean;
}

const BLOCK_MS = 10 * 60_000;

/** How near its end is this coin? */
function levelOf(left: number, threshold: number, renewing: boolean): Level {
  if (left <= 0) return 'over';
  if (renewing) return left <= threshold / 2 ? 'urgent' : 'quiet';
  return left <= threshold ? 'urgent' : left <= 2 * threshold ? 'soon' : 'quiet';
}

/**
 * Pure. @param coins live ones @param underWay ids of coins whose renewal is under way @param tip height now, and when (ms)
 */
export function endingOf(
  coins: readonly CoinRow[],
  underWay: ReadonlySet<string>,
  tip: { height: number; at: number },
  threshold: number,
): Ending {
  const told = coins
    .filter((c) => c.policyType === 'pubkey' && (c.state === 'spendable' || underWay.has(c.id)))
    .map((coin) => {
      const renewing = underWay.has(coin.id);
      return { coin, renewing, level: levelOf(coin.expiryHeight - tip.height, threshold, renewing) };
    })
    .filter(({ level }) => level !== 'quiet');
  const level = told.reduce<Level>(
    (worst, one) => (LEVELS.indexOf(one.level) > LEVELS.indexOf(worst) ? one.level : worst),
    'quiet',
  );
  const height = Math.min(...told.map(({ coin }) => coin.expiryHeight));
  return {
    level,
    count: told.length,
    amount: sats(told.reduce((sum, { coin }) => sum + coin.amount, 0n)),
    renewing: told.length > 0 && told.every((one) => one.renewing),
    ...(told.length > 0 && { height, at: tip.at + (height - tip.height) * BLOCK_MS }),
  };
}

/** Tables that {@link readEnding} reads. */
export const ENDING_TABLES = ['coins', 'coinBodies', 'actions', 'meta', 'settings'] as const;

/** Blocks before its end at which a coin is renewed here. */
export async function renewBlocks(tx: ReadTx): Promise<number> {
  const chosen = await setting(tx, 'renewBlocks');
  return chosen > 0 ? chosen : renewBefore(await setting(tx, 'network'));
}

/** How the coins stand. Before the first contact with the chain nothing can be said. @param now ms */
export async function readEnding(tx: ReadTx, now: number): Promise<Ending> {
  const seen = await meta(tx, 'tip');
  if (!seen) return { level: 'quiet', count: 0, amount: sats(0n), renewing: false };
  const tip = tipNow(seen, now);
  const under = new Set((await renewals(tx)).flatMap(({ inputs }) => inputs));
  const at = tip.old ? now : seen.at;
  return endingOf(await liveCoins(tx), under, { height: tip.height, at }, await renewBlocks(tx));
}
