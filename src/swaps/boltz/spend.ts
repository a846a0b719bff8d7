// Spending the output of a Boltz reverse swap (tree.ts): alone by the claim leaf, alone by the refund leaf, or together
// by MuSig2.
import { taprootSighash, type Tx } from '../../ark/tx.ts';
import { tapLeafHash } from '../../ark/taproot.ts';
import type { Bytes, Curve, MusigSession, NoncePair } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import type { Sats } from '../../units.ts';
import { spendFee, spendTx, withWitness, type LockedOutput, type SpendPlan } from '../spend.ts';
import type { ReverseOutput } from './tree.ts';

/** Fee of a claim by the leaf at `rate` sat/vB, rounded UP: the dearer of the two ways. */
export const leafClaimFee = (rate: number, to: Bytes, output: ReverseOutput): Sats =>
  spendFee(rate, to, [64, 32, output.claimLeaf.length, output.claimControl.length]);

export const leafRefundFee = (rate: number, to: Bytes, output: ReverseOutput): Sats =>
  spendFee(rate, to, [64, output.refundLeaf.length, output.refundControl.length]);

interface Signer {
  readonly secret: Bytes;
  /** 32 fresh random bytes. */
  readonly aux: Bytes;
}

const signLeaf = (curve: Curve, tx: Tx, locked: LockedOutput, leaf: Bytes, { secret, aux }: Signer) =>
  curve.schnorrSign(taprootSighash(tx, 0, [locked], tapLeafHash(leaf)), secret, aux);

/** A claim that needs nobody else. @throws SkiffError DUST */
export function claimByLeaf(
  curve: Curve,
  plan: SpendPlan,
  output: ReverseOutput,
  signer: Signer & { readonly preimage: Bytes },
): Tx {
  const tx = spendTx(plan);
  const signature = signLeaf(curve, tx, plan.locked, output.claimLeaf, signer);
  return withWitness(tx, [signature, signer.preimage, output.claimLeaf, output.claimControl]);
}

/** The service's way back, valid from the height of the lock time on. @throws SkiffError DUST */
export function refundByLeaf(
  curve: Curve,
  plan: SpendPlan & { readonly lockTime: number },
  output: ReverseOutput,
  signer: Signer,
): Tx {
  const tx = spendTx(plan);
  const signature = signLeaf(curve, tx, plan.locked, output.refundLeaf, signer);
  return withWitness(tx, [signature, output.refundLeaf, output.refundControl]);
}

/** What both sides sign when they spend the output together. */
export const keyPathDigest = (tx: Tx, locked: LockedOutput): Bytes => taprootSighash(tx, 0, [locked]);

/** The session of a spend by both. @param nonces one of each side, 66 bytes */
export const jointSession = (
  curve: Curve,
  output: ReverseOutput,
  message: Bytes,
  nonces: readonly Bytes[],
): MusigSession => ({
  keys: output.keys,
  order: 'given',
  aggregateNonce: curve.aggregateNonces(nonces),
  message,
  tweak: output.tweak,
});

/** A fresh nonce for one spend. @param random 32 fresh bytes of the CSPRNG, never anything else */
export const jointNonce = (
  curve: Curve,
  output: ReverseOutput,
  message: Bytes,
  secret: Bytes,
  random: Bytes,
): NoncePair =>
  curve.generateNonce({
    random,
    publicKey: curve.publicKey(secret),
    secretKey: secret,
    aggregateKey: output.outputKey,
    message,
  });

/**
 * The spend with both signatures, each side's share checked. Wipes the nonce.
 * @throws SkiffError SERVER_MISBEHAVED when the other share is not good
 */
export function finishJoint(
  curve: Curve,
  tx: Tx,
  locked: LockedOutput,
  output: ReverseOutput,
  own: { secret: Bytes; nonce: NoncePair },
  other: { publicKey: Bytes; publicNonce: Bytes; partial: Bytes },
): Tx {
  const message = keyPathDigest(tx, locked);
  const session = jointSession(curve, output, message, [own.nonce.public, other.publicNonce]);
  const mine = curve.partialSign(session, own.nonce.secret, own.secret);
  if (!curve.partialVerify(session, other.partial, other.publicNonce, other.publicKey)) throw badShare();
  const signature = curve.aggregatePartials(session, [mine, other.partial]);
  if (!curve.schnorrVerify(signature, message, output.outputKey)) throw badShare();
  return withWitness(tx, [signature]);
}

const badShare = () =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The swap service gave a signature that is not good. The coins are claimed without it.',
  });
