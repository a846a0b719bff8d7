// Amount rules of one arkoor part (ark-lib arkoor/mod.rs). A transaction with a dust output is not relayed, so dust is
// moved behind one shared output of at least 330 sat, which a fan-out transaction splits again.
import { sats, type Sats } from '../units.ts';
import { arkoorError, sumAmounts, type ArkoorOutput } from './arkoor-allocation.ts';
import { VTXO_DUST } from './script.ts';

/** Outputs of this size can give up a standard piece and stay standard, so they never need isolation. */
const SPLITTABLE = 2n * VTXO_DUST;
/** Positions of outputs are one byte on the wire. */
const MAX_OUTPUTS = 255;

export interface IsolatedOutputs<O> {
  /** Each has its own output in the checkpoint transaction. */
  readonly outputs: O[];
  /** Share one output and are separated by the fan-out transaction. Empty: no fan-out. */
  readonly isolated: O[];
}

const isDust = ({ amount }: { readonly amount: bigint }) => amount < VTXO_DUST;
const sum = (outputs: readonly { readonly amount: bigint }[]) => outputs.reduce((s, o) => s + o.amount, 0n);

/** Splits a part's outputs into normal and isolated ones, breaking a piece off a large output where dust needs company. */
export function isolateDust<O extends ArkoorOutput>(outputs: readonly O[]): IsolatedOutputs<O> {
  const dust = outputs.filter(isDust);
  const normal = outputs.filter((o) => !isDust(o));
  if (dust.length === 0 || normal.length === 0) return { outputs: [...outputs], isolated: [] };
  const lacking = VTXO_DUST - sum(dust);
  if (lacking <= 0n) return { outputs: normal, isolated: dust };
  if (sum(normal) < SPLITTABLE) return { outputs: [...outputs], isolated: [] };
  const at = normal.findIndex((o) => o.amount - lacking >= VTXO_DUST);
  const donor = normal[at];
  if (!donor) return { outputs: [...normal, ...dust], isolated: [] };
  return {
    outputs: normal.with(at, { ...donor, amount: sats(donor.amount - lacking) }),
    isolated: [{ ...donor, amount: sats(lacking) }, ...dust],
  };
}

/**
 * The rules that both sides hold a part to.
 * @throws SkiffError DUST or INVALID_ARGUMENT, the broken rule in `details.reason`
 */
export function checkPartAmounts(
  input: Sats,
  outputs: readonly ArkoorOutput[],
  isolated: readonly ArkoorOutput[],
): void {
  const all = [...outputs, ...isolated];
  const output = sumAmounts(all.map((o) => o.amount));
  if (input !== output) throw arkoorError('Unbalanced', { input, output });
  if (outputs.length === 0) throw arkoorError('NoOutputs');
  if (all.some((o) => o.amount === 0n)) throw arkoorError('ZeroValueOutput');
  if (Math.max(outputs.length, isolated.length) > MAX_OUTPUTS) throw arkoorError('TooManyOutputs');
  if (isolated.length > 0) {
    if (sum(isolated) < VTXO_DUST) throw arkoorError('Dust');
    if (isolated.some((o) => o.amount >= SPLITTABLE)) throw arkoorError('IsolationNotNeeded');
    if (!isolated.some(isDust)) throw arkoorError('IsolationNotNeeded');
    if (outputs.some(isDust)) throw arkoorError('Dust');
  }
  if (outputs.some(isDust) && outputs.some((o) => o.amount >= SPLITTABLE)) throw arkoorError('Dust');
}
