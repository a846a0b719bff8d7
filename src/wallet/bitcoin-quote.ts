// What a payment to a bitcoin address would cost, and which purse it comes from: the balance, which the server turns into
// a bitcoin output (offboard), or bitcoin that lies on-chain. The balance comes first, because it is what the person sees
// as their money; what lies on-chain is kept for the miners of exits as long as possible.

import { isSkiffError } from '../errors.ts';
import { coinTables, liveCoins } from '../store/coins.ts';
import { sats, type Sats } from '../units.ts';
import { ratesNow, wholeCoins } from './actions/offboard/start.ts';
import { exactOf, scriptOf, wholeOf } from './actions/offboard/terms.ts';
import { quoteOnchain, type OnchainQuote } from './onchain/quote.ts';
import type { Deps } from './ports.ts';

/** Where the money of a bitcoin payment comes from. */
export type Purse = 'ark' | 'onchain';

export type BitcoinQuote = OnchainQuote & { from: Purse };

/**
 * @param from one purse only; else the balance when it suffices, or what lies on-chain
 * @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK, DUST; of server and chain when neither purse can be priced
 */
export async function quoteBitcoin(
  deps: Deps,
  address: string,
  amount: Sats | 'all',
  from?: Purse,
): Promise<BitcoinQuote> {
  const onchain = async (): Promise<BitcoinQuote> => ({
    ...(await quoteOnchain(deps, address, amount)),
    from: 'onchain',
  });
  if (from === 'onchain') return onchain();
  const ark = await quoteFromArk(deps, address, amount);
  if (!ark.problem || from === 'ark') return ark;
  const other = await onchain().catch(() => undefined);
  return other && !other.problem ? other : ark;
}

async function quoteFromArk(deps: Deps, address: string, amount: Sats | 'all'): Promise<BitcoinQuote> {
  const script = scriptOf(address, deps.config.network);
  try {
    const rates = await ratesNow(deps);
    const live = await deps.ports.db.read(coinTables, liveCoins);
    const { amount: paid, fee } =
      amount === 'all'
        ? wholeOf(wholeCoins(live, 'all'), script, rates)
        : exactOf(live, amount, script, rates);
    return { from: 'ark', amount: paid, fee, total: sats(paid + fee) };
  } catch (error) {
    if (!isSkiffError(error)) throw error;
    const shortBy = error.details['shortBy'];
    return {
      from: 'ark',
      ...(amount !== 'all' && { amount }),
      problem: error,
      ...(shortBy !== undefined && { shortBy: sats(BigInt(shortBy)) }),
    };
  }
}
