// Proving coins that were just made from coins of ours. Every coin in the table was proven whole when it was stored, so
// of its children only what is new needs proof: that the chain still starts at the anchor and ends in the child, and
// that the added links are signed. (A whole proof of each child would check the same old signatures again and again.)

import { unverifiedSignatures } from '../../ark/validate.ts';
import type { Vtxo } from '../../ark/vtxo.ts';
import { toHex } from '../../crypto/bytes.ts';
import type { Curve } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';

type Link = ReturnType<typeof unverifiedSignatures>[number];

/**
 * Proves children of proven coins.
 * @param children each with the exit depth of the coin it was made from
 * @param anchorOf raw anchor transaction of a child
 * @throws SkiffError INVALID_VTXO
 */
export function proveGrown(
  curve: Curve,
  children: readonly { vtxo: Vtxo; parentDepth: number }[],
  anchorOf: (vtxo: Vtxo) => Uint8Array,
): void {
  /** Siblings share links: each signature is checked once. */
  const links = new Map<string, Link>();
  for (const { vtxo, parentDepth } of children) {
    for (const link of unverifiedSignatures(curve, vtxo, anchorOf(vtxo), parentDepth)) {
      links.set(`${toHex(link.message)}${toHex(link.signature)}${toHex(link.xonly)}`, link);
    }
  }
  const all = [...links.values()];
  if (curve.schnorrVerifyAll(all)) return;
  const wrong = all.find((link) => !curve.schnorrVerify(link.signature, link.message, link.xonly));
  throw invalid('invalid signature', wrong?.index ?? 0);
}

const invalid = (problem: string, index: number) =>
  new SkiffError({
    code: 'INVALID_VTXO',
    say: 'A new coin did not come out valid. The transfer was not finished.',
    details: { reason: 'transition', problem, index },
  });
