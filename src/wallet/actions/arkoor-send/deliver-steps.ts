// The steps after the transfer is signed: the server gets the chains, the recipient's mailbox gets the coins. The money
// has moved; nothing here can fail the transfer, only delay the news of it.

import type { Change } from '../../changes.ts';
import { loadCoins, registerChains } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { deliver, DELIVERY_PAUSE } from '../delivery.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection } from '../rejection.ts';
import { terms, type ArkoorSendState, type InStep } from './state.ts';

type Result = Outcome<ArkoorSendState>;

/** Uploads the new chains and frees the change. A refusal does not stop delivery: the recipient can still use the chain. */
export async function registering(deps: Deps, state: InStep<'registering'>): Promise<Result> {
  const server = await deps.ports.server();
  const change = await loadCoins(deps, state.changeIds);
  try {
    await registerChains(server, [...state.parcels, ...change]);
  } catch (error) {
    if (!isRejection(error)) throw error;
    deps.ports.log.warn('the server refused the chains of a finished transfer', { reason: error.message });
  }
  return {
    then: 'next',
    state: { ...terms(state), step: 'delivering', parcels: state.parcels },
    changes: [{ do: 'unlock-coins', ids: state.changeIds }],
  };
}

/** Brings the recipient the coins, for as long as it takes. */
export async function delivering(deps: Deps, state: InStep<'delivering'>): Promise<Result> {
  const error = await deliver(deps, state.address, state.parcels);
  if (!error) return { then: 'done', changes: sent(state) };
  return { then: 'park', state, wakeAt: deps.ports.now() + DELIVERY_PAUSE, error };
}

const sent = (state: ArkoorSendState): Change[] => [
  { do: 'movement', patch: { status: 'successful' } },
  { do: 'settle-budget', cost: state.amount },
];
