// Claiming exited coins (ark-lib vtxo/policy/signing.rs, bark's drain): one version 2 transaction spends their outputs by
// the script path of a clause that the user can sign alone. The key path would need the server and is never used.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import {
  clauseLockTime,
  clauseScript,
  clauseSequence,
  clauseWitness,
  clauseWitnessSize,
  needsPreimage,
  type Clause,
} from './clause.ts';
import type { TxOut } from './encode.ts';
import type { VtxoPolicy } from './policy.ts';
import { policyClauses, policyTaproot } from './policy-taproot.ts';
import { nonStandard } from './script.ts';
import { controlBlock, tapLeafHash } from './taproot.ts';
import { taprootSighash, txWeight, type Tx } from './tx.ts';
import { vtxoTxOut, type Vtxo } from './vtxo.ts';

/** What the claimer knows. */
export interface ClaimKnowledge {
  /** Is this 33-byte key ours? */
  owns(pubkey: Bytes): boolean;
  /** The 32-byte preimage of a hash, where it is known. */
  preimage(hash: Bytes): Bytes | undefined;
}

/** A coin, or what its forfeit has made of it, with the way its output will be spent. */
export interface ClaimInput {
  readonly vtxo: Vtxo<VtxoPolicy>;
  readonly clause: Clause;
  readonly preimage?: Bytes;
  readonly controlBlock: Bytes;
  readonly spent: TxOut;
}

/** The first clause in claim order whose key is ours and whose preimage, where it takes one, is known. */
export function claimInput(
  curve: Curve,
  vtxo: Vtxo<VtxoPolicy>,
  known: ClaimKnowledge,
): ClaimInput | undefined {
  for (const clause of policyClauses(curve, vtxo.policy, vtxo)) {
    const preimage = needsPreimage(clause) ? known.preimage(clause.hash) : undefined;
    if (!known.owns(clause.pubkey) || (needsPreimage(clause) && !preimage)) continue;
    const taproot = policyTaproot(curve, vtxo.policy, vtxo);
    const block = controlBlock(taproot, clauseScript(clause));
    return { vtxo, clause, preimage, controlBlock: block, spent: vtxoTxOut(curve, vtxo) };
  }
  return undefined;
}

/** The lowest tip at which nodes take the claim of an output that confirmed at `confirmedAt`. */
export function claimableAt({ clause }: Pick<ClaimInput, 'clause'>, confirmedAt: number): number {
  const delay = clauseSequence(clause) ?? 0;
  return Math.max(confirmedAt, confirmedAt + delay - 1, clauseLockTime(clause) ?? 0);
}

/** Bytes of an input's witness, the count in front included. */
export const claimWitnessSize = (input: Pick<ClaimInput, 'clause' | 'controlBlock'>): number =>
  clauseWitnessSize(input.clause, input.controlBlock.length);

function unsigned(inputs: readonly ClaimInput[], output: TxOut, tip: number): Tx {
  if (inputs.length === 0)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'There is nothing to claim.' });
  return {
    version: 2,
    lockTime: tip,
    inputs: inputs.map(({ vtxo, clause }) => ({
      prevout: vtxo.point,
      sequence: clauseSequence(clause) ?? 0,
    })),
    outputs: [output],
  };
}

/** Weight of the signed claim to a script. @throws SkiffError INVALID_ARGUMENT for nothing to claim */
export function claimWeight(inputs: readonly ClaimInput[], script: Bytes): number {
  const tx = unsigned(inputs, { value: sats(0n), script }, 0);
  const witnesses = inputs.reduce((sum, input) => sum + claimWitnessSize(input), 0);
  return txWeight(tx) + 2 + witnesses;
}

/**
 * The claim of all inputs to one script, unsigned.
 * @param tip height of the chain, the transaction's locktime @param fee taken from the sum
 * @throws SkiffError DUST when too little is left, INVALID_ADDRESS for a script that nodes do not relay, INVALID_ARGUMENT
 * for nothing to claim or before a clause's height
 */
export function buildClaim(inputs: readonly ClaimInput[], script: Bytes, tip: number, fee: Sats): Tx {
  const total = inputs.reduce((sum, { vtxo }) => sum + vtxo.amount, 0n);
  const value = total > fee ? sats(total - fee) : sats(0n);
  const tx = unsigned(inputs, { value, script }, tip);
  if (inputs.some(({ clause }) => (clauseLockTime(clause) ?? 0) > tip))
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'A coin cannot be claimed yet.',
      details: { tip },
    });
  const problem = nonStandard({ value, script });
  if (problem === 'script')
    throw new SkiffError({
      code: 'INVALID_ADDRESS',
      say: 'Payments to this kind of address are not relayed.',
    });
  if (problem || value === 0n)
    throw new SkiffError({
      code: 'DUST',
      say: 'The coins are worth less than the fee for claiming them.',
      details: { total, fee },
    });
  return tx;
}

/** Digest that an input's clause signs (BIP-342, all spent outputs committed to). */
export const claimSighash = (tx: Tx, inputs: readonly ClaimInput[], index: number): Bytes => {
  const input = inputs[index];
  if (!input) throw new SkiffError({ code: 'INTERNAL', say: 'A claim lacks one of its coins.' });
  return taprootSighash(
    tx,
    index,
    inputs.map(({ spent }) => spent),
    tapLeafHash(clauseScript(input.clause)),
  );
};

/**
 * Signs a claim. @param secretOf secret of a clause's key @param aux 32 random bytes for each input
 * @throws SkiffError INTERNAL when a secret is another key's
 */
export function signClaim(
  curve: Curve,
  tx: Tx,
  inputs: readonly ClaimInput[],
  secretOf: (pubkey: Bytes) => Bytes,
  aux: (length: number) => Bytes,
): Tx {
  const witnesses = inputs.map((input, i) => {
    const { clause, preimage } = input;
    const secret = secretOf(clause.pubkey);
    if (!equalBytes(curve.publicKey(secret), clause.pubkey))
      throw new SkiffError({ code: 'INTERNAL', say: 'A coin was about to be claimed with a foreign key.' });
    const signature = curve.schnorrSign(claimSighash(tx, inputs, i), secret, aux(32));
    return clauseWitness(clause, input.controlBlock, signature, preimage);
  });
  return { ...tx, inputs: tx.inputs.map((input, i) => ({ ...input, witness: witnesses[i] })) };
}
