// The steps that turn our coins into the recipient's and our change. Until the cosign request leaves, the transfer can be
// called off; from then on the inputs come back by spending them, never by a refusal (design rule 3).

import type { Change } from '../../changes.ts';
import { recentTip } from '../../coins/chain-facts.ts';
import { loadCoins, registerMissing } from '../../coins/load.ts';
import { destinationOf } from '../../destination.ts';
import type { Deps } from '../../ports.ts';
import { arkoorRpc, cosign, userKey, type CosignOutput } from '../cosign.ts';
import { failedWith } from '../endings.ts';
import { errorOf } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection, refusalNote } from '../rejection.ts';
import { takeBack } from '../yield.ts';
import { equalBytes } from '../../../crypto/bytes.ts';
import { terms, type ArkoorSendState, type InStep } from './state.ts';

type Result = Outcome<ArkoorSendState>;

/** Uploads the inputs' chains; the last step that may end without a trace. */
export async function inputsLocked(deps: Deps, state: InStep<'inputs-locked'>): Promise<Result> {
  const server = await deps.ports.server();
  const coins = await loadCoins(deps, state.inputs);
  try {
    await registerMissing(server, coins);
  } catch (error) {
    if (!isRejection(error)) throw error;
    return {
      then: 'failed',
      error,
      changes: [{ do: 'unlock-coins', ids: state.inputs }, ...failedWith(refusalNote(error))],
    };
  }
  return { then: 'next', state: { ...state, step: 'cosign-requested', since: await recentTip(deps) } };
}

/** Asks for the transfer in the very same form until the server's answer is in hand. */
export async function cosignRequested(deps: Deps, state: InStep<'cosign-requested'>): Promise<Result> {
  const { policy } = destinationOf(deps, state.address);
  const changeKey = userKey(deps, state.changeKey);
  const outputs: CosignOutput[] = [
    { amount: state.amount, policy },
    ...state.change.map((amount): CosignOutput => ({
      amount,
      policy: { type: 'pubkey', userPubkey: changeKey },
      key: state.changeKey,
    })),
  ];
  try {
    const coins = await cosign(deps, { inputs: state.inputs, outputs, rpc: arkoorRpc });
    const isChange = (key: Uint8Array) => equalBytes(key, changeKey);
    const change = coins.filter((c) => isChange(c.vtxo.policy.userPubkey));
    const parcels = coins.filter((c) => !isChange(c.vtxo.policy.userPubkey));
    const changeIds = change.map((c) => c.row.id);
    return {
      then: 'next',
      state: {
        ...terms(state),
        step: 'registering',
        parcels: parcels.map((c) => ({ id: c.row.id, bytes: c.bytes })),
        changeIds,
      },
      changes: [
        ...change.map((c): Change => ({
          do: 'add-coin',
          coin: { ...c.row, kind: 'change' },
          body: c.bytes,
        })),
        { do: 'spend-coins', ids: state.inputs },
        { do: 'movement', patch: { outputs: changeIds } },
      ],
    };
  } catch (error) {
    if (!isRejection(error)) throw error;
    const { since } = state;
    return {
      then: 'next',
      state: { ...terms(state), step: 'reclaiming', since, failure: refusalNote(error) },
    };
  }
}

/** Spends the inputs to a key of ours, which ends the matter whatever became of the earlier request. */
export async function reclaiming(deps: Deps, state: InStep<'reclaiming'>): Promise<Result> {
  try {
    const { coins, ended } = await takeBack(deps, state.inputs, state.changeKey);
    const outputs = coins.map((c) => c.row.id);
    return {
      then: 'failed',
      error: errorOf(state.failure),
      changes: [
        ...coins.map((c): Change => ({ do: 'add-coin', coin: { ...c.row, kind: 'change' }, body: c.bytes })),
        ...ended,
        ...failedWith(state.failure, { outputs }),
      ],
    };
  } catch (error) {
    if (!isRejection(error)) throw error;
    // The first request may have been granted after all: ask for it again, in a while.
    return {
      then: 'park',
      state: { ...terms(state), step: 'cosign-requested', since: state.since },
      wakeAt: deps.ports.now() + 10_000,
      error,
    };
  }
}
