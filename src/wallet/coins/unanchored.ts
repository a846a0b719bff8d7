// Coins whose anchor a reorganisation took off the chain. Until it is proven to be in a block again, nothing is paid with
// them: whoever made the anchor may have spent its inputs elsewhere. They come back by themselves. When a rival of the
// anchor is too deep to be taken back, there is nothing behind them any more: they are written off, in one line.

import { parseTx } from '../../ark/tx.ts';
import { parseTxid, vtxoIdText } from '../../ark/vtxo-id.ts';
import { isSkiffError } from '../../errors.ts';
import { dropAnchor, lostAnchors } from '../../store/anchors.ts';
import { coinTables, liveCoins, lockCoins, markSpent, unlockCoins } from '../../store/coins.ts';
import { finishMovement, openMovement } from '../../store/movements.ts';
import type { AnchorRow, CoinRow } from '../../store/rows.ts';
import { VOID } from '../movements/kind.ts';
import { finalRival } from '../onchain/rivals.ts';
import type { Deps } from '../ports.ts';
import { anchorsOf, DEEP, recheckAnchors } from './chain-facts.ts';

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
 * Looks at the anchors in young blocks and at those that lost theirs: sets coins aside whose anchor is gone, gives back
 * those whose anchor has returned, writes off those whose anchor cannot return.
 * @throws SkiffError CHAIN_UNREACHABLE, CHAIN_DISAGREES, CHAIN_MISBEHAVED
 */
export async function watchAnchors(deps: Deps, tip: number): Promise<void> {
  const { ports } = deps;
  await recheckAnchors(deps, tip);
  const [lost, aside] = await ports.db.read([...coinTables, 'anchors'], async (tx) => [
    new Map((await lostAnchors(tx)).map((row) => [row.txid, row])),
    (await liveCoins(tx)).filter(waits),
  ]);
  for (const txid of new Set([...lost.keys(), ...aside.map((c) => c.anchorTxid)])) {
    const back = await stands(deps, txid);
    if (back || !(await isVoid(deps, txid, lost.get(txid)))) await place(deps, txid, back);
  }
}

/** Sets its coins aside, or gives them back. */
async function place({ ports }: Deps, txid: string, back: boolean): Promise<void> {
  const holder = holderOf(txid);
  const changed = await ports.db.write(coinTables, async (tx) => {
    const coins = (await liveCoins(tx)).filter((c) => c.anchorTxid === txid);
    const held = coins.filter((c) => c.holder === holder).map((c) => c.id);
    if (back) return unlockCoins(tx, held, holder);
    const free = coins.filter((c) => c.state === 'spendable').map((c) => c.id);
    return free.length > 0 ? lockCoins(tx, free, holder) : free;
  });
  if (changed.length > 0)
    ports.log.warn(back ? 'the anchor of coins is back on the chain' : 'the anchor of coins left the chain', {
      txid,
    });
}

/** Has another transaction taken the place of the anchor for good? Then its coins are written off. */
async function isVoid(deps: Deps, txid: string, lost: AnchorRow | undefined): Promise<boolean> {
  const { ports } = deps;
  if (!lost) return false;
  const inputs = parseTx(lost.raw).inputs.map(({ prevout }) => vtxoIdText(prevout));
  const rival = await finalRival(deps, inputs, txid, DEEP);
  if (rival === undefined) return false;
  await ports.db.write([...coinTables, 'movements', 'anchors'], async (tx) => {
    const coins = (await liveCoins(tx)).filter((c) => c.anchorTxid === txid);
    const gone = coins.filter((c) => c.state === 'spendable' || c.holder === holderOf(txid));
    // What an action still holds ends with it, and is looked at again.
    if (gone.length === coins.length) await dropAnchor(tx, txid);
    if (gone.length === 0) return;
    const ids = gone.map((c) => c.id);
    await markSpent(tx, ids);
    const sum = gone.reduce((total, c) => total + c.amount, 0n);
    const [first] = ids;
    const init = { actionId: `void.${first}`, subsystem: VOID, intended: -sum };
    const facts = { effective: -sum, inputs: ids, metadata: { anchor_txid: txid, rival_txid: rival } };
    const line = await openMovement(tx, init, facts, ports.now());
    const failure = { code: 'COIN_VOID', say: REPLACED };
    await finishMovement(tx, line.id, 'failed', { metadata: { failure } }, ports.now());
  });
  ports.log.warn('coins were written off: another transaction took the place of their anchor', {
    txid,
    rival,
  });
  return true;
}

const REPLACED =
  'The bitcoin transaction behind this money was taken off the chain, and another one has spent the same bitcoin for good. There is nothing behind the coin any more.';
