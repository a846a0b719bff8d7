// "Everything": the largest amount that can be paid in the way chosen, so that nothing is left behind but what cannot
// pay now (locked, too deep, on the other side of the chain).

import { SkiffError } from '../errors.ts';
import type { Instruction } from '../lightning/payment-request.ts';
import { coinTables, liveCoins } from '../store/coins.ts';
import type { Sats } from '../units.ts';
import { allForArkoor } from './actions/arkoor-send/start.ts';
import { allForLightning } from './actions/lightning-send/start.ts';
import { freshTip } from './coins/chain-facts.ts';
import type { Deps } from './ports.ts';

/**
 * The amount that leaves nothing. For payments off-chain; on-chain the miner's fee decides (onchain/transaction.ts).
 * @throws SkiffError INSUFFICIENT_FUNDS when not even a satoshi can be paid; what server and chain throw
 */
export async function wholeBalance(deps: Deps, { choice }: Instruction, surplus?: Sats): Promise<Sats> {
  const server = await deps.ports.server();
  const [info, tip] = await Promise.all([server.info(), freshTip(deps)]);
  const coins = await deps.ports.db.read(coinTables, liveCoins);
  const amount =
    choice?.method.kind === 'ark'
      ? allForArkoor(coins, info, tip)
      : allForLightning(coins, info, tip, surplus);
  if (amount > 0n) return amount;
  throw new SkiffError({
    code: 'INSUFFICIENT_FUNDS',
    say: 'There is nothing that could be paid right now.',
    details: { available: 0 },
  });
}
