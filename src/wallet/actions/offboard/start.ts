// The start of an offboard: one transaction that chooses and locks the coins, takes keys where coins are cut, opens the
// history line and writes the action.

import { toHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import { startAction } from '../../../store/actions.ts';
import { liveCoins, lockCoins } from '../../../store/coins.ts';
import { openMovement } from '../../../store/movements.ts';
import type { WriteTx } from '../../../store/port.ts';
import type { CoinRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { splitChange } from '../../coins/split.ts';
import { takeVtxoKey } from '../../keys.ts';
import type { Deps } from '../../ports.ts';
import { assertWithin, type Asker } from '../asker.ts';
import { KIND, offboardId, type OffboardState, type OffboardTerms } from './state.ts';
import { exactOf, kwuOf, scriptOf, wholeOf, type Rates } from './terms.ts';

export type OffboardOrder = { address: string } & Pick<Asker, 'maxTotal'> &
  (
    | { coins: readonly string[] | 'all'; maxFee?: Sats }
    /** The output's amount; the fee goes on top. */
    | { amount: Sats }
  );

/** What the server asks right now. @throws SkiffError of server and chain */
export async function ratesNow(deps: Deps): Promise<Rates & { maxInputs: number }> {
  const server = await deps.ports.server();
  const [info, { satVkb }, tip] = await Promise.all([
    server.info(),
    server.getOffboardFeeRate({}),
    freshTip(deps),
  ]);
  return {
    fees: info.fees.offboard,
    feeRateKwu: kwuOf(satVkb),
    tip,
    maxExitDepth: info.maxVtxoExitDepth,
    maxInputs: info.maxOffboardInputs,
  };
}

/** The coins meant, all of them free. @throws SkiffError COIN_UNKNOWN, COIN_LOCKED, INSUFFICIENT_FUNDS */
export function wholeCoins(live: readonly CoinRow[], wanted: readonly string[] | 'all'): CoinRow[] {
  const free = live.filter((c) => c.state === 'spendable' && c.policyType === 'pubkey');
  if (wanted === 'all') {
    if (free.length > 0) return free;
    throw new SkiffError({ code: 'INSUFFICIENT_FUNDS', say: 'There is nothing to move to the chain.' });
  }
  return [...new Set(wanted)].map((id) => {
    const coin = free.find((c) => c.id === id);
    if (coin) return coin;
    const known = live.some((c) => c.id === id);
    throw new SkiffError({
      code: known ? 'COIN_LOCKED' : 'COIN_UNKNOWN',
      say: known ? 'This coin is in use by something else right now.' : 'The wallet has no such coin.',
      details: { id },
    });
  });
}

const tooMany = (count: number, most: number) =>
  new SkiffError({
    code: 'INVALID_ARGUMENT',
    say: `The server takes ${most} coins at once to the chain, and this needs ${count}.`,
    details: { count, most },
  });

/** Starts it durably. @throws SkiffError INSUFFICIENT_FUNDS, DUST, INVALID_ADDRESS and the like; then nothing changed */
export async function startOffboard(deps: Deps, order: OffboardOrder): Promise<string> {
  const { ports, config } = deps;
  const script = scriptOf(order.address, config.network);
  const rates = await ratesNow(deps);
  const id = offboardId(toHex(ports.random(16)));
  await ports.db.write(CHANGE_TABLES, async (tx) => {
    if ('amount' in order) await startExact(deps, tx, id, order, script, rates);
    else await startWhole(deps, tx, id, order, script, rates);
  });
  return id;
}

type Whole = Extract<OffboardOrder, { coins: unknown }>;
type Exact = Extract<OffboardOrder, { amount: unknown }>;
type AllRates = Awaited<ReturnType<typeof ratesNow>>;

async function startWhole(
  { ports }: Deps,
  tx: WriteTx,
  id: string,
  order: Whole,
  script: Uint8Array,
  rates: AllRates,
): Promise<void> {
  const coins = wholeCoins(await liveCoins(tx), order.coins);
  if (coins.length > rates.maxInputs) throw tooMany(coins.length, rates.maxInputs);
  const { amount, fee } = wholeOf(coins, script, rates);
  assertWithin({ maxTotal: order.maxFee }, fee);
  assertWithin(order, sats(amount + fee));
  const ids = coins.map((c) => c.id);
  await lockCoins(tx, ids, id);
  const now = ports.now();
  await openMovement(
    tx,
    { actionId: id, subsystem: { name: 'bark.offboard', kind: 'offboard' }, intended: -(amount + fee) },
    {
      effective: -(amount + fee),
      fee,
      inputs: ids,
      sentTo: [{ type: 'bitcoin', value: order.address, amount }],
    },
    now,
  );
  const state: OffboardState = {
    ...fixed('whole', order.address, amount, fee, rates),
    step: 'ready',
    coins: ids,
    since: rates.tip,
  };
  await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
}

async function startExact(
  { ports, config }: Deps,
  tx: WriteTx,
  id: string,
  order: Exact,
  script: Uint8Array,
  rates: AllRates,
): Promise<void> {
  const keys = ports.keys.unlocked();
  const { inputs, fee, change } = exactOf(await liveCoins(tx), order.amount, script, rates);
  if (inputs.length > rates.maxInputs) throw tooMany(inputs.length, rates.maxInputs);
  assertWithin(order, sats(order.amount + fee));
  const ids = inputs.map((c) => c.id);
  await lockCoins(tx, ids, id);
  const now = ports.now();
  const key = await takeVtxoKey(tx, keys, 'offboard', now);
  const changeKey = await takeVtxoKey(tx, keys, 'change', now);
  await openMovement(
    tx,
    { actionId: id, subsystem: { name: 'bark.offboard', kind: 'send_onchain' }, intended: -order.amount },
    {
      effective: -(order.amount + fee),
      fee,
      inputs: ids,
      sentTo: [{ type: 'bitcoin', value: order.address, amount: order.amount }],
    },
    now,
  );
  const state: OffboardState = {
    ...fixed('exact', order.address, order.amount, fee, rates),
    step: 'splitting',
    inputs: ids,
    change: splitChange(change, sats(order.amount + fee), config.changeSplit),
    key: key.index,
    changeKey: changeKey.index,
    since: rates.tip,
  };
  await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
}

const fixed = (
  kind: OffboardTerms['kind'],
  address: string,
  amount: Sats,
  fee: Sats,
  { feeRateKwu }: Rates,
): OffboardTerms => ({ kind, address, amount, fee, feeRateKwu });
