// Shape of a round's transaction tree (ark-lib tree/mod.rs): up to four children a node, nodes numbered leaves first,
// then inner nodes in the order they are made, the root last. No keys, no amounts.
import { SkiffError } from '../errors.ts';
import { VECTOR_CAPS } from './encode.ts';

const RADIX = 4;

export interface TreeNode {
  readonly index: number;
  /** Absent for the root. */
  readonly parent?: number;
  /** Which of the parent's children, and so which output of its transaction. */
  readonly position: number;
  /** None for a leaf. */
  readonly children: readonly number[];
  /** 0 for a leaf, else one more than the highest child. */
  readonly level: number;
  /** Where the leaf walk starts. */
  readonly firstLeaf: number;
  readonly leafCount: number;
}

export interface Tree {
  readonly leafCount: number;
  /** Leaves, then inner nodes, then the root. */
  readonly nodes: readonly TreeNode[];
}

/** The tree over so many leaves. @throws SkiffError INVALID_ARGUMENT for none, or more than a tree spec may name */
export function buildTree(leafCount: number): Tree {
  if (!Number.isInteger(leafCount) || leafCount < 1 || leafCount > VECTOR_CAPS.treeLeafSpec) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'A round cannot have this number of coins.',
      details: { leafCount },
    });
  }
  const nodes: TreeNode[] = Array.from({ length: leafCount }, (_, index) => ({
    index,
    position: 0,
    children: [],
    level: 0,
    firstLeaf: index,
    leafCount: 1,
  }));
  for (let cursor = 0; cursor < nodes.length - 1; cursor += RADIX) {
    const group = nodes.slice(cursor, cursor + RADIX);
    const parent = nodes.length;
    group.forEach((node, position) => {
      nodes[node.index] = { ...node, parent, position };
    });
    nodes.push({
      index: parent,
      position: 0,
      children: group.map((node) => node.index),
      level: 1 + Math.max(...group.map((node) => node.level)),
      firstLeaf: (group[0] as TreeNode).firstLeaf,
      leafCount: group.reduce((sum, node) => sum + node.leafCount, 0),
    });
  }
  return { leafCount, nodes };
}

/** A node by its number. @throws SkiffError INVALID_ARGUMENT when the tree has no such node */
export function nodeAt(tree: Tree, index: number): TreeNode {
  const node = tree.nodes[index];
  if (node) return node;
  throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'The round has no such coin.', details: { index } });
}

/** All leaves under a node, beginning with the first of its first child and wrapping round: the order of keys on the wire. */
export const leafWalk = (tree: Tree, { firstLeaf, leafCount }: TreeNode): number[] =>
  Array.from({ length: leafCount }, (_, i) => (firstLeaf + i) % tree.leafCount);

/** The nodes above this one, its parent first, the root last. */
export function ancestors(tree: Tree, index: number): TreeNode[] {
  const path: TreeNode[] = [];
  for (let { parent } = nodeAt(tree, index); parent !== undefined;) {
    const node = nodeAt(tree, parent);
    path.push(node);
    parent = node.parent;
  }
  return path;
}

/** Inner nodes, those next to the leaves first, the root last: the order of nonces and signatures of a tree. */
export const innerNodes = (tree: Tree): readonly TreeNode[] => tree.nodes.slice(tree.leafCount);
