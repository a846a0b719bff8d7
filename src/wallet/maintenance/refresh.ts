// Keeping coins alive: hands in what is due, leaves out what the server refuses to take, and says plainly when a coin
// comes near its end all the same.

import { isSkiffError } from '../../errors.ts';
import { coinTables, liveCoins } from '../../store/coins.ts';
import { movementOf } from '../../store/movements.ts';
import { setting } from '../../store/settings.ts';
import { coinsInRounds, startRefresh } from '../actions/refresh/start.ts';
import { feeOfRefresh } from '../actions/refresh/terms.ts';
import { isFair } from '../fair.ts';
import type { Executor } from '../actions/executor.ts';
import { freshTip } from '../coins/chain-facts.ts';
import type { Deps } from '../ports.ts';
import { planRefresh } from './due.ts';

/** Refused coins are left out, this often at most. */
const TRIES = 10;
/** Virtual bytes of one transaction of an exit with the child that pays for it. */
const EXIT_VBYTES = 2n * 155n;

/** What the server refused lately: it is not handed in again at once. Only of this life. */
const refused = new WeakMap<object, Set<string>>();

/**
 * Starts the refresh of what is due. Coins that the server names as unusable are left out and the rest is handed in
 * again. Resolves with the action's id, or nothing when nothing is due.
 */
export async function refreshDue(deps: Deps, executor: Pick<Executor, 'drive'>): Promise<string | undefined> {
  const left = refused.get(deps.ports.db) ?? new Set<string>();
  refused.set(deps.ports.db, left);
  for (let i = 0; i < TRIES; i++) {
    const id = await once(deps, executor, left);
    if (id === undefined) return undefined;
    const named = await refusedBy(deps, id);
    if (named.length === 0) return id;
    for (const coin of named) left.add(coin);
  }
  return undefined;
}

/** Ids of coins for which the refresh failed at once. */
async function refusedBy({ ports }: Deps, id: string): Promise<string[]> {
  const line = await ports.db.read(['movements'], (tx) => movementOf(tx, id));
  if (line?.status !== 'failed') return [];
  const failure = line.metadata['failure'] as { details?: { identifiers?: string } } | undefined;
  return failure?.details?.identifiers?.split(',').filter((text) => text !== '') ?? line.inputs;
}

async function once(
  deps: Deps,
  executor: Pick<Executor, 'drive'>,
  left: ReadonlySet<string>,
): Promise<string | undefined> {
  const { ports, config } = deps;
  const { maxVtxoExitDepth, fees } = await (await ports.server()).info();
  const tip = await freshTip(deps);
  const { fast } = await ports.chain.feeRates();
  const perTx = EXIT_VBYTES * BigInt(Math.ceil(fast));
  const chosen = await ports.db.read(['settings'], (tx) => setting(tx, 'renewBlocks'));
  const free = await ports.db.read([...coinTables, 'actions'], async (tx) => {
    const busy = await coinsInRounds(tx);
    return (await liveCoins(tx)).filter(
      (c) => c.state === 'spendable' && c.policyType === 'pubkey' && !busy.has(c.id) && !left.has(c.id),
    );
  });
  const plan = planRefresh(free, {
    tip,
    maxExitDepth: maxVtxoExitDepth,
    threshold: chosen > 0 ? chosen : config.refreshThreshold,
    fees: fees.refresh,
    exitCost: (coin) => perTx * BigInt(coin.exitDepth),
  });
  if (!plan) return undefined;
  const { coins, scheduledHeight } = plan;
  const fee = feeOfRefresh(coins, fees.refresh, scheduledHeight ?? tip);
  const worth = coins.reduce((sum, c) => sum + c.amount, 0n);
  if (!isFair(fee, worth)) {
    ports.log.warn('the server wants too much for a refresh: it is left to the person', {
      fee: `${fee}`,
      worth: `${worth}`,
    });
    return undefined;
  }
  const ids = coins.map((c) => c.id);
  try {
    const id = await startRefresh(deps, {
      coins: ids,
      ...(scheduledHeight !== undefined && { scheduledHeight }),
    });
    await executor.drive(id);
    return id;
  } catch (error) {
    // Too little to be worth a coin: it stays as it is.
    if (isSkiffError(error, 'DUST')) return undefined;
    throw error;
  }
}
