// Which input of an arkoor package pays for which output (ark-lib arkoor/package.rs). Inputs and outputs are walked in
// order and outputs are split where an input ends, so that every part on its own is balanced.
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import type { UserPolicy } from './policy.ts';

/** What a package is asked to make. */
export interface ArkoorOutput {
  readonly amount: Sats;
  readonly policy: UserPolicy;
}

/** ark-lib's names for what can be wrong with the amounts of a package or a part; `details.reason` of the error. */
export type ArkoorReason =
  | 'Unbalanced'
  | 'NoOutputs'
  | 'ZeroValueOutput'
  | 'TooManyOutputs'
  | 'Dust'
  | 'IsolationNotNeeded'
  | 'Overflow';

const U64_MAX = (1n << 64n) - 1n;

/** The error of an impossible package. Nothing was sent. */
export const arkoorError = (reason: ArkoorReason, amounts?: { input: bigint; output: bigint }): SkiffError =>
  new SkiffError({
    code: reason === 'Dust' ? 'DUST' : 'INVALID_ARGUMENT',
    say: 'This transfer cannot be made with these amounts. Nothing was sent.',
    details: { reason, ...amounts },
  });

/** @throws SkiffError INVALID_ARGUMENT (Overflow) when the sum is no u64 */
export function sumAmounts(amounts: readonly bigint[]): Sats {
  const total = amounts.reduce((a, b) => a + b, 0n);
  if (total > U64_MAX) throw arkoorError('Overflow');
  return sats(total);
}

/**
 * Outputs of each input, in order. Pieces of one output have its policy.
 * @throws SkiffError INVALID_ARGUMENT with reason Overflow, NoOutputs or Unbalanced
 */
export function allocateOutputs<O extends ArkoorOutput>(
  inputs: readonly Sats[],
  outputs: readonly O[],
): O[][] {
  const output = sumAmounts(outputs.map((o) => o.amount));
  if (output === 0n) throw arkoorError('NoOutputs');
  const input = sumAmounts(inputs);
  if (input !== output) throw arkoorError('Unbalanced', { input, output });
  let next = 0;
  let left: bigint = outputs[0]?.amount ?? 0n;
  return inputs.map((amount) => {
    const pieces: O[] = [];
    let free: bigint = amount;
    for (let current = outputs[next]; current; current = outputs[next]) {
      const piece = free < left ? free : left;
      pieces.push({ ...current, amount: sats(piece) });
      free -= piece;
      left -= piece;
      if (left > 0n) break;
      next += 1;
      left = outputs[next]?.amount ?? 0n;
      if (free === 0n) break;
    }
    return pieces;
  });
}
