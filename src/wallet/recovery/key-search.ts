// Which key of the seed is it? A hint of the server is tried first; then keys are searched from the last known one
// onward, and each hit moves the end of the search on. Keys up to the last hit are written down, no further.

import { toHex } from '../../crypto/bytes.ts';
import { keyByPubkey, nextKeyIndex } from '../../store/keys.ts';
import { takeVtxoKey } from '../keys.ts';
import type { Deps } from '../ports.ts';

/** Unused keys that a search crosses (bark's default). */
const GAP = 250;
/** No server makes us derive more keys than this beyond the last known one. */
const MOST = 100_000;
/** Keys written in one transaction. */
const BATCH = 500;

export interface Sought {
  /** 33 bytes, hex. */
  pubkey: string;
  hint?: number;
}

/** Index by public key, of those that are ours. @param gap unused keys to cross @throws SkiffError LOCKED */
export async function findKeys(
  deps: Deps,
  sought: readonly Sought[],
  gap = GAP,
): Promise<Map<string, number>> {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  const found = new Map<string, number>();
  const open = new Map<string, Sought>();
  const known = await ports.db.read(['keys'], async (tx) => {
    for (const one of sought) {
      const row = await keyByPubkey(tx, one.pubkey);
      if (row) found.set(one.pubkey, row.index);
      else open.set(one.pubkey, one);
    }
    return nextKeyIndex(tx);
  });
  const hit = (pubkey: string, index: number) => {
    found.set(pubkey, index);
    open.delete(pubkey);
  };
  for (const { pubkey, hint } of [...open.values()]) {
    if (hint === undefined || hint < 0 || hint >= known + MOST) continue;
    if (toHex(keys.vtxoPublicKey(hint)) === pubkey) hit(pubkey, hint);
  }
  let last = Math.max(known - 1, ...found.values());
  for (let index = known; open.size > 0 && index <= last + gap && index < known + MOST; index++) {
    const pubkey = toHex(keys.vtxoPublicKey(index));
    if (!open.has(pubkey)) continue;
    hit(pubkey, index);
    last = Math.max(last, index);
  }
  await writeDown(deps, last);
  return found;
}

/** Writes keys down up to this index. */
async function writeDown({ ports }: Deps, last: number): Promise<void> {
  const keys = ports.keys.unlocked();
  for (let next = await ports.db.read(['keys'], nextKeyIndex); next <= last;) {
    const end = Math.min(last, next + BATCH - 1);
    await ports.db.write(['keys'], async (tx) => {
      while ((await nextKeyIndex(tx)) <= end) await takeVtxoKey(tx, keys, 'recovered', ports.now());
    });
    next = end + 1;
  }
}
