// Has somebody else spent what a transaction of ours spends? Only a spend that is too deep to be taken back decides
// anything: until then either may win, and ours is shown to the network again and again.

import type { Deps } from '../ports.ts';

/** A foreign spend counts as final after this many blocks, where nobody says otherwise. */
const FINAL = 6;

/**
 * The txid that has finally spent one of these outputs (`txid:vout`) in place of `own`, if there is one.
 * @throws SkiffError CHAIN_UNREACHABLE
 */
export async function finalRival(
  { ports }: Deps,
  outputs: readonly string[],
  own: string,
  depth = FINAL,
): Promise<string | undefined> {
  const { height } = await ports.chain.tip();
  for (const id of outputs) {
    const [txid = '', vout] = id.split(':');
    const spend = await ports.chain.outspend(txid, Number(vout));
    const at = spend.txid === own ? undefined : spend.status?.height;
    if (spend.spent && at !== undefined && height - at + 1 >= depth) return spend.txid;
  }
  return undefined;
}
