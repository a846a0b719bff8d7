// Coins that somebody else has brought onto the chain: the server, or who holds a coin of the same tree or chain. Such a
// coin cannot be spent with the server any more and is ours alone after its delay: its exit goes on from there.

import { txidText } from '../../ark/vtxo-id.ts';
import type { OutPoint } from '../../ark/encode.ts';
import { coinTables, liveCoins } from '../../store/coins.ts';
import { meta, setMeta } from '../../store/meta.ts';
import { loadCoins } from '../coins/load.ts';
import { freshTip } from '../coins/chain-facts.ts';
import type { Deps } from '../ports.ts';
import { canLeave } from './last-resort.ts';
import { confirmedAt } from './output.ts';

/** Blocks between two looks: nothing is lost by being late, and each look asks the chain for every anchor. */
const EVERY = 6;
/** Coins in one look, so that a wallet of thousands asks a little each time; the next look goes on with the next ones. */
const AT_ONCE = 25;

/** Looks whether spendable coins are out, and lets those leave. @throws SkiffError CHAIN_UNREACHABLE */
export async function noticeForced(deps: Deps, leave: (ids: string[]) => Promise<void>): Promise<void> {
  const { db, curve, chain } = deps.ports;
  const tip = await freshTip(deps);
  const { last, mine } = await db.read([...coinTables, 'meta'], async (tx) => ({
    last: await meta(tx, 'forcedScan'),
    mine: (await liveCoins(tx)).filter(({ state, exitDepth }) => state === 'spendable' && exitDepth > 0),
  }));
  if (last && tip < last.height + EVERY && tip >= last.height) return;
  const ids = mine.map(({ id }) => id).sort();
  const after = last?.after ?? '';
  const turn = [...ids.filter((id) => id > after), ...ids.filter((id) => id <= after)].slice(0, AT_ONCE);

  const spent = new Map<string, Promise<boolean>>();
  const isSpent = ({ txid, vout }: OutPoint): Promise<boolean> => {
    const id = txidText(txid);
    const known = spent.get(`${id}:${vout}`) ?? chain.outspend(id, vout).then((one) => one.spent);
    spent.set(`${id}:${vout}`, known);
    return known;
  };
  const out: string[] = [];
  for (const { row, vtxo } of await loadCoins(deps, turn)) {
    // Nothing of a coin is out while its anchor is unspent.
    if (!canLeave(curve, vtxo) || !(await isSpent(vtxo.anchor))) continue;
    if ((await confirmedAt(deps, vtxo)) !== undefined) out.push(row.id);
  }
  if (out.length > 0) await leave(out);
  const next = turn.length < ids.length ? turn.at(-1) : undefined;
  await db.write(['meta'], (tx) =>
    setMeta(tx, 'forcedScan', { height: tip, ...(next !== undefined && { after: next }) }),
  );
}
