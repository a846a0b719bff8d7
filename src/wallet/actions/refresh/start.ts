// The start of a refresh: coins chosen, their new key taken, the history line opened and the intent written, all before
// the server hears of it.

import { toHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import { actions, startAction } from '../../../store/actions.ts';
import { liveCoins, lockCoins } from '../../../store/coins.ts';
import { openMovement } from '../../../store/movements.ts';
import type { ReadTx } from '../../../store/port.ts';
import type { ActionRow, CoinRow } from '../../../store/rows.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { takeVtxoKey } from '../../keys.ts';
import type { Deps } from '../../ports.ts';
import type { Sats } from '../../../units.ts';
import { assertWithin } from '../asker.ts';
import { assertReachable } from '../preflight.ts';
import { attend } from './attendance.ts';
import { KIND, refreshId, type RefreshState } from './state.ts';
import { priceOf } from './terms.ts';

export interface RefreshOrder {
  /** Ids of coins. */
  coins: readonly string[];
  /** The round may wait for this height; its fee is the one of that height. */
  scheduledHeight?: number;
  /**
   * Signs the next round while it is made, instead of leaving it to the server. This process has to live until then;
   * after a death `attendRounds` goes on. Not with a height.
   */
  attend?: boolean;
  /** The most that the person has agreed to. */
  maxFee?: Sats;
}

const refreshState = (row: ActionRow): RefreshState => row.state as RefreshState;

/** The refreshes under way. */
export const refreshes = async (tx: ReadTx): Promise<(ActionRow & { state: RefreshState })[]> =>
  (await actions(tx)).filter((row) => row.kind === KIND).map((row) => ({ ...row, state: refreshState(row) }));

/** Ids of coins that wait for a round already. */
export const coinsInRounds = async (tx: ReadTx): Promise<Set<string>> =>
  new Set((await refreshes(tx)).flatMap(({ state }) => state.inputs));

function choose(live: readonly CoinRow[], wanted: readonly string[], busy: ReadonlySet<string>): CoinRow[] {
  const ids = [...new Set(wanted)];
  return ids.map((id) => {
    const coin = live.find((c) => c.id === id);
    if (!coin)
      throw new SkiffError({ code: 'COIN_UNKNOWN', say: 'The wallet has no such coin.', details: { id } });
    if (coin.state !== 'spendable' || coin.policyType !== 'pubkey' || busy.has(id))
      throw new SkiffError({
        code: 'COIN_LOCKED',
        say: 'This coin is in use by something else right now.',
        details: { id },
      });
    return coin;
  });
}

/** Starts a refresh durably. @throws SkiffError COIN_UNKNOWN, COIN_LOCKED, DUST and the like; then nothing changed */
export async function startRefresh(deps: Deps, order: RefreshOrder): Promise<string> {
  const { ports } = deps;
  const { scheduledHeight, attend: attends = false } = order;
  if (attends && scheduledHeight !== undefined)
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'Only a round of the server can wait for a height.',
    });
  if (order.coins.length === 0)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'There is no coin to refresh.' });
  const server = await ports.server();
  const [info, tip] = await Promise.all([server.info(), freshTip(deps), assertReachable(server)]);
  const keys = ports.keys.unlocked();
  const id = refreshId(toHex(ports.random(16)));
  const now = ports.now();
  await ports.db.write(CHANGE_TABLES, async (tx) => {
    const coins = choose(await liveCoins(tx), order.coins, await coinsInRounds(tx));
    const late = coins.find((c) => scheduledHeight !== undefined && c.expiryHeight <= scheduledHeight);
    if (late || (scheduledHeight !== undefined && scheduledHeight <= tip))
      throw new SkiffError({
        code: 'INVALID_ARGUMENT',
        say: 'A refresh can wait for a block that is still to come, before its coins expire.',
        details: { scheduledHeight, tip },
      });
    const { amount, fee } = priceOf(coins, info.fees.refresh, scheduledHeight ?? tip);
    assertWithin({ maxTotal: order.maxFee }, fee);
    const inputs = coins.map((c) => c.id);
    const locked = scheduledHeight === undefined;
    if (locked) await lockCoins(tx, inputs, id);
    const key = await takeVtxoKey(tx, keys, 'refresh', now);
    await openMovement(
      tx,
      { actionId: id, subsystem: { name: 'bark.round', kind: 'refresh' }, intended: 0n },
      { effective: -fee, fee, inputs },
      now,
    );
    const state: RefreshState = {
      step: attends ? 'attending' : 'planned',
      inputs,
      amount,
      fee,
      key: key.index,
      locked,
      sinceHeight: tip,
      ...(scheduledHeight !== undefined && { scheduledHeight }),
    };
    await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
  });
  if (attends) attend(deps, id);
  return id;
}
