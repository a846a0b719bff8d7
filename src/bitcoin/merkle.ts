// Merkle trees of blocks (Bitcoin Core consensus/merkle.cpp). Hashes are 32 bytes in internal order; an odd row repeats
// its last hash.
import { sha256d } from '../crypto/hash.ts';

/** All rows of the tree: the leaves first, the root alone in the last. @param leaves at least one */
export function merkleRows(leaves: readonly Uint8Array[]): Uint8Array[][] {
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

/** Siblings of the leaf at `position`, from the leaf to the root. */
export const merkleBranch = (leaves: readonly Uint8Array[], position: number): Uint8Array[] =>
  merkleRows(leaves)
    .slice(0, -1)
    .map((row, depth) => {
      const at = position >> depth;
      return (row[at ^ 1] ?? row[at]) as Uint8Array;
    });

/** The root above a leaf at `position`, from its siblings. */
export const merkleRootFrom = (
  leaf: Uint8Array,
  branch: readonly Uint8Array[],
  position: number,
): Uint8Array =>
  branch.reduce(
    (hash, sibling, depth) => ((position >> depth) & 1 ? sha256d(sibling, hash) : sha256d(hash, sibling)),
    leaf,
  );
