// The start of a transfer to an Ark address: one transaction that chooses and locks the inputs, takes the change key,
// opens the history line and writes the action. There is no fee.

import { equalBytes, fromHex, toHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import type { ArkInfo } from '../../../server/ark-info.ts';
import { startAction } from '../../../store/actions.ts';
import { liveCoins, lockCoins } from '../../../store/coins.ts';
import { openMovement } from '../../../store/movements.ts';
import type { CoinRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { selectCoins, usableCoins, type Selection } from '../../coins/select.ts';
import { splitChange } from '../../coins/split.ts';
import { destinationOf } from '../../destination.ts';
import { takeVtxoKey } from '../../keys.ts';
import { assertWithin, bookRequest, type Asker } from '../asker.ts';
import { assertReachable } from '../preflight.ts';
import type { Deps } from '../../ports.ts';
import { arkoorSendId, KIND, type ArkoorSendState } from './state.ts';

export interface ArkoorSendOrder extends Asker {
  address: string;
  amount: Sats;
}

/** Inputs of a transfer; nothing is locked. An expired coin is of no use to the recipient. @throws SkiffError INSUFFICIENT_FUNDS */
export const selectForArkoor = (
  coins: readonly CoinRow[],
  amount: Sats,
  info: ArkInfo,
  tip: number,
): Selection => selectCoins(coins, amount, { maxExitDepth: info.maxVtxoExitDepth, expiresAfter: tip });

/** Everything that can be transferred now. */
export const allForArkoor = (coins: readonly CoinRow[], info: ArkInfo, tip: number): Sats =>
  sats(
    usableCoins(coins, { maxExitDepth: info.maxVtxoExitDepth, expiresAfter: tip }).reduce(
      (sum, c) => sum + c.amount,
      0n,
    ),
  );

/** Starts the transfer durably. @throws SkiffError INSUFFICIENT_FUNDS, INVALID_ADDRESS and the like; then nothing changed */
export async function startArkoorSend(deps: Deps, order: ArkoorSendOrder): Promise<string> {
  const { ports, config } = deps;
  const { amount, address } = order;
  const { policy } = destinationOf(deps, address);
  const server = await ports.server();
  const [info, tip] = await Promise.all([server.info(), freshTip(deps), assertReachable(server)]);
  const keys = ports.keys.unlocked();
  const id = arkoorSendId(toHex(ports.random(16)));
  const now = ports.now();

  await ports.db.write(CHANGE_TABLES, async (tx) => {
    const { inputs, change } = selectForArkoor(await liveCoins(tx), amount, info, tip);
    assertWithin(order, amount);
    const ids = inputs.map((c) => c.id);
    await lockCoins(tx, ids, id);
    const changeKey = await takeVtxoKey(tx, keys, 'change', now);
    if (equalBytes(fromHex(changeKey.pubkey), policy.userPubkey)) throw ownNextKey();
    await openMovement(
      tx,
      {
        actionId: id,
        subsystem: { name: 'bark.arkoor', kind: 'send' },
        intended: -amount,
        ...(order.site && { site: order.site }),
      },
      { effective: -amount, inputs: ids, sentTo: [{ type: 'ark', value: address, amount }] },
      now,
    );
    await bookRequest(tx, order, id, amount, now);
    const state: ArkoorSendState = {
      step: 'inputs-locked',
      address,
      amount,
      inputs: ids,
      change: splitChange(change, amount, config.changeSplit),
      changeKey: changeKey.index,
    };
    await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
  });
  return id;
}

/** An address of our next, never issued key: only a copy of this wallet could have made it. */
const ownNextKey = () =>
  new SkiffError({
    code: 'INVALID_ADDRESS',
    say: 'This address belongs to this very wallet in a way that cannot be paid. Make a new address.',
  });
