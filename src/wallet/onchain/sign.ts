// Building and signing what was planned. Pure but for the randomness that the caller hands in. The lock time is the
// tip's height, so that a miner gains nothing by mining the last block again for its fees; the sequences say that the
// transaction may be replaced (BIP 125).

import { serializeTx, taprootSighash, txid, type Tx } from '../../ark/tx.ts';
import { parseVtxoId, txidText } from '../../ark/vtxo-id.ts';
import type { Curve } from '../../crypto/curve.ts';
import { taggedHash } from '../../crypto/hash.ts';
import type { Draft } from './transaction.ts';
import type { OnchainUtxoRow } from '../../store/rows.ts';

/** May be replaced; the lock time counts. */
const SEQUENCE = 0xffff_fffd;

export interface SpendKey {
  /** 32-byte x-only internal key and its script; the secret is the untweaked key. */
  internal: Uint8Array;
  script: Uint8Array;
  secret: Uint8Array;
}

export interface SignedTx {
  txid: string;
  raw: Uint8Array;
  /** As `raw`, without witnesses. */
  unsigned: Uint8Array;
}

export type KeyOf = (utxo: OnchainUtxoRow) => SpendKey;
export type Random = (length: number) => Uint8Array;

/** Where the change goes, and the tip's height. */
export interface Surroundings {
  changeScript: Uint8Array;
  tip: number;
}

/** Builds and signs: the payments in their order, then the change. */
export function signDraft(
  curve: Curve,
  draft: Draft,
  { changeScript, tip }: Surroundings,
  keyOf: KeyOf,
  random: Random,
): SignedTx {
  const change = draft.change === undefined ? [] : [{ script: changeScript, value: draft.change }];
  const tx: Tx = {
    version: 2,
    lockTime: tip,
    inputs: draft.inputs.map((u) => ({ prevout: parseVtxoId(u.id), sequence: SEQUENCE })),
    outputs: [...draft.payments, ...change],
  };
  return signInputs(curve, tx, new Map(draft.inputs.map((utxo, i) => [i, utxo])), [], keyOf, random);
}

/**
 * Signs the inputs of `ours` (by position) by the key path and leaves the others as they are.
 * @param foreign the outputs that the other inputs spend, in their order
 */
export function signInputs(
  curve: Curve,
  tx: Tx,
  ours: ReadonlyMap<number, OnchainUtxoRow>,
  foreign: readonly { value: OnchainUtxoRow['value']; script: Uint8Array }[],
  keyOf: KeyOf,
  random: Random,
): SignedTx {
  const keys = new Map([...ours].map(([i, utxo]) => [i, keyOf(utxo)]));
  const others = [...foreign];
  const spent = tx.inputs.map((_, i) => {
    const utxo = ours.get(i);
    return utxo ? { value: utxo.value, script: keys.get(i)!.script } : others.shift()!;
  });
  const inputs = tx.inputs.map((input, i) => {
    const key = keys.get(i);
    if (!key) return input;
    const tweaked = curve.tweakSecret(key.secret, taggedHash('TapTweak', key.internal));
    try {
      return { ...input, witness: [curve.schnorrSign(taprootSighash(tx, i, spent), tweaked, random(32))] };
    } finally {
      tweaked.fill(0);
      key.secret.fill(0);
    }
  });
  return { txid: txidText(txid(tx)), raw: serializeTx({ ...tx, inputs }), unsigned: serializeTx(tx) };
}
