// What the coins need from the chain: the tip, asked freshly right before it counts (a stale tip makes the server refuse
// an HTLC's expiry), and anchor transactions. A coin from outside counts only when its anchor was proven to be in a block
// that is deep enough; the proof is made once, kept with the block's hash, and dropped when that block is taken back.

import { parseTx, serializeTx } from '../../ark/tx.ts';
import { txidText, type OutPoint } from '../../ark/vtxo-id.ts';
import { proveConfirmed } from '../../chain/proof.ts';
import type { ChainSource } from '../../chain/source.ts';
import { SkiffError } from '../../errors.ts';
import { anchors, anchorsFrom, keepAnchor, loseAnchor } from '../../store/anchors.ts';
import { setMeta } from '../../store/meta.ts';
import type { AnchorRow } from '../../store/rows.ts';
import type { Deps } from '../ports.ts';

const lastSeen = new WeakMap<ChainSource, { height: number; at: number }>();

/** Height of the chain's tip now. @throws SkiffError CHAIN_UNREACHABLE */
export async function freshTip({ ports }: Deps): Promise<number> {
  const { height } = await ports.chain.tip();
  lastSeen.set(ports.chain, { height, at: ports.now() });
  return height;
}

/** Between the steps of one payment no block changes anything: every use has a dozen of blocks to spare. */
const RECENT_MS = 5_000;

/** As {@link freshTip}, or the tip that was seen in this very moment, as it is within one drive of an action. */
export async function recentTip(deps: Deps): Promise<number> {
  const seen = lastSeen.get(deps.ports.chain);
  const age = seen ? deps.ports.now() - seen.at : -1;
  return seen && age >= 0 && age < RECENT_MS ? seen.height : freshTip(deps);
}

/** Remembers the tip for views that must not wait for the network. */
export async function rememberTip(deps: Deps): Promise<number> {
  const { ports } = deps;
  const tip = await ports.chain.tip();
  await ports.db.write(['meta'], (tx) => setMeta(tx, 'tip', { ...tip, at: ports.now() }));
  return tip.height;
}

/** Raw anchor transactions by txid, of the anchors asked for. */
export type Anchors = ReadonlyMap<string, Uint8Array>;

const unique = (points: readonly OutPoint[]): string[] => [...new Set(points.map((p) => txidText(p.txid)))];

const kept = ({ ports }: Deps, txids: readonly string[]): Promise<AnchorRow[]> =>
  ports.db.read(['anchors'], (tx) => anchors(tx, txids));

/**
 * The transactions that hold these anchor outputs, each proven to be under enough blocks. For coins from outside.
 * @throws SkiffError ANCHOR_NOT_FOUND when the chain source does not know one (yet), ANCHOR_UNCONFIRMED when it is not
 *   deep enough yet, CHAIN_MISBEHAVED when its proof does not hold, CHAIN_UNREACHABLE
 */
export async function anchorsOf(deps: Deps, points: readonly OutPoint[]): Promise<Anchors> {
  const wanted = unique(points);
  const found = new Map((await kept(deps, wanted)).map((row) => [row.txid, row.raw]));
  for (const txid of wanted) if (!found.has(txid)) found.set(txid, (await prove(deps, txid)).raw);
  return found;
}

/**
 * The same for coins that are ours already: their proof was made when they came in, so the bytes suffice.
 * @throws SkiffError ANCHOR_NOT_FOUND, CHAIN_UNREACHABLE
 */
export async function ownAnchorsOf(deps: Deps, points: readonly OutPoint[]): Promise<Anchors> {
  const wanted = unique(points);
  const found = new Map((await kept(deps, wanted)).map((row) => [row.txid, row.raw]));
  for (const txid of wanted) if (!found.has(txid)) found.set(txid, await fetchTx(deps, txid));
  return found;
}

async function fetchTx({ ports }: Deps, txid: string): Promise<Uint8Array> {
  const raw = await ports.chain.tx(txid);
  if (raw) return raw;
  throw new SkiffError({
    code: 'ANCHOR_NOT_FOUND',
    say: 'The transaction that backs a coin is not visible on the chain yet.',
    retry: 'later',
    details: { txid },
  });
}

async function prove(deps: Deps, txid: string): Promise<AnchorRow> {
  const { ports, config } = deps;
  const raw = await fetchTx(deps, txid);
  const bare = parseTx(raw);
  const stripped = serializeTx({ ...bare, inputs: bare.inputs.map((i) => ({ ...i, witness: [] })) }).length;
  const place = await proveConfirmed(ports.chain, config.network, txid, stripped, config.anchorDepth);
  if (!place)
    throw new SkiffError({
      code: 'ANCHOR_UNCONFIRMED',
      say: 'The transaction that backs a coin is waiting for its blocks. Skiff takes the coin as soon as they are there.',
      retry: 'later',
      details: { txid, depth: config.anchorDepth },
    });
  const row = { txid, raw, ...place };
  await ports.db.write(['anchors'], (tx) => keepAnchor(tx, row));
  return row;
}

/** No reorganisation goes back further. */
export const DEEP = 100;

/**
 * Forgets the proofs in blocks that are not on the chain any more, not the bytes. The txids that lost theirs.
 * @throws SkiffError CHAIN_UNREACHABLE, CHAIN_DISAGREES
 */
export async function recheckAnchors(deps: Deps, tip: number): Promise<string[]> {
  const { ports } = deps;
  const young = await ports.db.read(['anchors'], (tx) => anchorsFrom(tx, Math.max(0, tip - DEEP)));
  const byHeight = Map.groupBy(young, (row) => row.height);
  const gone: string[] = [];
  for (const [height, rows] of byHeight) {
    const hash = height > tip ? undefined : await ports.chain.blockHash(height);
    gone.push(...rows.filter((row) => row.blockHash !== hash).map((row) => row.txid));
  }
  if (gone.length > 0) {
    await ports.db.write(['anchors'], async (tx) => {
      for (const txid of gone) await loseAnchor(tx, txid);
    });
    ports.log.warn('blocks were taken back: the anchors of coins have to be proven again', {
      txids: gone.join(','),
    });
  }
  return gone;
}
