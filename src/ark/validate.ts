// Proof that a VTXO is what it claims to be (ark-lib vtxo/validation.rs): its chain of transactions starts at the given
// confirmed transaction, is signed at every link, and ends in its point. Standardness is a separate question.
// What it cannot know: whether the anchor is confirmed and unspent, and whether amounts, keys and expiry are the agreed ones.
import { equalBytes, toHex } from '../crypto/bytes.ts';
import type { Bytes, Curve, SignedMessage } from '../crypto/curve.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import type { TxOut } from './encode.ts';
import { anchorTxOut, exitSteps, type ExitStep } from './exit-chain.ts';
import { transitionName } from './genesis.ts';
import type { VtxoPolicy } from './policy.ts';
import { nonStandard } from './script.ts';
import { parseTx, taprootSighash, txid, type Tx } from './tx.ts';
import { sameOutPoint, vtxoTxOut, type Vtxo } from './vtxo.ts';

/** `details.reason` of INVALID_VTXO. */
export type InvalidVtxoReason =
  | 'anchor-output-missing'
  | 'anchor-output-mismatch'
  | 'anchor-txid-mismatch'
  | 'amount-overflow'
  /** `details.problem` says which, `details.index` and `details.transition` where. */
  | 'transition'
  | 'point-mismatch';

type TransitionProblem = 'missing signature' | 'missing preimage' | 'invalid signature';

const invalid = (
  reason: InvalidVtxoReason,
  details: Record<string, string | number | bigint> = {},
): SkiffError =>
  new SkiffError({
    code: 'INVALID_VTXO',
    say: 'This coin is not valid and was not accepted.',
    details: { reason, ...details },
  });

const describe = (out: TxOut) => `${out.value} sat to ${toHex(out.script)}`;

/** What is wrong with a transition before its signature is verified; else the signature. */
function signedTransition(step: ExitStep): TransitionProblem | SignedMessage {
  const { transition } = step.item;
  if (transition.type === 'hash-locked-cosigned' && !('preimage' in transition.unlock))
    return 'missing preimage';
  if (!transition.signature) return 'missing signature';
  const message = taprootSighash(step.tx, 0, [step.spent], step.leafHash);
  return { signature: transition.signature, message, xonly: step.signer };
}

function transitionProblem(curve: Curve, step: ExitStep): TransitionProblem | undefined {
  const found = signedTransition(step);
  if (typeof found === 'string') return found;
  const { signature, message, xonly } = found;
  return curve.schnorrVerify(signature, message, xonly) ? undefined : 'invalid signature';
}

/** Looks at a transition of the chain. */
type Look = (step: ExitStep) => TransitionProblem | undefined;

/** Everything but signatures, with a look at each transition on the way. @throws SkiffError INVALID_VTXO */
function validate(curve: Curve, vtxo: Vtxo<VtxoPolicy>, anchorTx: Tx, look: Look): void {
  const found = anchorTx.outputs[vtxo.anchor.vout];
  if (!found) throw invalid('anchor-output-missing', { vout: vtxo.anchor.vout });
  const expected = anchorTxOut(curve, vtxo);
  if (found.value !== expected.value || !equalBytes(found.script, expected.script)) {
    throw invalid('anchor-output-mismatch', { expected: describe(expected), found: describe(found) });
  }
  let end = { txid: txid(anchorTx), vout: vtxo.anchor.vout };
  if (!sameOutPoint(end, vtxo.anchor)) throw invalid('anchor-txid-mismatch');
  for (const step of exitSteps(curve, vtxo)) {
    const problem = look(step);
    if (problem) {
      throw invalid('transition', {
        problem,
        index: step.index,
        transition: transitionName(step.item.transition),
      });
    }
    end = { txid: step.txid, vout: step.item.outputIdx };
  }
  if (!sameOutPoint(end, vtxo.point)) throw invalid('point-mismatch');
}

const asTx = (tx: Tx | Bytes): Tx => (tx instanceof Uint8Array ? parseTx(tx) : tx);

/**
 * Everything that can be proven from the bytes, signatures included.
 * @param anchorTx the transaction of `vtxo.anchor`, parsed or as consensus bytes
 * @throws SkiffError INVALID_VTXO with `details.reason` ({@link InvalidVtxoReason}), INVALID_ENCODING for a broken transaction
 */
export function validateVtxo(curve: Curve, vtxo: Vtxo<VtxoPolicy>, anchorTx: Tx | Bytes): void {
  const tx = asTx(anchorTx);
  // Only a coin that is not valid is walked twice: the second time says what is wrong first.
  if (!holdsInBatch(curve, vtxo, tx)) validate(curve, vtxo, tx, (step) => transitionProblem(curve, step));
}

/** One walk that collects the signatures and one batch: true when everything holds. */
function holdsInBatch(curve: Curve, vtxo: Vtxo<VtxoPolicy>, anchorTx: Tx): boolean {
  try {
    return curve.schnorrVerifyAll(unverifiedSignatures(curve, vtxo, anchorTx, 0));
  } catch (e) {
    if (isSkiffError(e)) return false;
    throw e;
  }
}

/**
 * As {@link validateVtxo}, but the signatures of the transitions from `from` on are returned instead of verified, and
 * those before are not looked at. @throws SkiffError INVALID_VTXO
 */
export function unverifiedSignatures(
  curve: Curve,
  vtxo: Vtxo<VtxoPolicy>,
  anchorTx: Tx | Bytes,
  from: number,
): (SignedMessage & { index: number })[] {
  const found: (SignedMessage & { index: number })[] = [];
  validate(curve, vtxo, asTx(anchorTx), (step) => {
    if (step.index < from) return undefined;
    const signed = signedTransition(step);
    if (typeof signed === 'string') return signed;
    found.push({ ...signed, index: step.index });
    return undefined;
  });
  return found;
}

/** As {@link validateVtxo} without looking at signatures and preimages: for coins that are not yet fully signed. */
export const validateVtxoUnsigned = (curve: Curve, vtxo: Vtxo<VtxoPolicy>, anchorTx: Tx | Bytes): void =>
  validate(curve, vtxo, asTx(anchorTx), () => undefined);

/** Why nodes would not relay a VTXO's exit. `sibling` when the fault is in another output of the chain. */
export interface NonStandardVtxo {
  readonly problem: 'dust' | 'script';
  readonly sibling?: { readonly item: number; readonly output: number };
}

/** The first output of the exit that nodes would not relay, own output first; undefined for a standard VTXO. */
export function nonStandardVtxo(curve: Curve, vtxo: Vtxo<VtxoPolicy>): NonStandardVtxo | undefined {
  const own = nonStandard(vtxoTxOut(curve, vtxo));
  if (own) return { problem: own };
  for (const [item, { otherOutputs }] of vtxo.genesis.entries()) {
    for (const [output, out] of otherOutputs.entries()) {
      const problem = nonStandard(out);
      if (problem) return { problem, sibling: { item, output } };
    }
  }
  return undefined;
}

/** Would nodes relay every transaction of the VTXO's exit? */
export const isStandard = (curve: Curve, vtxo: Vtxo<VtxoPolicy>): boolean =>
  nonStandardVtxo(curve, vtxo) === undefined;
