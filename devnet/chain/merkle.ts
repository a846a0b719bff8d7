// Merkle trees of blocks: root, branch of one transaction, and the partial tree of BIP 37.
import { concat } from '../../src/crypto/bytes.ts';
import { sha256d } from '../../src/crypto/hash.ts';
import { compactSize, u32 } from './le.ts';

/** All rows of the tree over hashes in internal order: leaves first, the root alone in the last. */
function rows(leaves: readonly Uint8Array[]): Uint8Array[][] {
  const all: Uint8Array[][] = [[...leaves]];
  for (let row = all[0] as Uint8Array[]; row.length > 1; row = all.at(-1) as Uint8Array[]) {
    const next: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2) {
      const left = row[i] as Uint8Array;
      next.push(sha256d(left, row[i + 1] ?? left));
    }
    all.push(next);
  }
  return all;
}

export const merkleRoot = (leaves: readonly Uint8Array[]): Uint8Array =>
  (rows(leaves).at(-1) as Uint8Array[])[0] as Uint8Array;

/** Siblings from the leaf to the root. */
export const merkleBranch = (leaves: readonly Uint8Array[], position: number): Uint8Array[] =>
  rows(leaves)
    .slice(0, -1)
    .map((row, depth) => {
      const at = position >> depth;
      return (row[at ^ 1] ?? row[at]) as Uint8Array;
    });

/** BIP 37 partial tree (count, hashes, flag bits) that proves the transaction at `position`; goes after the header. */
export function partialTree(leaves: readonly Uint8Array[], position: number): Uint8Array {
  const tree = rows(leaves);
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
