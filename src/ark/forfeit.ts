// Forfeits (ark-lib forfeit.rs): the user's half of a transaction that gives a coin to the server, who can take it only
// by publishing the preimage that unlocks the new coin. The user never needs the finished signature.
import type { Bytes, Curve, NoncePair } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { sats } from '../units.ts';
import { keyOnlyScript } from './connectors.ts';
import { isShareValid, signShare, type Answer, type ShareTarget } from './cosign.ts';
import {
  decodeAll,
  encodeWith,
  invalidEncoding,
  type OutPoint,
  type PointChecks,
  type TxOut,
} from './encode.ts';
import type { HarkPolicy } from './policy.ts';
import { policyTaproot, policyTxOut } from './policy-taproot.ts';
import { feeAnchor, VTXO_DUST } from './script.ts';
import { taprootSighash, txid, type Tx } from './tx.ts';
import { sameOutPoint, vtxoTxOut, type Vtxo } from './vtxo.ts';

const VERSION = 1;
const FINAL = 0xffff_ffff;

/** A forfeit to be signed; deterministic. */
export interface Forfeit extends ShareTarget {
  /** The coin's outpoint. */
  readonly point: OutPoint;
  readonly unlockHash: Bytes;
  readonly tx: Tx;
  /** Internal order. */
  readonly txid: Bytes;
  readonly spent: TxOut;
  /** x-only key under which the signature verifies. */
  readonly outputKey: Bytes;
}

/** The user's half, as it is sent. */
export interface ForfeitBundle {
  readonly point: OutPoint;
  readonly unlockHash: Bytes;
  /** 66 bytes. */
  readonly userNonce: Bytes;
  /** 32 bytes. */
  readonly partial: Bytes;
}

/** The transaction that gives `vtxo` to the server for the preimage of `unlockHash`, and back to the user without it. */
export function buildForfeit(curve: Curve, vtxo: Vtxo, unlockHash: Bytes): Forfeit {
  const { userPubkey } = vtxo.policy;
  const { tweak, outputKey } = policyTaproot(curve, vtxo.policy, vtxo);
  const spent = vtxoTxOut(curve, vtxo);
  const claim = policyTxOut(
    curve,
    { type: 'hark-forfeit', version: 1, userPubkey, unlockHash },
    vtxo.amount,
    vtxo,
  );
  const tx: Tx = {
    version: 3,
    lockTime: 0,
    inputs: [{ prevout: vtxo.point, sequence: FINAL }],
    outputs: [claim, feeAnchor(sats(0n))],
  };
  return {
    userPubkey,
    serverPubkey: vtxo.serverPubkey,
    point: vtxo.point,
    unlockHash,
    tx,
    txid: txid(tx),
    spent,
    sighash: taprootSighash(tx, 0, [spent]),
    tweak,
    outputKey,
  };
}

/** The output of a coin's forfeit as a coin, in the bare form: claimed like one when the server keeps the preimage back. */
export function forfeitOutput(curve: Curve, vtxo: Vtxo, unlockHash: Bytes): Vtxo<HarkPolicy> {
  const { userPubkey } = vtxo.policy;
  const policy = { type: 'hark-forfeit', version: 1, userPubkey, unlockHash } as const;
  return {
    ...vtxo,
    genesis: [],
    policy,
    point: { txid: buildForfeit(curve, vtxo, unlockHash).txid, vout: 0 },
  };
}

/**
 * The user's half against the server's nonce for this coin. Our nonce lives and dies in here.
 * @param random the CSPRNG, two draws
 * @throws SkiffError SERVER_MISBEHAVED for a nonce that is none, INTERNAL for a foreign key
 */
export function signForfeit(
  curve: Curve,
  forfeit: Forfeit,
  serverNonce: Bytes,
  secret: Bytes,
  random: (length: number) => Bytes,
): ForfeitBundle {
  const { point, unlockHash } = forfeit;
  const target = { ...forfeit, outputKey: undefined };
  const { publicNonce, partial } = signShare(curve, target, serverNonce, secret, random);
  return { point, unlockHash, userNonce: publicNonce, partial };
}

const share = (bundle: ForfeitBundle): Answer => ({
  publicNonce: bundle.userNonce,
  partial: bundle.partial,
});

/** Why a bundle does not forfeit this coin, or undefined when it does. Never throws. */
export function forfeitProblem(
  curve: Curve,
  bundle: ForfeitBundle,
  vtxo: Vtxo,
  serverNonce: Bytes,
): 'vtxo-mismatch' | 'invalid-partial' | undefined {
  if (!sameOutPoint(bundle.point, vtxo.point)) return 'vtxo-mismatch';
  const target = buildForfeit(curve, vtxo, bundle.unlockHash);
  return isShareValid(curve, target, share(bundle), serverNonce) ? undefined : 'invalid-partial';
}

/**
 * The server's side: the forfeit, signed. Uses up the server's nonce once the bundle holds.
 * @throws SkiffError INVALID_SIGNATURE when it does not
 */
export function finishForfeit(
  curve: Curve,
  bundle: ForfeitBundle,
  vtxo: Vtxo,
  serverNonce: NoncePair,
  serverSecret: Bytes,
): { tx: Tx; signature: Bytes } {
  const problem = forfeitProblem(curve, bundle, vtxo, serverNonce.public);
  if (problem)
    throw new SkiffError({
      code: 'INVALID_SIGNATURE',
      say: 'The signature that gives a coin up does not hold.',
      details: { reason: problem },
    });
  const { userPubkey, serverPubkey, sighash, tweak, tx } = buildForfeit(curve, vtxo, bundle.unlockHash);
  const session = {
    keys: [userPubkey, serverPubkey],
    aggregateNonce: curve.aggregateNonces([bundle.userNonce, serverNonce.public]),
    message: sighash,
    tweak,
  };
  const own = curve.partialSign(session, serverNonce.secret, serverSecret);
  const signature = curve.aggregatePartials(session, [bundle.partial, own]);
  return { tx: { ...tx, inputs: tx.inputs.map((i) => ({ ...i, witness: [signature] })) }, signature };
}

/** 167 bytes of `ForfeitVtxosRequest`. */
export const encodeForfeitBundle = (bundle: ForfeitBundle): Bytes =>
  encodeWith((w) =>
    w
      .u8(VERSION)
      .outPoint(bundle.point)
      .bytes(bundle.unlockHash)
      .bytes(bundle.userNonce)
      .bytes(bundle.partial),
  );

/** @throws SkiffError INVALID_ENCODING */
export const decodeForfeitBundle = (curve: PointChecks, bytes: Bytes): ForfeitBundle =>
  decodeAll(curve, bytes, (r) => {
    const version = r.u8('forfeit version');
    if (version !== VERSION) throw invalidEncoding(`forfeit bundle version ${version}`);
    return {
      point: r.outPoint('vtxo id'),
      unlockHash: r.hash('unlock hash'),
      userNonce: r.publicNonce('user nonce'),
      partial: r.scalar('partial signature'),
    };
  });

/** The forfeit of an older protocol, which a connector binds to its round instead of a hash. Its anchor holds 330 sat. */
export const connectorForfeitTx = (curve: Curve, vtxo: Vtxo, connector: OutPoint): Tx => ({
  version: 3,
  lockTime: 0,
  inputs: [vtxo.point, connector].map((prevout) => ({ prevout, sequence: 0 })),
  outputs: [{ value: vtxo.amount, script: keyOnlyScript(curve, vtxo.serverPubkey) }, feeAnchor(VTXO_DUST)],
});
