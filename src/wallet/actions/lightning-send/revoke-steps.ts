// The steps that bring the money of a failed payment back: the HTLC coins become ordinary coins of ours. A success that
// comes late still wins, so the status is asked first on every drive. A server that refuses leaves the coins locked and
// listed as stuck; they are tried again until they have to leave by the chain (exits/last-resort.ts).

import { SkiffError } from '../../../errors.ts';
import { sats } from '../../../units.ts';
import type { Change } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { loadCoins, registerChains } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { cosign, revocationRpc, userKey } from '../cosign.ts';
import { failedWith } from '../endings.ts';
import { errorOf } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection } from '../rejection.ts';
import { settle } from './pay-steps.ts';
import { terms, type InStep, type LightningSendState } from './state.ts';
import { askStatus, preimageInRefusal } from './status.ts';
import { withOffer } from './surplus.ts';

/** A refusal stands for a while: a minute at first, later up to a quarter of an hour. The mailbox tells news at once. */
const stuckPause = (blocks: number): number => Math.min(60_000 * (1 + blocks), 15 * 60_000);

/** Asks the server to cosign the way back. */
export async function revoke(
  deps: Deps,
  state: InStep<'revocable' | 'stuck'>,
): Promise<Outcome<LightningSendState>> {
  const status = await askStatus(deps, state.hash);
  if (status.is === 'paid') return settle(deps, state, status.preimage);
  // A reason that the server gives is better than what we gave up for.
  const failure = status.is === 'failed' && status.telling ? withOffer(state, status.failure) : state.failure;

  const held = await loadCoins(deps, state.htlcs);
  const total = sats(held.reduce((sum, c) => sum + c.row.amount, 0n));
  try {
    // A coin whose chain the server does not hold can be neither paid with nor given back.
    await registerChains(await deps.ports.server(), held);
    const coins = await cosign(deps, {
      inputs: state.htlcs,
      outputs: [
        {
          amount: total,
          policy: { type: 'pubkey', userPubkey: userKey(deps, state.returnKey) },
          key: state.returnKey,
        },
      ],
      rpc: revocationRpc,
    });
    const back = sats(coins.reduce((sum, c) => sum + c.row.amount, 0n));
    const paid = state.amount + state.fee;
    const changes: Change[] = [
      ...coins.map((c): Change => ({
        do: 'add-coin',
        coin: { ...c.row, kind: 'revocation' },
        body: c.bytes,
      })),
      { do: 'spend-coins', ids: state.htlcs },
      ...failedWith(failure, {
        outputs: coins.map((c) => c.row.id),
        lost: sats(paid > back ? paid - back : 0n),
      }),
    ];
    if (paid > back)
      deps.ports.log.warn('less came back than was paid', { hash: state.hash, lost: `${paid - back}` });
    return { then: 'failed', error: errorOf(failure), changes };
  } catch (error) {
    const preimage = preimageInRefusal(error, state.hash);
    if (preimage !== undefined) return settle(deps, state, preimage);
    if (!(error instanceof SkiffError) || error.code === 'FENCED' || error.code === 'LOCKED') throw error;
    const tip = await freshTip(deps);
    const since = (state.step === 'stuck' ? state.since : undefined) ?? tip;
    const stuck: LightningSendState = {
      ...terms(state),
      step: 'stuck',
      htlcs: state.htlcs,
      failure,
      since,
    };
    if (!isRejection(error)) return { then: 'retry', state: stuck, error };
    return { then: 'park', state: stuck, wakeAt: deps.ports.now() + stuckPause(tip - since), error };
  }
}
