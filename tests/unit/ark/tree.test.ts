// Round trees: their shape, their bytes, and what a participant of a big one pays for.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ancestors, buildTree, innerNodes, leafWalk, nodeAt, type Tree } from '../../../src/ark/tree.ts';
import {
  decodeTreeSpec,
  encodeTreeSpec,
  participationLeaves,
  type TreeSpec,
} from '../../../src/ark/tree-spec.ts';
import { vtxoTree } from '../../../src/ark/tree-transactions.ts';
import { decodeSignedTree, encodeSignedTree } from '../../../src/ark/signed-tree.ts';
import { MAX_BLOCK_DELTA, MAX_BLOCK_HEIGHT } from '../../../src/ark/blocks.ts';
import type { Curve } from '../../../src/crypto/curve.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { keyOf } from '../../../src/crypto/points.ts';
import { isSkiffError, SkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import { bytes, publicKey } from '../crypto/arbitraries.ts';
import { outPoint, userPolicy } from './arbitraries.ts';
import { participants, specOf } from './round-world.ts';

const UTXO = { txid: new Uint8Array(32), vout: 0 };

/** Leaves below a node, found by going down. */
const below = (tree: Tree, index: number): number[] => {
  const { children } = nodeAt(tree, index);
  return children.length === 0 ? [index] : children.flatMap((child) => below(tree, child));
};

describe('the shape of a tree', () => {
  test('every node but the root has one parent, two to four children, and the walk visits the leaves below it once', () => {
    const sorted = (list: number[]) => list.toSorted((a, b) => a - b).join();
    for (const n of [...Array(40).keys(), 63, 64, 69, 84, 99]) {
      const tree = buildTree(n + 1);
      const root = tree.nodes.length - 1;
      const wrong = tree.nodes.filter((node) => {
        const { index, children, level, parent } = node;
        const walk = leafWalk(tree, node);
        const own = below(tree, index);
        const isLeaf = index <= n;
        return !(
          sorted(walk) === sorted(own) &&
          walk[0] === own[0] &&
          (isLeaf ? children.length === 0 && level === 0 : children.length >= 2 && children.length <= 4) &&
          children.every((child, position) => {
            const it = nodeAt(tree, child);
            return it.parent === index && it.position === position && it.level < level;
          }) &&
          (index === root ? parent === undefined : ancestors(tree, index).at(-1)?.index === root)
        );
      });
      expect(wrong).toEqual([]);
      expect(nodeAt(tree, root).leafCount).toBe(n + 1);
    }
  });

  test('the levels above a leaf only rise, so each takes a nonce of its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3000 }), fc.nat(), (n, at) => {
        const levels = ancestors(buildTree(n), at % n).map((node) => node.level);
        expect(levels).toEqual([...new Set(levels)].toSorted((a, b) => a - b));
        expect(levels.length).toBeLessThanOrEqual(8);
      }),
    );
  });

  test('sizes that no round has are refused, the largest is not', () => {
    for (const n of [0, -1, 1.5, Number.NaN, 17_858]) expect(() => buildTree(n)).toThrow(/INVALID_ARGUMENT/);
    expect(innerNodes(buildTree(17_857))).toHaveLength(5952);
    expect(() => ancestors(buildTree(3), 9)).toThrow(/INVALID_ARGUMENT/);
  });
});

const key = fc.constantFrom(...fc.sample(publicKey, { numRuns: 6, seed: 2 }));
const spec: fc.Arbitrary<TreeSpec> = fc.record({
  leaves: fc.array(
    fc.record({
      policy: userPolicy,
      amount: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(sats),
      cosignPubkey: fc.option(key, { nil: undefined }),
      unlockHash: bytes(32),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  expiryHeight: fc.integer({ min: 0, max: MAX_BLOCK_HEIGHT }),
  serverPubkey: key,
  exitDelta: fc.integer({ min: 0, max: MAX_BLOCK_DELTA }),
  globalCosignPubkeys: fc.array(key, { maxLength: 2 }),
  hashLockVersion: fc.constant(1 as const),
});

const onlySkiffErrors = (work: () => unknown): boolean => {
  try {
    work();
    return true;
  } catch (e) {
    return e instanceof SkiffError;
  }
};

describe('the bytes of a tree', () => {
  test('what is written is read again, signed trees too', () => {
    fc.assert(
      fc.property(spec, outPoint, fc.array(bytes(64), { maxLength: 3 }), (made, utxo, signatures) => {
        expect(decodeTreeSpec(curve, encodeTreeSpec(made))).toEqual(made);
        const signed = { spec: made, utxo, signatures };
        expect(decodeSignedTree(curve, encodeSignedTree(signed))).toEqual(signed);
      }),
      { numRuns: 60 },
    );
  });

  test('garbage and damaged bytes give typed errors only, however far they get', () => {
    const open = (b: Uint8Array) => {
      const tree = vtxoTree(curve, decodeTreeSpec(curve, b), UTXO);
      for (const { index } of tree.shape.nodes) tree.step(index);
    };
    const damaged = fc
      .tuple(spec, fc.nat(), fc.nat(255))
      .map(([made, at, value]) =>
        encodeTreeSpec(made).map((b, i, all) => (i === at % all.length ? value : b)),
      );
    const prefixed = fc.uint8Array({ maxLength: 200 }).map((b) => Uint8Array.of(2, ...b));
    fc.assert(
      fc.property(fc.oneof(prefixed, damaged), (b) => onlySkiffErrors(() => open(b))),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(prefixed, (b) => onlySkiffErrors(() => decodeSignedTree(curve, b))),
      { numRuns: 200 },
    );
  });

  test('a count that the bytes do not hold is refused before anything is read for it', () => {
    const [made] = fc.sample(spec, { numRuns: 1, seed: 4 }) as [TreeSpec];
    const head = encodeTreeSpec({ ...made, globalCosignPubkeys: [], leaves: [] }).slice(0, -1);
    const huge = Uint8Array.of(...head, 0xfe, 0xff, 0xff, 0xff, 0x7f);
    expect(() => decodeTreeSpec(curve, huge)).toThrow(/INVALID_ENCODING/);
  });
});

describe('the transactions of a tree', () => {
  const code = (work: () => unknown) => {
    try {
      work();
      return 'accepted';
    } catch (e) {
      return isSkiffError(e) ? e.code : String(e);
    }
  };

  test('a node that nobody would sign, and sums beyond u64, are refused', () => {
    const people = participants(6);
    const alone = { ...specOf(people), globalCosignPubkeys: [] };
    expect(code(() => vtxoTree(curve, alone, UTXO))).toBe('accepted');
    const silent = alone.leaves.map((leaf, i) => (i < 4 ? { ...leaf, cosignPubkey: undefined } : leaf));
    expect(code(() => vtxoTree(curve, { ...alone, leaves: silent }, UTXO))).toBe('INVALID_ENCODING');
    const [first] = alone.leaves as [TreeSpec['leaves'][number]];
    const rich = { ...first, amount: sats((1n << 64n) - 1n) };
    expect(code(() => vtxoTree(curve, { ...alone, leaves: [rich, first] }, UTXO))).toBe('INVALID_ENCODING');
  });

  test('a participant of a big round touches its own branch only', () => {
    const { leaves, ...rest } = specOf(participants(4));
    const many = Array.from({ length: 300 }, (_, i) => leaves[i % 4] as TreeSpec['leaves'][number]);
    let tweaks = 0;
    const counting: Curve = {
      ...curve,
      tweakXOnly: (internal, tweak) => {
        tweaks += 1;
        return curve.tweakXOnly(internal, tweak);
      },
    };
    const tree = vtxoTree(counting, { ...rest, leaves: many }, UTXO);
    const path = ancestors(tree.shape, 222);
    for (const node of path) tree.step(node.index);
    tree.step(222);
    expect(path).toHaveLength(4);
    expect(tweaks).toBeLessThanOrEqual(4 * path.length + 3);
  });

  test('the largest spec opens: of delegated leaves at once, and its keys make a memo key', () => {
    const { leaves, ...rest } = specOf(participants(3));
    const many = Array.from({ length: 17_857 }, () => leaves[2] as TreeSpec['leaves'][number]);
    const tree = vtxoTree(curve, { ...rest, leaves: many }, UTXO);
    expect(tree.step(17_856).tx.outputs).toHaveLength(2);
    expect(keyOf(new Uint8Array(17_857 * 33))).not.toBe(keyOf(new Uint8Array(17_857 * 33).fill(1)));
  });

  test('equal requests get leaves of their own, foreign hashes none', () => {
    const { leaves, ...rest } = specOf(participants(3));
    const [a, b] = leaves as [TreeSpec['leaves'][number], TreeSpec['leaves'][number]];
    const tree = { ...rest, leaves: [b, a, a] };
    expect(participationLeaves(tree, a.unlockHash, [a, b, a])).toEqual([1, 0, 2]);
    expect(participationLeaves(tree, a.unlockHash, [a, a, a])).toBeUndefined();
    expect(participationLeaves(tree, new Uint8Array(32), [a])).toBeUndefined();
  });
});
