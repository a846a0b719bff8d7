// The payment is under way: wait for the service's bitcoin, and show nothing before it is safe. When the payment comes back
// instead, the swap is over and nothing is lost.
import { isSkiffError, SkiffError } from '../errors.ts';
import { movementOf } from '../store/movements.ts';
import { freshTip } from '../wallet/coins/chain-facts.ts';
import type { Outcome } from '../wallet/actions/outcome.ts';
import type { Sats } from '../units.ts';
import type { Deps } from '../wallet/ports.ts';
import { failed } from './agree-steps.ts';
import { claimFee, feeLimit, signAlone } from './claim.ts';
import { findLocked, foreignClaim, paymentOf, reasonToWait, refundHeight } from './facts.ts';
import { agreed, type Agreed, type Claiming, type InStep, type SwapState, type SwapTerms } from './state.ts';

type Result = Outcome<SwapState>;

/** Pause between two looks at the chain: short at first, for services that lock at once, then by the minute. */
export const lookAgain = (elapsed: number): number =>
  elapsed < 60_000 ? 3_000 : elapsed < 10 * 60_000 ? 15_000 : 60_000;

/** A swap that was taken up again, of which nothing is seen for so long after its start, is over for everybody. */
const GIVE_UP_MS = 3 * 24 * 3_600_000;

/** Looks for the locked output. */
export async function watch(deps: Deps, state: InStep<'paying'>): Promise<Result> {
  const { ports } = deps;
  const payment = await paymentOf(deps, state);
  if (payment === 'failed') return paymentCameBack(deps, state);
  const found = await findLocked(deps, state);
  const tip = await freshTip(deps);
  const park = (status: 'paying' | 'lockup-seen' | 'review', error?: SkiffError): Result => ({
    then: 'park',
    state,
    wakeAt: ports.now() + lookAgain(ports.now() - state.since),
    changes: [{ do: 'swap', hash: state.hash, patch: { status, ...seen(state, found) } }],
    ...(error && { error }),
  });
  // The preimage may be out, by a life of this wallet that could not say so any more; the output should be there.
  const mayBeMade = payment === 'paid' || state.rescued;
  const made = !found && mayBeMade ? await foreignClaim(deps, state) : undefined;
  if (made) {
    const { locked, claim } = made;
    const shown: Claiming = { locked, claims: [claim], since: tip, share: 'over', shown: true };
    return { then: 'next', state: { ...agreed(state), step: 'claiming', ...shown } };
  }
  if (!found && state.rescued && ports.now() - state.second * 1000 > GIVE_UP_MS) return gone(state);
  if (!found) return park(payment === 'paid' ? 'review' : 'paying');
  // Once the service was paid there is nothing left to keep back: what lies there is claimed, however late it is.
  const out = payment === 'paid';
  if (!out && reasonToWait(state, found.height, tip) !== undefined) return park('lockup-seen');
  try {
    const fee = out ? await whateverItCosts(deps, state, found) : await affordable(deps, state, found);
    return fee === undefined ? park('lockup-seen') : claiming(deps, state, found, tip, fee);
  } catch (error) {
    // Only the keys are missing: that is told with the deadline, and looked at again, since it may pass.
    if (isSkiffError(error, 'LOCKED')) return park('lockup-seen', error);
    throw error;
  }
}

/** The claim that needs nobody, signed; nobody has seen it yet. @throws SkiffError LOCKED */
function claiming(deps: Deps, state: InStep<'paying'>, found: Found, tip: number, fee: Sats): Result {
  const { locked } = found;
  const claim = signAlone(deps, state, { locked }, fee);
  const patch = { status: 'claiming', claimTxid: claim.txid, ...seen(state, found) } as const;
  return {
    then: 'next',
    state: { ...agreed(state), step: 'claiming', locked, claims: [claim], since: tip, shown: false },
    changes: [{ do: 'swap', hash: state.hash, patch }],
  };
}

const seen = (state: Agreed, found: Awaited<ReturnType<typeof findLocked>>) =>
  found && {
    locked: found.locked.id,
    ...(refundHeight(state, found.height) !== undefined && {
      refundHeight: refundHeight(state, found.height),
    }),
  };

type Found = NonNullable<Awaited<ReturnType<typeof findLocked>>>;

/** A claim for one of the next blocks. */
async function whateverItCosts(deps: Deps, state: SwapTerms & Agreed, found: Found) {
  const { fast } = await deps.ports.chain.feeRates();
  const [fee, limit] = [claimFee(deps, state, fast), feeLimit(deps, state, found)];
  return fee < limit ? fee : limit;
}

/** The fee of a claim now, or undefined while it would cost more than was agreed to: then nothing is shown yet. */
async function affordable(deps: Deps, state: SwapTerms & Agreed, found: Found) {
  const { regular } = await deps.ports.chain.feeRates();
  const fee = claimFee(deps, state, regular);
  return fee <= state.claimFeeMost && fee <= feeLimit(deps, state, found) ? fee : undefined;
}

function gone({ hash, paymentId }: InStep<'paying'>): Result {
  const error = new SkiffError({ code: 'SWAP_FAILED', say: 'Nothing lies locked for this swap any more.' });
  const over = failed(hash, error);
  return {
    ...over,
    changes: [...over.changes, { do: 'movement', of: paymentId, patch: { status: 'canceled' } }],
  };
}

/** The end of a swap whose payment failed: its own machinery brought the money back. */
export async function paymentCameBack(deps: Deps, state: SwapTerms & Agreed): Promise<Result> {
  const line = await deps.ports.db.read(['movements'], (tx) => movementOf(tx, state.paymentId));
  const note = line?.metadata['failure'] as { say?: unknown } | null | undefined;
  const why = typeof note?.say === 'string' ? ` ${note.say}` : ' Your money is back.';
  return failed(state.hash, new SkiffError({ code: 'SWAP_FAILED', say: `The swap came to nothing.${why}` }));
}
