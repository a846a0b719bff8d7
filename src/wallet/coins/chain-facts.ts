// What the coins need from the chain: the tip, asked freshly right before it counts (a stale tip makes the server refuse
// an HTLC's expiry), and anchor transactions, which never change and are kept in memory.

import { SkiffError } from '../../errors.ts';
import { setMeta } from '../../store/meta.ts';
import { txidText, type OutPoint } from '../../ark/vtxo-id.ts';
import type { Deps } from '../ports.ts';

/** Height of the chain's tip now. Also remembers it for balances while offline. @throws SkiffError CHAIN_UNREACHABLE */
export const freshTip = async (deps: Deps): Promise<number> => (await deps.ports.chain.tip()).height;

/** Remembers the tip for views that must not wait for the network. */
export async function rememberTip(deps: Deps): Promise<number> {
  const { ports } = deps;
  const tip = await ports.chain.tip();
  await ports.db.write(['meta'], (tx) => setMeta(tx, 'tip', { ...tip, at: ports.now() }));
  return tip.height;
}

/** Raw anchor transactions by txid, of the anchors asked for. One chain read for each that is not known yet. */
export type Anchors = ReadonlyMap<string, Uint8Array>;

const KEPT = 500;
const caches = new WeakMap<object, Map<string, Uint8Array>>();

/**
 * Fetches the transactions that hold these anchor outputs.
 * @throws SkiffError ANCHOR_NOT_FOUND when the chain source does not know one (yet), CHAIN_UNREACHABLE
 */
export async function anchorsOf(deps: Deps, points: readonly OutPoint[]): Promise<Anchors> {
  const cache = cacheOf(deps);
  const wanted = [...new Set(points.map((p) => txidText(p.txid)))];
  const found = new Map<string, Uint8Array>();
  for (const txid of wanted) {
    const raw = cache.get(txid) ?? (await deps.ports.chain.tx(txid));
    if (!raw) throw notFound(txid);
    cache.set(txid, raw);
    found.set(txid, raw);
  }
  for (const oldest of cache.keys()) {
    if (cache.size <= KEPT) break;
    cache.delete(oldest);
  }
  return found;
}

function cacheOf(deps: Deps): Map<string, Uint8Array> {
  const present = caches.get(deps.ports.chain);
  if (present) return present;
  const fresh = new Map<string, Uint8Array>();
  caches.set(deps.ports.chain, fresh);
  return fresh;
}

const notFound = (txid: string) =>
  new SkiffError({
    code: 'ANCHOR_NOT_FOUND',
    say: 'The transaction that backs a coin is not visible on the chain yet.',
    retry: 'later',
    details: { txid },
  });
