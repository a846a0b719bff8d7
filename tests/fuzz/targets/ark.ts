// Ark's own formats: what the server, another wallet or a file may hand us.
import { bech32m } from '@scure/base';
import { decodeAddress } from '../../../src/ark/address.ts';
import { decodeForfeitBundle } from '../../../src/ark/forfeit.ts';
import { decodeMailboxAuthorization } from '../../../src/ark/mailbox.ts';
import { decodePolicy, decodeUserPolicy } from '../../../src/ark/policy.ts';
import { decodeSignedTree } from '../../../src/ark/signed-tree.ts';
import { decodeTreeSpec } from '../../../src/ark/tree-spec.ts';
import { parseTx, serializeTx } from '../../../src/ark/tx.ts';
import { validateVtxo } from '../../../src/ark/validate.ts';
import { decodeServerVtxo, decodeVtxo, encodeVtxo } from '../../../src/ark/vtxo.ts';
import { parseVtxoId } from '../../../src/ark/vtxo-id.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import type { Target } from '../target.ts';
import { vectors } from './files.ts';
import { bech32Target, bytesTarget, textTarget } from './kinds.ts';

interface Sound {
  vtxo: string;
  anchor_tx: string;
  outcome: { validate_error: string | null };
}
const sound = vectors<{ validate: Sound[] }>('vtxo_negative').validate.filter(
  ({ vtxo, outcome }) => outcome.validate_error === null && vtxo.length < 20_000,
);
const anchors = sound.slice(0, 3).map((s) => parseTx(fromHex(s.anchor_tx)));

/** What was read comes out again as the same bytes. */
function roundTrip(bytes: Uint8Array, again: Uint8Array): void {
  if (toHex(bytes) !== toHex(again)) throw new Error(`written again as ${toHex(again)}`);
}

function vtxo(bytes: Uint8Array): void {
  const found = decodeVtxo(curve, bytes, 'full');
  // Version 1 is read, but version 2 written.
  if (bytes[0] === 2) roundTrip(bytes, encodeVtxo(found, 'full'));
  for (const anchor of anchors) {
    try {
      validateVtxo(curve, found, anchor);
      return;
    } catch (e) {
      if (!isSkiffError(e)) throw e;
    }
  }
}

const first = <T>(list: readonly T[]): T => list[0]!;

export const ark: Target[] = [
  bytesTarget('vtxo', () => sound.map((s) => fromHex(s.vtxo)), vtxo),
  bytesTarget(
    'server-vtxo',
    () => sound.map((s) => fromHex(s.vtxo)),
    (bytes) => {
      decodeServerVtxo(curve, bytes, first([...bytes]) === 2 ? 'full' : 'bare');
    },
  ),
  bytesTarget(
    'policy',
    () =>
      vectors<{ policies: { policy: { hex: string } }[] }>('policies').policies.map((p) =>
        fromHex(p.policy.hex),
      ),
    (bytes) => [decodePolicy(curve, bytes), decodeUserPolicy(curve, bytes)],
  ),
  bytesTarget(
    'tree',
    () => [
      ...vectors<{ trees: { spec: { hex: string } }[] }>('tree').trees.map((t) => fromHex(t.spec.hex)),
      ...vectors<{ rounds: { signed_tree_spec: string }[] }>('round').rounds.map((r) =>
        fromHex(r.signed_tree_spec),
      ),
      ...vectors<{ hark: { bundle: string }[] }>('forfeit').hark.map((h) => fromHex(h.bundle)),
    ],
    (bytes) => {
      const readers = [decodeTreeSpec, decodeSignedTree, decodeForfeitBundle, decodeMailboxAuthorization];
      const refusals = readers.map((read) => {
        try {
          return void read(curve, bytes);
        } catch (e) {
          return e;
        }
      });
      const wrong = refusals.find((e) => e !== undefined && !isSkiffError(e)) ?? refusals[bytes.length % 4];
      if (wrong !== undefined) throw wrong;
    },
  ),
  bytesTarget(
    'transaction',
    () => sound.slice(0, 20).map((s) => fromHex(s.anchor_tx)),
    (bytes) => roundTrip(bytes, serializeTx(parseTx(bytes))),
  ),
  bech32Target(
    'ark-address',
    () => vectors<{ addresses: { address: string }[] }>('address').addresses.map((a) => a.address),
    (text) => decodeAddress(curve, text),
    bech32m,
  ),
  textTarget('vtxo-id', () => [`${'ab'.repeat(32)}:0`, `${'cd'.repeat(32)}:4294967295`], parseVtxoId),
];
