// Opening a round's coin (ark-lib tree/signed.rs, LeafVtxoCosignContext; "hArk"): user and server sign the last
// transaction of its chain, then the server reveals the preimage in return for the forfeited inputs. The signature is
// for the script path, under the untweaked shared key.
import type { Bytes, Curve, NoncePair } from '../crypto/curve.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import { aggregateBoth, cosignSession, type Answer } from './cosign.ts';
import { exitSteps, type ExitStep } from './exit-chain.ts';
import { unlockHashOf, type HashLockedTransition } from './genesis.ts';
import type { Tx } from './tx.ts';
import { taprootSighash } from './tx.ts';
import { validateVtxo, validateVtxoUnsigned } from './validate.ts';
import { vtxoIdBytes } from './vtxo-id.ts';
import type { Vtxo } from './vtxo.ts';

const notALeaf = () =>
  new SkiffError({
    code: 'INVALID_VTXO',
    say: 'This coin is not a locked coin of a round.',
    details: { reason: 'not-a-locked-leaf' },
  });

const misbehaved = (reason: string) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The server’s answer for the new coin does not fit. Nothing was given up.',
    details: { reason },
  });

function lockedTransition(vtxo: Vtxo): HashLockedTransition {
  const transition = vtxo.genesis.at(-1)?.transition;
  if (transition?.type !== 'hash-locked-cosigned') throw notALeaf();
  if (!equalBytes(transition.userPubkey, vtxo.policy.userPubkey)) throw notALeaf();
  return transition;
}

const withTransition = (vtxo: Vtxo, change: Partial<HashLockedTransition>): Vtxo => ({
  ...vtxo,
  genesis: vtxo.genesis.map((item, i) =>
    i === vtxo.genesis.length - 1 ? { ...item, transition: { ...lockedTransition(vtxo), ...change } } : item,
  ),
});

/**
 * Proves that a coin lacks nothing but its own unlocking: the chain holds, every link but the last is signed, and the
 * last is locked by hash. To be done before an input is forfeited for it.
 * @throws SkiffError INVALID_VTXO
 */
export function validateLockedLeaf(curve: Curve, vtxo: Vtxo, anchorTx: Tx | Bytes): void {
  if ('preimage' in lockedTransition(vtxo).unlock) throw notALeaf();
  validateVtxoUnsigned(curve, vtxo, anchorTx);
  try {
    validateVtxo(curve, vtxo, anchorTx);
  } catch (e) {
    const isLast = isSkiffError(e, 'INVALID_VTXO') && e.details.index === String(vtxo.genesis.length - 1);
    if (!isLast) throw e;
  }
}

/** What is signed for a leaf: digest and x-only key. @throws SkiffError INVALID_VTXO for another kind of coin */
export function leafSighash(curve: Curve, vtxo: Vtxo): { sighash: Bytes; signer: Bytes } {
  lockedTransition(vtxo);
  let last: ExitStep | undefined;
  for (const step of exitSteps(curve, vtxo)) last = step;
  const { tx, spent, leafHash, signer } = last as ExitStep;
  return { sighash: taprootSighash(tx, 0, [spent], leafHash), signer };
}

/** One exchange. Holds a secret nonce: memory only, one use, then dropped. */
export interface LeafCosignSession {
  /** 36 bytes, for the request. */
  readonly vtxoId: Bytes;
  readonly nonce: NoncePair;
  readonly sighash: Bytes;
  readonly signer: Bytes;
}

/** Starts the exchange for one coin. @param random the CSPRNG, two draws @throws SkiffError INVALID_VTXO */
export function startLeafCosign(
  curve: Curve,
  vtxo: Vtxo,
  secret: Bytes,
  random: (length: number) => Bytes,
): LeafCosignSession {
  const { sighash, signer } = leafSighash(curve, vtxo);
  const publicKey = curve.publicKey(secret);
  if (!equalBytes(publicKey, vtxo.policy.userPubkey))
    throw new SkiffError({ code: 'INTERNAL', say: 'A coin was about to be signed with a foreign key.' });
  const nonce = curve.generateNonce({
    random: random(32),
    extra: random(32),
    publicKey,
    secretKey: secret,
    message: sighash,
  });
  return { vtxoId: vtxoIdBytes(vtxo.point), nonce, sighash, signer };
}

/**
 * Checks the server's half and signs: the coin with its last signature, still locked. Uses up the nonce.
 * @throws SkiffError SERVER_MISBEHAVED when the server's half does not hold; then nothing of ours was signed
 */
export function finishLeafCosign(
  curve: Curve,
  vtxo: Vtxo,
  session: LeafCosignSession,
  answer: Answer,
  secret: Bytes,
): Vtxo {
  const keys = { userPubkey: vtxo.policy.userPubkey, serverPubkey: vtxo.serverPubkey };
  const { nonce, sighash, signer } = session;
  const musig = cosignSession(curve, keys, { message: sighash }, nonce.public, answer);
  if (!musig) throw misbehaved('InvalidPartialSignature');
  const signature = aggregateBoth(curve, musig, nonce.secret, secret, answer);
  if (!curve.schnorrVerify(signature, sighash, signer)) throw misbehaved('InvalidSignature');
  return withTransition(vtxo, { signature });
}

/** Is this 32-byte preimage the one that the coin waits for? @throws SkiffError INVALID_VTXO for another kind of coin */
export const unlocks = (vtxo: Vtxo, preimage: Bytes): boolean =>
  preimage.length === 32 && equalBytes(sha256(preimage), unlockHashOf(lockedTransition(vtxo)));

/** The coin with the server's preimage in place of the hash. @throws SkiffError SERVER_MISBEHAVED for a wrong one */
export function unlockLeaf(vtxo: Vtxo, preimage: Bytes): Vtxo {
  if (!unlocks(vtxo, preimage)) throw misbehaved('WrongPreimage');
  return withTransition(vtxo, { unlock: { preimage } });
}
