// Coins whose anchor a reorganisation took off the chain. Until it is proven to be in a block again, nothing is paid with
// them: whoever made the anchor may have spent its inputs elsewhere. They come back by themselves, and stay where they are
// when a rival of the anchor is too deep to be taken back: then there is nothing behind them any more.

import { isSkiffError } from '../../errors.ts';
import { coinTables, liveCoins, lockCoins, unlockCoins } from '../../store/coins.ts';
import type { CoinRow } from '../../store/rows.ts';
import { parseTxid } from '../../ark/vtxo-id.ts';
import type { Deps } from '../ports.ts';
import { anchorsOf, recheckAnchors } from './chain-facts.ts';

/** Prefix of the holder of such coins; not an action. */
const UNANCHORED = 'anchor.';

const holderOf = (txid: string): string => `${UNANCHORED}${txid}`;

/** Is it in enough blocks? @throws what says nothing about it: chain out of reach, a proof that does not hold */
async function stands(deps: Deps, txid: string): Promise<boolean> {
  try {
    await anchorsOf(deps, [{ txid: parseTxid(txid), vout: 0 }]);
    return true;
  } catch (error) {
    if (isSkiffError(error, 'ANCHOR_NOT_FOUND') || isSkiffError(error, 'ANCHOR_UNCONFIRMED')) return false;
    throw error;
  }
}

const waits = ({ state, holder }: CoinRow): boolean =>
  state === 'locked' && holder?.startsWith(UNANCHORED) === true;

/**
 * Looks at the anchors in young blocks: sets coins aside whose anchor is gone, and gives back those whose anchor has
 * returned. @throws SkiffError CHAIN_UNREACHABLE, CHAIN_DISAGREES, CHAIN_MISBEHAVED
 */
export async function watchAnchors(deps: Deps, tip: number): Promise<void> {
  const { ports } = deps;
  const gone = await recheckAnchors(deps, tip);
  const aside = (await ports.db.read(coinTables, liveCoins)).filter(waits);
  const all = new Set([...gone, ...aside.map((c) => c.anchorTxid)]);
  for (const txid of all) {
    const holder = holderOf(txid);
    const back = await stands(deps, txid);
    await ports.db.write(coinTables, async (tx) => {
      const coins = (await liveCoins(tx)).filter((c) => c.anchorTxid === txid);
      const free = coins.filter((c) => c.state === 'spendable').map((c) => c.id);
      const held = coins.filter((c) => c.holder === holder).map((c) => c.id);
      if (back) await unlockCoins(tx, held, holder);
      else if (free.length > 0) await lockCoins(tx, free, holder);
    });
    ports.log.warn(back ? 'the anchor of coins is back on the chain' : 'the anchor of coins left the chain', {
      txid,
    });
  }
}
