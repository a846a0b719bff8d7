// Merkle trees of blocks: the root, and the partial tree of BIP 37.
import { concat } from '../../src/crypto/bytes.ts';
import { merkleRows } from '../../src/bitcoin/merkle.ts';
import { compactSize, u32 } from './le.ts';

export const merkleRoot = (leaves: readonly Uint8Array[]): Uint8Array =>
  (merkleRows(leaves).at(-1) as Uint8Array[])[0] as Uint8Array;

/** BIP 37 partial tree (count, hashes, flag bits) that proves the transaction at `position`; goes after the header. */
export function partialTree(leaves: readonly Uint8Array[], position: number): Uint8Array {
  const tree = merkleRows(leaves);
  const bits: number[] = [];
  const hashes: Uint8Array[] = [];
  const visit = (depth: number, at: number): void => {
    const holds = position >> depth === at;
    bits.push(holds ? 1 : 0);
    if (!holds || depth === 0) {
      hashes.push(tree[depth]?.[at] as Uint8Array);
      return;
    }
    visit(depth - 1, 2 * at);
    if (2 * at + 1 < (tree[depth - 1] as Uint8Array[]).length) visit(depth - 1, 2 * at + 1);
  };
  visit(tree.length - 1, 0);
  const flags = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => (flags[i >> 3] = (flags[i >> 3] as number) | (bit << (i & 7))));
  return concat(u32(leaves.length), compactSize(hashes.length), ...hashes, compactSize(flags.length), flags);
}
