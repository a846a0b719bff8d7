// Cutting the coin that is offboarded out of the chosen ones: a transfer to ourselves. As with every cosign request, a
// refusal does not unlock the inputs: they come back by being spent to a key of ours.

import { equalBytes } from '../../../crypto/bytes.ts';
import { sats } from '../../../units.ts';
import type { Change } from '../../changes.ts';
import { loadCoins, registerMissing } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { arkoorRpc, cosign, userKey, type CosignOutput } from '../cosign.ts';
import { failedWith } from '../endings.ts';
import { errorOf } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection, refusalNote } from '../rejection.ts';
import { takeBack } from '../yield.ts';
import { terms, type InStep, type OffboardState } from './state.ts';

type Result = Outcome<OffboardState>;

/** Asks for the cut in the very same form until the answer is in hand. */
export async function splitting(deps: Deps, state: InStep<'splitting'>): Promise<Result> {
  const own = userKey(deps, state.key);
  const back = userKey(deps, state.changeKey);
  const outputs: CosignOutput[] = [
    {
      amount: sats(state.amount + state.fee),
      policy: { type: 'pubkey', userPubkey: own },
      key: state.key,
    },
    ...state.change.map((amount): CosignOutput => ({
      amount,
      policy: { type: 'pubkey', userPubkey: back },
      key: state.changeKey,
    })),
  ];
  try {
    await registerMissing(await deps.ports.server(), await loadCoins(deps, state.inputs));
    const coins = await cosign(deps, { inputs: state.inputs, outputs, rpc: arkoorRpc });
    const isExact = (key: Uint8Array) => equalBytes(key, own);
    const exact = coins.filter((c) => isExact(c.vtxo.policy.userPubkey));
    const change = coins.filter((c) => !isExact(c.vtxo.policy.userPubkey));
    const ids = exact.map((c) => c.row.id).sort();
    return {
      then: 'next',
      state: { ...terms(state), step: 'ready', coins: ids, since: state.since },
      changes: [
        ...exact.map((c): Change => ({
          do: 'add-coin',
          coin: { ...c.row, kind: 'offboard' },
          body: c.bytes,
          held: true,
        })),
        ...change.map((c): Change => ({
          do: 'add-coin',
          coin: { ...c.row, kind: 'change' },
          body: c.bytes,
        })),
        { do: 'spend-coins', ids: state.inputs },
        {
          do: 'movement',
          patch: { outputs: change.map((c) => c.row.id), metadata: { offboard_vtxos: ids } },
        },
      ],
    };
  } catch (error) {
    if (!isRejection(error)) throw error;
    return { then: 'next', state: { ...state, step: 'reclaiming', failure: refusalNote(error) } };
  }
}

/** Spends the inputs to a key of ours, which ends the matter whatever became of the cut. */
export async function reclaiming(deps: Deps, state: InStep<'reclaiming'>): Promise<Result> {
  try {
    const { coins, ended } = await takeBack(deps, state.inputs, state.changeKey);
    return {
      then: 'failed',
      error: errorOf(state.failure),
      changes: [
        ...coins.map((c): Change => ({ do: 'add-coin', coin: { ...c.row, kind: 'change' }, body: c.bytes })),
        ...ended,
        ...failedWith(state.failure, { outputs: coins.map((c) => c.row.id) }),
      ],
    };
  } catch (error) {
    if (!isRejection(error)) throw error;
    const { failure: _failure, ...rest } = state;
    return {
      then: 'park',
      state: { ...rest, step: 'splitting' },
      wakeAt: deps.ports.now() + 10_000,
      error,
    };
  }
}
